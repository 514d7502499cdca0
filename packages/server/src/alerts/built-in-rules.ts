import type { AlertRule, AlertRulePatch } from '@conclave/protocol/rest/log';

/** The rules that every team begins with. What a team may change of them is in `AlertRulePatch`. */
export const BUILT_IN_RULES: readonly AlertRule[] = [
  {
    id: 'repeated-wrong-passwords',
    kind: 'count',
    enabled: true,
    severity: 'warning',
    emails: [],
    match: { name: 'request.refused', reason: 'wrong_password' },
    groupBy: 'network',
    count: 10,
    withinS: 600,
  },
  {
    id: 'refused-media-verbs',
    kind: 'count',
    enabled: true,
    severity: 'warning',
    emails: [],
    match: { name: 'request.refused', door: 'media', results: ['not_allowed', 'capability_invalid'] },
    groupBy: 'actor',
    count: 5,
    withinS: 300,
  },
  {
    id: 'new-network',
    kind: 'first',
    enabled: true,
    severity: 'notice',
    emails: [],
    match: { name: 'member.signed_in' },
    of: 'network',
    forgottenAfterDays: 90,
  },
  {
    id: 'revoked-key',
    kind: 'count',
    enabled: true,
    severity: 'warning',
    emails: [],
    match: { name: 'request.refused', reason: 'key_revoked' },
    groupBy: 'actor',
    count: 1,
    withinS: 3_600,
  },
  {
    id: 'stray-receiver',
    kind: 'count',
    enabled: true,
    severity: 'critical',
    emails: [],
    match: { name: 'receiver.stray' },
    groupBy: 'session',
    count: 1,
    withinS: 3_600,
  },
  { id: 'checkpoint-late', kind: 'late', enabled: true, severity: 'warning', emails: [], of: 'checkpoint', afterS: 600 },
];

/** What of a rule a team may change; another field is of no meaning to that kind of rule. */
const CHANGEABLE: Record<AlertRule['kind'], readonly (keyof AlertRulePatch)[]> = {
  count: ['enabled', 'emails', 'count', 'withinS'],
  first: ['enabled', 'emails'],
  late: ['enabled', 'emails', 'afterS'],
};

/** The fields of a patch that mean nothing to the rule. */
export function foreignFields(rule: AlertRule, patch: AlertRulePatch): string[] {
  return Object.keys(patch).filter((field) => !CHANGEABLE[rule.kind].some((changeable) => changeable === field));
}

/** The rule with what a team has changed of it. */
export function changedRule<R extends AlertRule>(rule: R, changes: AlertRulePatch | undefined): R {
  return { ...rule, ...changes };
}
