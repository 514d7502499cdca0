import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { createTestDatabase } from '@conclave/testkit/database';
import { expect, test } from 'vitest';
import { createKey, createTeam } from './actions.ts';
import { operatorCause } from '../event-log/cause.ts';
import { ensureSetupToken } from '../setup/actions.ts';
import { startTestSite, TEST_ORIGIN } from '../web/test-site.ts';

/** A way to the database that can be cut and mended. */
async function breakable(url: string) {
  const target = new URL(url);
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    const onward = connect(Number(target.port || 5432), target.hostname);
    for (const [from, to] of [[socket, onward] as const, [onward, socket] as const]) {
      sockets.add(from);
      from.pipe(to);
      from.on('error', () => to.destroy());
    }
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as AddressInfo; // it listens on TCP
  const through = new URL(url);
  through.hostname = '127.0.0.1';
  through.port = String(port);
  return {
    url: through.href,
    cut: () => {
      server.close();
      for (const socket of sockets) socket.destroy();
    },
    mend: () => once(server.listen(port, '127.0.0.1'), 'listening'),
  };
}

test('while the database is away every door says so and lets nobody in; afterwards all is as before', async () => {
  await using database = await createTestDatabase();
  const way = await breakable(database.url);
  await using site = await startTestSite(way.url);
  const team = await createTeam(site.ctx, operatorCause(), 'Harbour');
  const { key } = await createKey(site.ctx, operatorCause(), { sealing: site.ctx.access.keys.sealing, teamId: team.id });
  const authorization = `Bearer ${key}`;
  const token = (await ensureSetupToken(site.ctx))?.split('=')[1];
  const owner = { teamName: 'Harbour', name: 'Ada', email: 'ada@example.org', password: 'correct horse' };
  const setUp = await site.call('/api/setup', { method: 'POST', body: { token, ...owner } });
  const cookie = String(setUp.headers['set-cookie']).split(';', 1)[0] ?? '';
  const doors = () =>
    Promise.all([
      site.call('/api/v1/rooms', { headers: { authorization } }),
      site.call('/api/me', { headers: { cookie } }),
      site.call('/api/auth/get-session', { headers: { cookie } }),
      site.call('/api/auth/sign-in/email', { method: 'POST', body: { email: owner.email, password: owner.password } }),
    ]);
  expect((await doors()).map((reply) => reply.statusCode)).toEqual([200, 200, 200, 200]);

  way.cut();
  for (const reply of [
    ...(await doors()),
    await site.call('/api/auth/sign-out', { method: 'POST', headers: { cookie, origin: TEST_ORIGIN } }),
  ]) {
    expect(reply.json()).toMatchObject({ status: 503, code: 'unavailable' });
  }

  await way.mend();
  expect((await doors()).map((reply) => reply.statusCode)).toEqual([200, 200, 200, 200]);
  way.cut();
});
