import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { COTURN_IS_INSTALLED, startCoturn, type Coturn } from '../src/coturn.ts';
import { startFrontSite, type FrontSite } from '../src/front-site.ts';

const run = promisify(execFile);
const stack = new AsyncDisposableStack();
let site: FrontSite;
let coturn: Coturn;

const CLIENT = '127.0.0.9';

/** Packets and bytes of each allocation that was used; its client may also open one that it does not use. */
function usages(): number[][] {
  const told = coturn.output().matchAll(/peer usage: .*<tester>, rp=(\d+), rb=(\d+), sp=(\d+), sb=(\d+)/g);
  return [...told].map(([, ...counts]) => counts.map(Number)).filter((counts) => counts.some((count) => count > 0));
}

beforeAll(async () => {
  if (!COTURN_IS_INSTALLED) return;
  coturn = stack.use(await startCoturn(['--lt-cred-mech', '--user=tester:secret', '--allow-loopback-peers']));
  site = stack.use(await startFrontSite({ turnPort: coturn.port }));
});
afterAll(() => stack.disposeAsync());

describe.skipIf(!COTURN_IS_INSTALLED)(
  '[T7] TURN over TLS by real programs (skipped where the Debian package coturn is not installed)',
  () => {
    test("coturn's own client relays through the front, and coturn knows its address", async () => {
      const options = [
        '-t',
        '-S',
        '-L',
        CLIENT,
        '-p',
        String(site.port),
        '-u',
        'tester',
        '-w',
        'secret',
        '-y',
        '-n',
        '20',
        '-m',
        '2',
        '-l',
        '500',
      ];
      const { stdout } = await run('turnutils_uclient', [...options, '127.0.0.1'], { timeout: 90_000 });
      const [, sent = 0, received = 0] = (/: tot_send_msgs=(\d+), tot_recv_msgs=(\d+)$/m.exec(stdout) ?? []).map(Number);
      expect(sent).toBe(80);
      // It takes one message from each TLS record and drops a second one in it, also through HAProxy; what coturn counts is exact.
      expect(received).toBeGreaterThan(0);
      // It says so when it has seen the end of each, which may be after its client has ended.
      await vi.waitFor(() => expect(usages()).toEqual(Array.from({ length: 4 }, () => [20, 10_000, 20, 10_000])), 20_000);
      // Not the front's own connection, which comes from 127.0.0.1: the client's, as the PROXY header told.
      const remotes = [...coturn.output().matchAll(/user <tester>.*remote (\d+\.\d+\.\d+\.\d+):\d+/g)].map(([, address]) => address);
      expect(new Set(remotes)).toEqual(new Set([CLIENT]));
    }, 120_000);
  },
);
