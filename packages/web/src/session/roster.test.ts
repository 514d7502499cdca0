import { ParticipantId, ProducerId } from '@conclave/protocol/ids';
import type { ParticipantView } from '@conclave/protocol/signalling/views';
import { expect, test } from 'vitest';
import { initialState } from './initial-state.ts';
import { applyToRoster } from './roster.ts';

const id = (n: number) => `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`;
const ada = ParticipantId.parse(id(1));
const ben = ParticipantId.parse(id(2));
const camera = { id: ProducerId.parse(id(11)), source: 'camera', kind: 'video', paused: false } as const;

const person = (participantId: ParticipantId, name: string): ParticipantView => ({
  id: participantId,
  name,
  initials: null,
  avatar: null,
  role: 'speaker',
  enteredBy: 'room-link',
  handRaisedAtMs: null,
  joinedAtMs: 1,
  connection: 'connected',
  quality: 'good',
  grants: { microphone: true, camera: true, screen: true, receive: true },
  producers: [],
});
const joined = (participant: ParticipantView) => ({ type: 'participant.joined', data: { participant } }) as const;
const room = [person(ada, 'Ada'), person(ben, 'Ben')].reduce(
  (state, participant) => applyToRoster(state, joined(participant)),
  initialState(),
);

test('participants stand in the order of joining, also when told twice', () => {
  const again = applyToRoster(room, joined(person(ada, 'Ada')));
  expect(again.order).toEqual([ada, ben]);
});

test('who left is nowhere any more, not even as active speaker', () => {
  const speaking = applyToRoster(room, { type: 'speaker.changed', data: { participantId: ben } });
  const left = applyToRoster(speaking, { type: 'participant.left', data: { participantId: ben } });
  expect(left).toMatchObject({ order: [ada], activeSpeakerId: null });
  expect(Object.keys(left.participants)).toEqual([ada]);
});

test('an update changes the fields that it carries and leaves the others', () => {
  const updated = applyToRoster(room, {
    type: 'participant.updated',
    data: { participantId: ada, connection: 'reconnecting', name: undefined },
  });
  expect(updated.participants[ada]).toMatchObject({ name: 'Ada', connection: 'reconnecting' });
});

test('a producer opens, is paused, and closes', () => {
  const opened = applyToRoster(room, { type: 'producer.opened', data: { participantId: ada, producer: camera } });
  expect(opened.participants[ada]?.producers).toEqual([camera]);
  const paused = applyToRoster(opened, { type: 'producer.updated', data: { participantId: ada, producer: { ...camera, paused: true } } });
  expect(paused.participants[ada]?.producers).toEqual([{ ...camera, paused: true }]);
  expect(
    applyToRoster(paused, { type: 'producer.closed', data: { participantId: ada, producerId: camera.id } }).participants[ada]?.producers,
  ).toEqual([]);
});

test('a successor of the same source takes the place at once, and the late news of its predecessor changes nothing', () => {
  const next = { ...camera, id: ProducerId.parse(id(12)) };
  const opened = [camera, next].reduce(
    (state, producer) => applyToRoster(state, { type: 'producer.opened', data: { participantId: ada, producer } }),
    room,
  );
  const late = applyToRoster(opened, { type: 'producer.closed', data: { participantId: ada, producerId: camera.id } });
  expect(late.participants[ada]?.producers).toEqual([next]);
});

test('news of somebody unknown changes nothing', () => {
  const stranger = ParticipantId.parse(id(9));
  expect(applyToRoster(room, { type: 'participant.left', data: { participantId: stranger } })).toBe(room);
  expect(applyToRoster(room, { type: 'producer.opened', data: { participantId: stranger, producer: camera } })).toBe(room);
});
