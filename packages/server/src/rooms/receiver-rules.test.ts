import { randomUUID } from 'node:crypto';
import { ParticipantId, SessionId } from '@conclave/protocol/ids';
import { expect, test } from 'vitest';
import { stillStray, straysAmong } from './receiver-rules.ts';

const sessionId = SessionId.parse(randomUUID());
const receiver = () => ({ sessionId, participantId: ParticipantId.parse(randomUUID()), consumers: 2 });

test('who is on the list of another session is a stray in this one', () => {
  const [ann, ben] = [receiver(), receiver()];
  const elsewhere = { ...ann, sessionId: SessionId.parse(randomUUID()) };
  const isListed = (session: string, id: string) => session === sessionId && id === ann.participantId;
  expect(straysAmong([ann, ben, elsewhere], isListed)).toEqual([ben, elsewhere]);
});

test('who is stray in one of two looks alone is coming or going', () => {
  const [ann, ben, cleo] = [receiver(), receiver(), receiver()];
  expect(stillStray([ann, ben], [{ ...ben, consumers: 5 }, cleo])).toEqual([{ ...ben, consumers: 5 }]);
  expect(stillStray([], [ann])).toEqual([]);
});
