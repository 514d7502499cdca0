import type { catalogue } from './en/catalogue.ts';
import type { log } from './en/log.ts';
import type { roles } from './en/roles.ts';

declare module 'i18next' {
  interface CustomTypeOptions {
    defaultNS: 'common';
    resources: typeof catalogue & { log: typeof log; roles: typeof roles };
  }
}
