import type { MediaEvent } from '@conclave/protocol/media-api/internal';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { newParticipant, newSession, startTestNode, type TestNode } from '../testing/node-fixture.ts';

let t: TestNode;
beforeAll(async () => {
  t = await startTestNode();
});
afterAll(() => t[Symbol.asyncDispose]());

const event = (): MediaEvent => ({
  type: 'media.lost',
  sessionId: newSession(),
  participantIds: Array.from({ length: 500 }, newParticipant),
});

describe('the event socket', () => {
  test('a reader that does not keep up is cut off, the others are not', async () => {
    const [slow, quick] = [await t.follow(), await t.follow()];
    slow.pause();
    // Burst after burst, each heard by the quick one before the next, so that it never falls behind on a busy host.
    for (let burst = 0; burst < 200 && t.node.listeners() > 1; burst += 1) {
      for (let i = 0; i < 25; i += 1) t.node.ctx.emit(event());
      const end = newSession();
      t.node.ctx.emit({ type: 'media.lost', sessionId: end, participantIds: [] });
      await quick.until('media.lost', ({ sessionId }) => sessionId === end);
    }
    expect(t.node.listeners()).toBe(1);
    const last = newSession();
    t.node.ctx.emit({ type: 'media.lost', sessionId: last, participantIds: [] });
    await quick.until('media.lost', ({ sessionId }) => sessionId === last);
    quick.close();
    slow.close();
  });

  test('one that talks is closed', async () => {
    const log = await t.follow();
    log.say('hello');
    expect(await log.closed).toBe(1008);
  });
});
