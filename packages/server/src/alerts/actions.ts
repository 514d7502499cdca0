import { AppError } from '@conclave/protocol/errors';
import type { AlertRule, AlertRulePatch, AlertsPage, AlertsQuery, AlertView } from '@conclave/protocol/rest/log';
import type { Secret } from '@conclave/runtime/secret';
import { memberCause } from '../access/cause.ts';
import type { Member } from '../access/store.ts';
import type { ServerContext } from '../context.ts';
import { inTransaction } from '../db/transaction.ts';
import { BUILT_IN_RULES, changedRule, foreignFields } from './built-in-rules.ts';
import { keyOf } from './groups.ts';
import { presentAlerts } from './present.ts';
import {
  countOpenAlerts,
  findAlert,
  findChanges,
  listAlerts,
  lockChanges,
  markAcknowledged,
  storeChanges,
  type AlertScope,
} from './store.ts';

type Ctx = Pick<ServerContext, 'db' | 'eventLog' | 'personKeys' | 'clock' | 'access'>;

/** Who acts, from where. */
export interface By {
  readonly member: Member;
  readonly address: string;
}

const scopeOf = ({ team }: Member): AlertScope => ({ team: team.id, installation: team.onPlainHost });

/** A page of the team's alerts, newest first. */
export async function readAlerts(ctx: Ctx, member: Member, { state, cursor, limit }: AlertsQuery): Promise<AlertsPage> {
  const scope = scopeOf(member);
  const found = await listAlerts(ctx.db, scope, { onlyOpen: state === 'open', before: cursor, limit: limit + 1 });
  const shown = found.slice(0, limit);
  return {
    alerts: await presentAlerts(ctx, shown),
    next: found.length > limit ? (shown.at(-1)?.position ?? null) : null,
    open: await countOpenAlerts(ctx.db, scope),
  };
}

/** Somebody took note of an alert; a second time changes nothing. @throws AppError `not_found` */
export async function acknowledge(ctx: Ctx, { member, address }: By, id: string): Promise<AlertView> {
  const scope = scopeOf(member);
  const alert = await inTransaction(ctx.db, async (tx) => {
    const found = await findAlert(tx, scope, id);
    if (found === null) throw new AppError('not_found');
    const at = new Date(ctx.clock.nowMs());
    if (!(await markAcknowledged(tx, id, { userId: member.userId, at }))) return found;
    const by = memberCause(member, address);
    await ctx.eventLog.append(tx, { name: 'alert.acknowledged', by, team: member.team.id, target: { kind: 'alert', id }, data: {} });
    return { ...found, acknowledged: { atMs: at.getTime(), by: member.name } };
  });
  const [view] = await presentAlerts(ctx, [alert]);
  if (view === undefined) throw new AppError('internal');
  return view;
}

/** The rules as they hold for the team. */
export async function readTeamRules(ctx: Ctx, member: Member): Promise<AlertRule[]> {
  const changes = await findChanges(ctx.db, member.team.id);
  return BUILT_IN_RULES.map((rule) => changedRule(rule, changes.get(rule.id)));
}

/** Changes a rule for the team. @throws AppError `not_found`, `bad_request` for a field that means nothing to that rule. */
export async function changeRule(ctx: Ctx, { member, address }: By, id: string, patch: AlertRulePatch): Promise<AlertRule> {
  const rule = BUILT_IN_RULES.find((one) => one.id === id);
  if (rule === undefined) throw new AppError('not_found');
  const paths = foreignFields(rule, patch);
  if (paths.length > 0) throw new AppError('bad_request', { details: { paths } });
  const { team } = member;
  return inTransaction(ctx.db, async (tx) => {
    const changes = await lockChanges(tx, team.id, id);
    const [before, after] = [changedRule(rule, changes), changedRule(rule, { ...changes, ...patch })];
    const data = differences(before, after, ctx.access.keys.lookup);
    if (Object.keys(data.after).length === 0) return before;
    await storeChanges(tx, team.id, id, { ...changes, ...patch });
    const by = memberCause(member, address);
    await ctx.eventLog.append(tx, { name: 'alert_rule.changed', by, team: team.id, target: { kind: 'rule', id }, data });
    return after;
  });
}

type Shown = boolean | number | string | string[];

/** What of a rule a change concerns, before and after, as the log may show it. */
function differences(before: AlertRule, after: AlertRule, lookup: Secret) {
  const [old, fresh] = [shown(before, lookup), shown(after, lookup)];
  const changed = Object.keys(fresh).filter((field) => JSON.stringify(fresh[field]) !== JSON.stringify(old[field]));
  const only = (from: Record<string, Shown>) =>
    Object.fromEntries(changed.flatMap((field) => (field in from ? [[field, from[field] ?? '']] : [])));
  return { before: only(old), after: only(fresh) };
}

/** E-mail addresses name people, who are not to stand in the data of an event: they can be told apart and not read. */
function shown(rule: AlertRule, lookup: Secret): Record<string, Shown> {
  const emails = rule.emails.map((email) => `hmac:${keyOf(lookup, 'email', email).toString('base64url').slice(0, 16)}`);
  switch (rule.kind) {
    case 'count':
      return { enabled: rule.enabled, emails, count: rule.count, withinS: rule.withinS };
    case 'first':
      return { enabled: rule.enabled, emails };
    case 'late':
      return { enabled: rule.enabled, emails, afterS: rule.afterS };
  }
}
