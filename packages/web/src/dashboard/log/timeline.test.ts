import type { EventView } from '@conclave/protocol/rest/log';
import { describe, expect, test } from 'vitest';
import { attendanceOf } from './timeline.ts';

const event = (minute: number, name: string, by: string, more: Partial<EventView> = {}): EventView => ({
  seq: minute,
  id: '00000000-0000-4000-8000-000000000001',
  time: new Date(Date.UTC(2026, 10, 24, 9, minute)).toISOString(),
  category: 'session',
  name,
  actor: { kind: 'participant', id: by, authenticatedBy: 'room-link' },
  target: null,
  team: null,
  room: null,
  session: null,
  result: 'done',
  data: {},
  personal: {},
  ...more,
});
const about = (id: string) => ({ target: { kind: 'participant' as const, id } });
const joined = (minute: number, id: string, role: string) =>
  event(minute, 'participant.joined', id, { data: { role }, personal: { name: id.toUpperCase() } });

describe('who was in a meeting', () => {
  test('is told of those to whom something was done, not of who did it', () => {
    const people = attendanceOf([
      joined(0, 'mo', 'moderator'),
      joined(1, 'bo', 'attendee'),
      event(2, 'participant.renamed', 'mo', { ...about('bo'), personal: { name: 'Bob', formerName: 'BO' } }),
      event(3, 'participant.role_changed', 'mo', { ...about('bo'), data: { before: 'attendee', after: 'speaker' } }),
      event(4, 'participant.left', 'mo', { ...about('bo'), data: { reason: 'removed' } }),
      event(5, 'participant.left', 'mo', { ...about('mo'), data: { reason: 'left' } }),
    ]);
    expect(people.map(({ id, person, role, leftMs }) => [id, person, role, leftMs && new Date(leftMs).getUTCMinutes()])).toEqual([
      ['mo', { kind: 'named', name: 'MO' }, 'moderator', 5],
      ['bo', { kind: 'named', name: 'Bob' }, 'speaker', 4],
    ]);
  });

  test('is over for everybody when the meeting is', () => {
    const people = attendanceOf([joined(0, 'mo', 'moderator'), event(9, 'session.ended', 'mo', { data: { reason: 'ended' } })]);
    expect(people.map(({ leftMs }) => leftMs)).toEqual([Date.UTC(2026, 10, 24, 9, 9)]);
  });
});
