import { AppError } from '@conclave/protocol/errors';
import type { Event } from '@conclave/protocol/events/event';
import type { TeamId } from '@conclave/protocol/ids';
import type { AlertRule, AlertRulePatch } from '@conclave/protocol/rest/log';
import type { Secret } from '@conclave/runtime/secret';
import type { Db } from '../db/connection.ts';
import { inTransaction, type Tx } from '../db/transaction.ts';
import type { PersonKeys, Revealed } from '../event-log/person-keys.ts';
import { BUILT_IN_RULES, changedRule } from './built-in-rules.ts';
import { groupOf, keyOf, wideNetwork } from './groups.ts';
import { raise, type RaisingDeps } from './raise.ts';
import { decideCount, isNewNetwork, matches } from './rules.ts';
import { subjectOf } from './subject.ts';
import {
  addToTally,
  lockCursor,
  moveCursor,
  readChanges,
  readEvents,
  readWindows,
  seeNetwork,
  storeWindow,
  type StoredWindow,
} from './window-store.ts';

/** How many events are looked at in one transaction. */
const BATCH = 1_000;

export interface AlertDeps extends RaisingDeps {
  readonly db: Db;
  readonly personKeys: PersonKeys;
  /** `MasterKeys.lookup` */
  readonly lookup: Secret;
}

type CountRule = AlertRule & { kind: 'count' };
type FirstRule = AlertRule & { kind: 'first' };

interface Seen {
  readonly event: Event;
  readonly revealed: Revealed;
}
interface Candidate extends Seen {
  readonly rule: CountRule;
  readonly key: Buffer;
}

/**
 * Holds the next events of the log against the rules. Alerts, their events and mails, what is remembered, and how far was read are
 * stored in one transaction, so that a crash neither loses nor doubles an alert. False when nothing is left to read for now.
 */
export function evaluateBatch(deps: AlertDeps): Promise<boolean> {
  return inTransaction(deps.db, async (tx) => {
    const cursor = await lockCursor(tx);
    if (cursor === null || cursor.next >= cursor.size) return false;
    const to = Math.min(cursor.size, cursor.next + BATCH);
    const events = await readEvents(tx, LOOKED_FOR, { from: cursor.next, to });
    if (events.length > 0) {
      const seen = await revealAll(tx, deps, events);
      const rulesOf = await readRules(tx);
      await countAll(tx, deps, seen, rulesOf);
      for (const one of seen) await lookForNewNetwork(tx, deps, one, rulesOf);
    }
    await moveCursor(tx, to, new Date(deps.clock.nowMs()));
    return to < cursor.size;
  });
}

async function revealAll(tx: Tx, { personKeys }: Pick<AlertDeps, 'personKeys'>, events: readonly Event[]): Promise<Seen[]> {
  try {
    const revealed = await personKeys.reveal(tx, events);
    return events.map((event, index) => ({ event, revealed: revealed[index] ?? {} }));
  } catch (error) {
    // A field that somebody has tampered with cannot be opened; it must not keep the rules from all others.
    if (error instanceof AppError) throw error;
    if (events.length === 1) return events.map((event) => ({ event, revealed: {} }));
    const seen: Seen[] = [];
    for (const event of events) seen.push(...(await revealAll(tx, { personKeys }, [event])));
    return seen;
  }
}

const LOOKED_FOR = [...new Set(BUILT_IN_RULES.flatMap((rule) => (rule.kind === 'late' ? [] : [rule.match.name])))];

/** The rules of a team; those of the plain host's team hold for what belongs to no team. */
export type RulesOf = (team: TeamId | null) => readonly AlertRule[];

export async function readRules(tx: Tx): Promise<RulesOf> {
  const changes = await readChanges(tx);
  const plain = await tx.selectFrom('teams').select('id').where('on_plain_host', '=', true).executeTakeFirst();
  const changed = (team: TeamId | null, rule: AlertRule): AlertRulePatch | undefined => changes.get(`${team ?? plain?.id} ${rule.id}`);
  return (team) => BUILT_IN_RULES.map((rule) => changedRule(rule, changed(team, rule)));
}

async function countAll(tx: Tx, deps: AlertDeps, seen: readonly Seen[], rulesOf: RulesOf): Promise<void> {
  const candidates = seen.flatMap((one) => candidatesOf(deps, one, rulesOf));
  const unique = new Map(candidates.map(({ key }) => [key.toString('base64'), key]));
  const windows = await readWindows(tx, [...unique.values()]);
  for (const candidate of candidates) {
    const name = candidate.key.toString('base64');
    windows.set(name, await countOne(tx, deps, candidate, windows.get(name)));
  }
  for (const [name, key] of unique) {
    const window = windows.get(name);
    if (window) await storeWindow(tx, key, window);
  }
}

function candidatesOf({ lookup }: AlertDeps, { event, revealed }: Seen, rulesOf: RulesOf): Candidate[] {
  return rulesOf(event.team).flatMap((rule) => {
    if (rule.kind !== 'count' || !rule.enabled || !matches(rule.match, event)) return [];
    const group = groupOf(rule, event, revealed);
    return group === null ? [] : [{ rule, event, revealed, key: keyOf(lookup, rule.id, event.team ?? '', group) }];
  });
}

async function countOne(tx: Tx, deps: AlertDeps, candidate: Candidate, before: StoredWindow | undefined): Promise<StoredWindow> {
  const { rule, event, revealed } = candidate;
  const atMs = Date.parse(event.time);
  const hit = { atMs, seq: event.seq, count: countIn(event) };
  const limits = { count: rule.count, withinMs: rule.withinS * 1_000 };
  const { window, verdict } = decideCount(before ?? { hits: [], alert: null }, hit, limits);
  const { alertId = null, mailedAtMs = null } = before ?? {};
  const after = { ...window, alertId, mailedAtMs, touchedAtMs: Math.max(deps.clock.nowMs(), atMs) };
  switch (verdict.kind) {
    case 'wait':
      return after;
    case 'add':
      if (alertId !== null) await addToTally(tx, alertId, { ...verdict, lastAtMs: window.alert?.lastAtMs ?? atMs });
      return after;
    case 'raise': {
      const subject = await subjectOf(tx, rule, event, revealed);
      const { count, seqs } = verdict;
      const finding = { rule, severity: rule.severity, team: event.team, count, seqs, subject, lastAtMs: window.alert?.lastAtMs ?? atMs };
      return raise(tx, deps, finding, before);
    }
  }
}

function countIn(event: Event): number {
  const { count } = event.data;
  return typeof count === 'number' ? count : 1;
}

/** What a member's networks are is learned also while the rule is off. */
async function lookForNewNetwork(tx: Tx, deps: AlertDeps, { event, revealed }: Seen, rulesOf: RulesOf): Promise<void> {
  const rule = rulesOf(event.team).find((one): one is FirstRule => one.kind === 'first' && matches(one.match, event));
  if (rule === undefined || event.actor.id === null || typeof revealed.network !== 'string') return;
  const { lookup } = deps;
  const atMs = Date.parse(event.time);
  const network = keyOf(lookup, 'network', event.actor.id, wideNetwork(revealed.network));
  const known = await seeNetwork(tx, keyOf(lookup, 'member', event.actor.id), network, atMs);
  if (!rule.enabled || !isNewNetwork(known, atMs, rule.forgottenAfterDays)) return;
  const key = keyOf(lookup, rule.id, event.team ?? '', event.actor.id);
  const before = (await readWindows(tx, [key])).get(key.toString('base64'));
  const subject = await subjectOf(tx, rule, event, revealed);
  const finding = { rule, severity: rule.severity, team: event.team, count: 1, seqs: [event.seq], lastAtMs: atMs, subject };
  await storeWindow(tx, key, await raise(tx, deps, finding, before));
}
