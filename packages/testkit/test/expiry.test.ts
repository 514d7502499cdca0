import { requestTicket } from '@conclave/cli/peer/joining';
import { createManualTime } from '@conclave/runtime/testing/manual-time';
import { expect, test, vi } from 'vitest';
import { joinRoom } from '../src/joining.ts';
import { startPlatform } from '../src/platform.ts';
import '../src/database.ts'; // these tests need a database

test('a meeting ends when it has lasted as long as its room says, and a room past its time is shut and then deleted', async () => {
  const time = createManualTime();
  await using platform = await startPlatform({ time });
  const inTwoMinutes = new Date(time.nowMs() + 120_000).toISOString().slice(0, 19).replace('T', ' ');
  const short = await platform.createRoom({ session_length: 1 });
  const passing = await platform.createRoom({ expires_at: inTwoMinutes });
  const lasting = await platform.createRoom();
  using ann = await joinRoom(platform, { room: short, name: 'Ann' });
  using ben = await joinRoom(platform, { room: passing, name: 'Ben' });
  using cat = await joinRoom(platform, { room: lasting, name: 'Cat' });
  const closed: Record<string, number> = {};
  void ann.client.closed.then(({ code }) => (closed['ann'] = code));
  void ben.client.closed.then(({ code }) => (closed['ben'] = code));
  const step = async (byMs: number) => {
    time.advance(byMs);
    await Promise.all([ann, ben, cat].map(({ client }) => client.ask('connection.ping', {}).catch(() => undefined)));
  };
  /** In steps in which every connection shows that it lives. */
  const pass = async (seconds: number) => {
    for (let passed = 0; passed < seconds; passed += 5) await step(5_000);
  };
  /** The next look begins a while after the one before has ended, which asks the database, whose time is not ours. */
  const eventually = (check: () => void | Promise<void>) =>
    vi.waitFor(
      async () => {
        await step(1_000);
        await check();
      },
      { timeout: 20_000, interval: 200 },
    );

  await pass(45);
  expect(closed).toEqual({});
  await pass(35);
  await eventually(() => expect(closed).toEqual({ ann: 4410 }));
  expect(await requestTicket(platform, { room: short, name: 'Ann' })).toMatch(/./);
  await pass(60);
  await eventually(() => expect(closed).toEqual({ ann: 4410, ben: 4410 }));
  await expect(requestTicket(platform, { room: passing, name: 'Ben' })).rejects.toThrow('session_ended');
  await pass(60);
  await eventually(() => expect(requestTicket(platform, { room: passing, name: 'Ben' })).rejects.toThrow('not_found'));
  expect(await cat.client.ask('connection.ping', {})).toMatchObject({ ok: true });
  const ended = await platform.db.selectFrom('sessions').select('id').where('ended_at', 'is not', null).execute();
  expect(ended).toHaveLength(2);
}, 60_000);
