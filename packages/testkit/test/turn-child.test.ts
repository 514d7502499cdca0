import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { connectTurn } from '@conclave/runtime/turn/turn-client';
import { expect, test, vi } from 'vitest';
import { COTURN_IS_INSTALLED } from '../src/coturn.ts';
import { httpsClient } from '@conclave/cli/peer/https-client';
import { startInstallation } from '../src/installation.ts';
import { joinRoom } from '../src/joining.ts';
import { findDescendant } from '../src/process-tree.ts';

const NODE = '203.0.113.10';

test.skipIf(!COTURN_IS_INSTALLED)(
  '[T7] an installation relays by a coturn of its own that is no root, is started again, and ends with it (skipped where the Debian package coturn is not installed)',
  async () => {
    await using installation = await startInstallation({
      env: { CONCLAVE_TURNSERVER: '/usr/bin/turnserver', CONCLAVE_ANNOUNCED_IP: NODE },
    });
    const ca = await readFile(join(installation.dataDir, 'tls/ca.pem'), 'utf8');
    using http = httpsClient(installation.origin, ca);
    await installation.conclave('team', 'create', '--name', 'Harbour', '--json');
    const { developer_key: key } = JSON.parse(await installation.conclave('key', 'create', '--team', 'Harbour', '--json')) as {
      developer_key: string;
    };
    await http.ask('POST', '/api/v1/rooms', { body: { friendly_url: 'hall' }, headers: { authorization: `Bearer ${key}` } });
    using ann = await joinRoom({ origin: installation.origin, ca, http }, { room: 'hall', name: 'Ann' });
    const [server] = ann.joined.media?.iceServers ?? [];
    const credential = { username: server?.username ?? '', credential: server?.credential ?? '' };
    const mustRelay = async () => {
      using relay = await connectTurn(installation.origin, { ca, credential });
      expect(await relay.allocate()).toBe(0);
      expect(await relay.permit(NODE)).toBe(0);
    };

    await vi.waitFor(mustRelay, { timeout: 20_000, interval: 200 });
    const first = await findDescendant(installation.pid, 'turnserver');
    // Its own user where we are root, else ours.
    expect((await stat(`/proc/${first.pid}`)).uid).toBeGreaterThan(0);
    expect(await readFile(`/proc/${first.pid}/cmdline`, 'utf8')).toBe('/usr/bin/turnserver\0-c\0/dev/stdin\0');
    process.kill(first.pid, 'SIGKILL');
    await vi.waitFor(mustRelay, { timeout: 20_000, interval: 200 });
    const second = await findDescendant(installation.pid, 'turnserver');
    expect(second.pid).not.toBe(first.pid);
    await installation.stop();
    expect(() => process.kill(second.pid, 0)).toThrow('ESRCH');
  },
  120_000,
);
