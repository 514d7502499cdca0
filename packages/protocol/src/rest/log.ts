import { z } from 'zod';
import { Event, EventCategory, EventResult, EVENT_CATEGORIES, PERSONAL_FIELDS } from '../events/event.ts';
import { EVENT_NAMES } from '../events/names.ts';
import { RoomId, SessionId } from '../ids.ts';

/**
 * The event log for the dashboard, `/api/log`, with a signed-in owner's cookie. A member sees the events of their team; that of the
 * plain host sees those of the installation (without a team) as well.
 *
 * | verb | path | reply |
 * | --- | --- | --- |
 * | GET | `/events` (LogQuery) | LogPage, newest first |
 * | GET | `/events/:seq` | EventDetail |
 * | GET | `/sessions/:sessionId` (LogQuery) | LogPage, oldest first |
 * | GET | `/live` (LogFilter) | server-sent events `event` with an EventView each; `id` is the seq, `Last-Event-ID` resumes |
 * | GET | `/status` | LogStatus |
 * | GET | `/alerts` (AlertsQuery) | AlertsPage, newest first |
 * | POST | `/alerts/:id/acknowledge` | AlertView |
 * | GET | `/rules` | AlertRules |
 * | PATCH | `/rules/:id` (AlertRulePatch) | AlertRule |
 * | GET, PATCH | `/retention` (RetentionPatch) | Retention |
 */
const one = <T extends z.ZodType>(schema: T) => schema.optional();

export const LogFilter = z.object({
  category: one(EventCategory),
  name: one(z.enum(EVENT_NAMES as [(typeof EVENT_NAMES)[number], ...(typeof EVENT_NAMES)[number][]])), // the table is not empty
  /** The id of an account, participant, key or job. */
  actor: one(z.string().min(1).max(64)),
  target: one(z.string().min(1).max(64)),
  room: one(RoomId),
  session: one(SessionId),
  /** `refused` is everything but `done`. */
  result: one(z.union([EventResult, z.literal('refused')])),
  from: one(z.iso.datetime()),
  /** Exclusive. */
  to: one(z.iso.datetime()),
});
export type LogFilter = z.infer<typeof LogFilter>;

export const LogQuery = LogFilter.extend({
  /** Where to go on: `next` of the page before. */
  cursor: one(z.coerce.number().int().min(0)),
  limit: z.coerce.number().int().min(1).max(200).default(50),
});
export type LogQuery = z.infer<typeof LogQuery>;

/** An event as people read it. `personal`: null where the person was erased or the address cut. */
export const EventView = Event.omit({ v: true, personal: true }).extend({
  personal: z.partialRecord(z.enum(PERSONAL_FIELDS), z.string().nullable()),
});
export type EventView = z.infer<typeof EventView>;

export const LogPage = z.strictObject({ events: z.array(EventView), next: z.int().nullable() });
export type LogPage = z.infer<typeof LogPage>;

/** One event with what proves it: the entry as it was hashed, its audit path (RFC 9162 §2.1.3) and the checkpoint that it leads to. */
export const EventDetail = z.strictObject({
  view: EventView,
  entry: z.string(),
  /** Base64, as all hashes here. */
  leafHash: z.string(),
  /** null until a checkpoint covers the event, which takes a minute at most. */
  proof: z.strictObject({ size: z.int(), path: z.array(z.string()), checkpoint: z.string() }).nullable(),
  /** The display name of the event's room, if it is still there. */
  roomName: z.string().nullable(),
});
export type EventDetail = z.infer<typeof EventDetail>;

export const LogStatus = z.strictObject({
  size: z.int(),
  /** The origin line of the checkpoints. */
  origin: z.string(),
  /** The verifier key of the signed notes, `name+hash+key`. */
  publicKey: z.string(),
  checkpoint: z.strictObject({ size: z.int(), signedAtMs: z.int(), note: z.string() }).nullable(),
  /** Whether entries have waited for a published checkpoint for longer than ten minutes, or signing was refused. */
  publishing: z.enum(['current', 'late', 'inconsistent']),
  openAlerts: z.int(),
});
export type LogStatus = z.infer<typeof LogStatus>;

export const ALERT_SEVERITIES = ['notice', 'warning', 'critical'] as const;

const ruleBase = {
  /** `repeated-wrong-passwords` and so on; the page has its words for each. */
  id: z.string().max(64),
  enabled: z.boolean(),
  severity: z.enum(ALERT_SEVERITIES),
  /** Who is told by e-mail. */
  emails: z.array(z.email().max(254)).max(10),
};

/** What an event must be for a rule to count it; what is not given is not looked at. */
export const EventMatch = z.strictObject({
  name: z.string(),
  results: z.array(EventResult).optional(),
  door: z.string().optional(),
  verb: z.string().optional(),
  reason: z.string().optional(),
});
export type EventMatch = z.infer<typeof EventMatch>;

/** Alert rules are data. `count`: so many matching events of one group in a time. `first`: a network that a member was never seen in. `late`: no checkpoint. */
export const AlertRule = z.discriminatedUnion('kind', [
  z.strictObject({
    ...ruleBase,
    kind: z.literal('count'),
    match: EventMatch,
    groupBy: z.enum(['network', 'actor', 'session']),
    count: z.int().min(1).max(10_000),
    withinS: z.int().min(1).max(86_400),
  }),
  z.strictObject({
    ...ruleBase,
    kind: z.literal('first'),
    match: EventMatch,
    of: z.literal('network'),
    forgottenAfterDays: z.int().min(1).max(3650),
  }),
  z.strictObject({ ...ruleBase, kind: z.literal('late'), of: z.literal('checkpoint'), afterS: z.int().min(60).max(86_400) }),
]);
export type AlertRule = z.infer<typeof AlertRule>;
export const AlertRules = z.strictObject({ rules: z.array(AlertRule) });
export type AlertRules = z.infer<typeof AlertRules>;

export const AlertRulePatch = z.strictObject({
  enabled: z.boolean().optional(),
  emails: ruleBase.emails.optional(),
  count: z.int().min(1).max(10_000).optional(),
  withinS: z.int().min(1).max(86_400).optional(),
  afterS: z.int().min(60).max(86_400).optional(),
});
export type AlertRulePatch = z.infer<typeof AlertRulePatch>;

export const AlertView = z.strictObject({
  id: z.uuid(),
  rule: z.string(),
  severity: z.enum(ALERT_SEVERITIES),
  raisedAtMs: z.int(),
  /** How many events it counts, and the newest of them. */
  count: z.int(),
  seqs: z.array(z.int()),
  /** Whom or what it is about, in the clear: a network, a name; null when erased or of nobody. */
  subject: z.string().nullable(),
  acknowledged: z.strictObject({ atMs: z.int(), by: z.string().nullable() }).nullable(),
});
export type AlertView = z.infer<typeof AlertView>;
export const AlertsQuery = z.object({
  state: z.enum(['open', 'all']).default('open'),
  cursor: z.coerce.number().int().min(0).optional(),
  limit: z.coerce.number().int().min(1).max(100).default(50),
});
export type AlertsQuery = z.infer<typeof AlertsQuery>;
export const AlertsPage = z.strictObject({ alerts: z.array(AlertView), next: z.int().nullable(), open: z.int() });
export type AlertsPage = z.infer<typeof AlertsPage>;

/** What is kept for a number of days: the events of each category, and chat messages. */
export const RETENTION_CLASSES = [...EVENT_CATEGORIES, 'chat'] as const;
export type RetentionClass = (typeof RETENTION_CLASSES)[number];

const days = z.int().min(1).max(3650);
const ofEach = (schema: typeof days) =>
  z.strictObject(Object.fromEntries(RETENTION_CLASSES.map((name) => [name, schema])) as Record<RetentionClass, typeof days>);

/** How many days each class is kept, and the floors that the operator set; chat has none but a day. */
export const Retention = z.strictObject({ days: ofEach(days), floors: ofEach(days) });
export type Retention = z.infer<typeof Retention>;
export const RetentionPatch = z.strictObject({ days: ofEach(days).partial() });
export type RetentionPatch = z.infer<typeof RetentionPatch>;
