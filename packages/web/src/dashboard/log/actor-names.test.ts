import type { EventView } from '@conclave/protocol/rest/log';
import { describe, expect, test } from 'vitest';
import { learnNames, nameAt, withoutName } from './actor-names.ts';

const event = (seq: number, name: string, more: Partial<EventView> = {}): EventView => ({
  seq,
  id: '00000000-0000-4000-8000-000000000001',
  time: '2026-11-24T09:00:00.000Z',
  category: 'session',
  name,
  actor: { kind: 'participant', id: 'ada', authenticatedBy: 'room-link' },
  target: null,
  team: null,
  room: null,
  session: null,
  result: 'done',
  data: {},
  personal: {},
  ...more,
});
const named = (name: string) => ({ kind: 'named', name });
const STORY = [
  event(9, 'participant.left'),
  event(5, 'participant.renamed', { personal: { name: 'Ada King', formerName: 'Ada' } }),
  event(2, 'participant.joined', { personal: { name: 'Ada' } }),
];

describe('who the ids are', () => {
  test('somebody has the name that they had at the time', () => {
    const names = learnNames(new Map(), STORY);
    expect([1, 2, 4, 5, 9].map((seq) => nameAt(names, 'ada', seq))).toEqual(['Ada', 'Ada', 'Ada', 'Ada King', 'Ada King'].map(named));
    expect(nameAt(names, 'ben', 9)).toEqual({ kind: 'unknown' });
  });
  test('an invitation does not name its maker, nor a visitor themselves', () => {
    const guest = { personal: { name: 'Ben' } };
    const visitor = { ...guest, actor: { kind: 'visitor', id: null, authenticatedBy: 'none' } as const };
    expect(learnNames(new Map(), [event(1, 'room_token.issued', guest), event(2, 'ticket.issued', visitor)]).size).toBe(0);
  });
  test('only people without a name are looked up, once each, those whom an event is about as well', () => {
    const member = { kind: 'member', id: 'olivia' } as const;
    const key = { kind: 'key', id: 'k', authenticatedBy: 'developer-key' } as const;
    const events = [
      ...STORY,
      event(10, 'request.refused', { actor: key, target: member }),
      event(11, 'request.refused', { actor: key, target: member }),
    ];
    expect(withoutName(learnNames(new Map(), events), events)).toEqual([member]);
    expect(withoutName(new Map([['olivia', []]]), events.slice(3))).toEqual([]);
  });
});
