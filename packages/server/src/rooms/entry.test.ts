import { ERROR_CODES } from '@conclave/protocol/errors';
import { InviteId } from '@conclave/protocol/ids';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { rolesOf } from '../access/roles.ts';
import { decideEntry, needsPassword, type Credential, type EntryFacts } from './entry.ts';
import { effectiveSettings } from './settings.ts';

const ROLES = rolesOf([]);
const settings = effectiveSettings({ roles: ['moderator', 'speaker', 'attendee'], default_role: 'speaker' }, {});
const bearer = { externalId: 'x-1', name: null, initials: null, avatar: null, role: 'attendee', breakoutId: null };
const LINK: Credential = { kind: 'link' };
const TOKEN: Credential = { kind: 'token', bearer };
const OWNER: Credential = { kind: 'account', userId: 'u-1', name: 'Ann', teamRole: 'owner' };
const INVITE: Credential = {
  kind: 'invite',
  inviteId: InviteId.parse('00000000-0000-4000-8000-000000000001'),
  name: null,
  role: 'speaker',
};

const FACTS: EntryFacts = {
  settings,
  roles: ROLES,
  controls: { isLocked: false, isLobbyOn: false },
  credential: LINK,
  inviteFault: null,
  isBanned: false,
  hasPassword: false,
  passwordShown: false,
  isLetIn: false,
  isSentBack: false,
  seatsTaken: 0,
  nowMs: 1_000,
};
const decided = (facts: Partial<EntryFacts>) => {
  const decision = decideEntry({ ...FACTS, ...facts });
  return decision.kind === 'refuse' ? decision.code : `${decision.kind} as ${decision.role}`;
};

describe('the one admission function', () => {
  test('lets in by link, token, invite and account, each as what it stands for', () => {
    expect(decided({})).toBe('enter as speaker');
    expect(decided({ credential: TOKEN })).toBe('enter as attendee');
    expect(decided({ credential: INVITE })).toBe('enter as speaker');
    expect(decided({ credential: OWNER })).toBe('enter as moderator');
    expect(decided({ credential: { ...OWNER, teamRole: 'member' } })).toBe('enter as speaker');
  });

  test('a private room opens to a token, an invite or an account and not to the link', () => {
    const priv = { ...settings, privacy: 'private' as const };
    expect(decided({ settings: priv })).toBe('token_required');
    for (const credential of [TOKEN, INVITE, OWNER]) expect(decided({ settings: priv, credential })).toMatch(/^enter/);
  });

  test('a role that the room does not have is no way in', () => {
    expect(decided({ credential: { kind: 'token', bearer: { ...bearer, role: 'gone' } } })).toBe('token_invalid');
    expect(decided({ credential: { ...INVITE, role: 'gone' } })).toBe('invite_invalid');
  });

  test('[P1] with the lobby on everybody waits who may neither open doors nor start the session, until they are let in', () => {
    const controls = { isLocked: false, isLobbyOn: true };
    expect(decided({ controls })).toBe('wait as speaker');
    expect(decided({ controls, credential: TOKEN })).toBe('wait as attendee');
    expect(decided({ controls, credential: INVITE })).toBe('wait as speaker');
    expect(decided({ controls, credential: OWNER })).toBe('enter as moderator');
    expect(decided({ controls, isLetIn: true })).toBe('enter as speaker');
  });

  test('[P1] who was sent back waits until they are let in, whatever their role opens and whether or not others wait', () => {
    for (const credential of [LINK, TOKEN, INVITE, OWNER]) {
      expect(decided({ isSentBack: true, credential })).toMatch(/^wait/);
      expect(decided({ isSentBack: true, isLetIn: true, credential })).toMatch(/^enter/);
    }
  });

  test('a locked meeting takes nobody new, also not into its lobby, except who opens doors and who was let in', () => {
    const controls = { isLocked: true, isLobbyOn: true };
    expect(decided({ controls })).toBe('room_locked');
    expect(decided({ controls, isLetIn: true })).toBe('enter as speaker');
    expect(decided({ controls, credential: OWNER })).toBe('enter as moderator');
  });

  test('[P5] the password is asked of the link, and of everybody else only if the room says so', () => {
    expect(decided({ hasPassword: true })).toBe('password_required');
    expect(decided({ hasPassword: true, passwordShown: true })).toBe('enter as speaker');
    for (const credential of [TOKEN, INVITE, OWNER]) {
      expect(decided({ hasPassword: true, credential })).toMatch(/^enter/);
      const strict = { ...settings, password_for_everyone_enabled: true };
      expect(decided({ hasPassword: true, credential, settings: strict })).toBe('password_required');
    }
    expect(needsPassword({ ...FACTS, hasPassword: true, isLetIn: true })).toBe(false);
  });

  test('past its time, full', () => {
    expect(decided({ settings: { ...settings, expires_at: '1970-01-01 00:00:01' } })).toBe('session_ended');
    expect(decided({ seatsTaken: settings.max_participants })).toBe('room_full');
  });
});

describe('whatever is known of somebody', () => {
  const facts: fc.Arbitrary<EntryFacts> = fc.record({
    settings: fc
      .record({
        privacy: fc.constantFrom('public' as const, 'private' as const),
        default_role: fc.constantFrom('moderator', 'speaker', 'attendee', 'gone'),
        max_participants: fc.integer({ min: 2, max: 4 }),
        password_for_everyone_enabled: fc.boolean(),
      })
      .map((some) => ({ ...settings, ...some })),
    roles: fc.constant(ROLES),
    controls: fc.record({ isLocked: fc.boolean(), isLobbyOn: fc.boolean() }),
    credential: fc.constantFrom(LINK, TOKEN, INVITE, OWNER),
    inviteFault: fc.constantFrom(null, 'invite_invalid' as const, 'invite_expired' as const, 'invite_used' as const),
    isBanned: fc.boolean(),
    hasPassword: fc.boolean(),
    passwordShown: fc.boolean(),
    isLetIn: fc.boolean(),
    isSentBack: fc.boolean(),
    seatsTaken: fc.integer({ min: 0, max: 5 }),
    nowMs: fc.constant(1_000),
  });
  /** Facts for which a rule does not hold, shrunk; null: none were found. */
  const counterexample = (rule: (given: EntryFacts, decision: ReturnType<typeof decideEntry>) => boolean) =>
    fc.check(fc.property(facts, (given) => rule(given, decideEntry(given)))).counterexample;

  test('[P3] who is banned neither enters nor waits, whatever they show', () => {
    expect(counterexample(({ isBanned }, { kind }) => !isBanned || kind === 'refuse')).toBeNull();
  });

  test('[P4] a faulty invite opens nothing', () => {
    expect(counterexample(({ inviteFault }, { kind }) => inviteFault === null || kind === 'refuse')).toBeNull();
  });

  test('[P1] nobody enters past a lobby who was not let in and may not open doors or start the session', () => {
    const rule: Parameters<typeof counterexample>[0] = (given, decision) => {
      if (decision.kind !== 'enter' || !given.controls.isLobbyOn || given.isLetIn) return true;
      const { permissions = {} } = ROLES.find(decision.role) ?? {};
      return permissions.control_room_entry === true || permissions.start_session === true;
    };
    expect(counterexample(rule)).toBeNull();
  });

  test('a full room takes nobody, a refusal has a code of the one table', () => {
    expect(
      counterexample(({ settings: { max_participants: max }, seatsTaken }, { kind }) => seatsTaken < max || kind === 'refuse'),
    ).toBeNull();
    expect(counterexample((_given, decision) => decision.kind !== 'refuse' || ERROR_CODES.includes(decision.code))).toBeNull();
  });
});
