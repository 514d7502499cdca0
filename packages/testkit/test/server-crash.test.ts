import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { httpsClient } from '@conclave/cli/peer/https-client';
import { startInstallation } from '../src/installation.ts';
import { joinRoom, resumeRoom, type Guest } from '../src/joining.ts';
import { findDescendant } from '../src/process-tree.ts';

type Place = Parameters<typeof resumeRoom>[0];

/** As a page does: again and again, until the server is back. */
async function resumePatiently(place: Place, asked: Parameters<typeof resumeRoom>[1]): Promise<Guest> {
  for (;;) {
    try {
      return await resumeRoom(place, asked);
    } catch (error) {
      // Refused by the system or answered `unavailable`: not there yet. A refusal by the server is final.
      if (!/ECONNREFUSED|ECONNRESET|socket|unavailable|closed with/.test(String(error))) throw error;
      await delay(50);
    }
  }
}

test('a server that is killed comes back by itself: the same participants, the same media paths, every message that was acknowledged', async () => {
  await using installation = await startInstallation();
  const ca = await readFile(join(installation.dataDir, 'tls/ca.pem'), 'utf8');
  using http = httpsClient(installation.origin, ca);
  const place: Place = { origin: installation.origin, ca, http };
  await installation.conclave('team', 'create', '--name', 'Harbour', '--json');
  const { developer_key: key } = JSON.parse(await installation.conclave('key', 'create', '--team', 'Harbour', '--json')) as {
    developer_key: string;
  };
  await http.ask('POST', '/api/v1/rooms', { body: { friendly_url: 'hall' }, headers: { authorization: `Bearer ${key}` } });
  using ann = await joinRoom(place, { room: 'hall', name: 'Ann' });
  using ben = await joinRoom(place, { room: 'hall', name: 'Ben' });
  await ann.client.ask('chat.send', { clientMessageId: randomUUID(), text: 'acknowledged' });

  process.kill((await findDescendant(installation.pid, 'server/src/main/server.ts')).pid, 'SIGKILL');
  expect((await ann.client.closed).code).toBe(1006);
  const startedMs = performance.now();
  const [annAgain, benAgain] = await Promise.all(
    [ann, ben].map((guest) => resumePatiently(place, { resumeToken: guest.joined.self.resumeToken })),
  );
  using _ann = annAgain;
  using _ben = benAgain;
  expect(performance.now() - startedMs).toBeLessThan(15_000);
  expect(annAgain?.joined.self.participantId).toBe(ann.joined.self.participantId);
  expect([annAgain?.joined.media, benAgain?.joined.media]).toEqual([null, null]);
  expect(benAgain?.joined.participants.map(({ name }) => name)).toEqual(['Ann', 'Ben']);
  expect(benAgain?.joined.chat.map(({ text }) => text)).toEqual(['acknowledged']);
}, 120_000);
