import fc from 'fast-check';

/** What somebody does. Who is outside comes in instead, who waits does what one can do who waits. */
export const KINDS = [
  'say', 'say-private', 'say-group', 'react', 'delete', 'delete-any', 'clear',
  'rename', 'name', 'role', 'broadcast', 'screen', 'mute', 'mute-all', 'ask', 'hand', 'hand-down', 'hands-down',
  'produce', 'consume', 'pause', 'unproduce', 'media-restart',
  'remove', 'send-back', 'ban', 'ban-address', 'bans', 'lift',
  'admit', 'admit-all', 'turn-away', 'lobby', 'lock', 'password', 'close-chat',
  'invite', 'revoke', 'leave', 'drop', 'resume', 'reload', 'end',
  'settings', 'change-role', 'delete-role', 'delete-room', 'wait', 'restart-server', 'restart-media',
] as const; // prettier-ignore
export type Kind = (typeof KINDS)[number];

/** How often a kind comes beside the others, 4 unless it is named. */
const WEIGHTS: Partial<Record<Kind, number>> = {
  say: 12,
  'say-private': 6,
  'say-group': 5,
  produce: 8,
  admit: 12,
  'admit-all': 4,
  drop: 6,
  resume: 6,
  reload: 5,
  ban: 3,
  'ban-address': 2,
  lift: 5,
  lock: 3,
  password: 1,
  end: 1,
  settings: 5,
  'change-role': 3,
  'delete-role': 1,
  'delete-room': 1,
  wait: 2,
  'restart-server': 1,
  'restart-media': 1,
};

/** One verb: of the person `who`, on the person or thing `whom`, and `n` decides what else is open. */
export interface Step {
  readonly kind: Kind;
  readonly who: number;
  readonly whom: number;
  readonly n: number;
}
/** Steps of one round are taken at the same time, by different people. */
export type Round = readonly Step[];
export type Plan = readonly Round[];

export const PEOPLE = 8;

const step: fc.Arbitrary<Step> = fc.record({
  kind: fc.oneof(...KINDS.map((kind) => ({ arbitrary: fc.constant(kind), weight: WEIGHTS[kind] ?? 4 }))),
  who: fc.nat(PEOPLE - 1),
  whom: fc.nat(PEOPLE - 1),
  n: fc.nat(999),
});

/** Walks of 20 to 60 rounds of one to four steps. */
export const plans: fc.Arbitrary<Plan> = fc.array(fc.array(step, { minLength: 1, maxLength: 4, size: 'max' }), {
  minLength: 20,
  maxLength: 60,
  size: 'max',
});
