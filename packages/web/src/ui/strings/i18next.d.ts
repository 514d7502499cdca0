import type { catalogue } from './en/catalogue.ts';
import type { check } from './en/check.ts';
import type { log } from './en/log.ts';
import type { privacy } from './en/privacy.ts';
import type { roles } from './en/roles.ts';

declare module 'i18next' {
  interface CustomTypeOptions {
    defaultNS: 'common';
    resources: typeof catalogue & { check: typeof check; log: typeof log; privacy: typeof privacy; roles: typeof roles };
  }
}
