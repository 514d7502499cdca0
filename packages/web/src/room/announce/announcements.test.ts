import { describe, expect, it } from 'vitest';
import { createFixtureSession, fixtureMessage, fixturePeople } from '../fixture-session.ts';
import type { FixturePerson } from '../fixture-session.ts';
import { announcementsBetween, announcementText } from './announcements.ts';
import type { Announcement } from './announcements.ts';

const stateOf = (people: readonly FixturePerson[]) => createFixtureSession({ people }).store.getState();
const texts = {
  one: (told: Announcement) => ('name' in told ? `${told.name} ${told.kind}` : told.kind),
  many: (kind: string, count: number) => `${count} ${kind}`,
};

describe('what is read out', () => {
  it('is who comes and who goes', () => {
    expect(announcementsBetween(stateOf(fixturePeople(2)), stateOf(fixturePeople(3)))).toEqual([{ kind: 'joined', name: 'Cleo Martin' }]);
    expect(announcementsBetween(stateOf(fixturePeople(3)), stateOf(fixturePeople(2)))).toEqual([{ kind: 'left', name: 'Cleo Martin' }]);
  });

  it('is who begins and ends to share, but not oneself', () => {
    const before = fixturePeople(3);
    const sharing = (n: number) =>
      before.map((person, index): FixturePerson => (index === n ? { ...person, sends: ['camera', 'screen'] } : person));
    expect(announcementsBetween(stateOf(before), stateOf(sharing(1)))).toEqual([{ kind: 'shareStarted', name: 'Ben Okafor' }]);
    expect(announcementsBetween(stateOf(sharing(1)), stateOf(before))).toEqual([{ kind: 'shareStopped', name: 'Ben Okafor' }]);
    expect(announcementsBetween(stateOf(before), stateOf(sharing(0)))).toEqual([]);
  });

  it('is what others write, once', () => {
    const before = stateOf(fixturePeople(2));
    const after = { ...before, chat: [fixtureMessage(1, 1, 'Hello'), fixtureMessage(2, 0, 'Hello back')] };
    expect(announcementsBetween(before, after)).toEqual([{ kind: 'message', name: 'Ben Okafor', text: 'Hello', to: 'everyone' }]);
    expect(announcementsBetween(after, after)).toEqual([]);
  });

  it('is the loss and the return of the connection, and then not the roster', () => {
    const joined = stateOf(fixturePeople(2));
    const away = { ...stateOf(fixturePeople(3)), phase: { kind: 'reconnecting', attempt: 1, sinceMs: 0 } as const };
    expect(announcementsBetween(joined, away)).toEqual([{ kind: 'reconnecting' }]);
    expect(announcementsBetween(away, joined)).toEqual([{ kind: 'reconnected' }]);
  });

  it('counts a crowd instead of listing it', () => {
    const crowd: Announcement[] = ['A', 'B', 'C'].map((name) => ({ kind: 'joined', name }));
    expect(announcementText([...crowd, { kind: 'left', name: 'D' }], texts)).toBe('3 joined. D left');
    expect(announcementText(crowd.slice(0, 2), texts)).toBe('A joined. B joined');
  });
});
