import type { MediaEvent } from '@conclave/protocol/media-api/internal';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
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
    await vi.waitFor(
      () => {
        for (let i = 0; i < 50; i++) t.node.ctx.emit(event());
        expect(t.node.listeners()).toBe(1);
      },
      { timeout: 10_000, interval: 20 },
    );
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
