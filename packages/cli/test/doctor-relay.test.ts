import type { OpenCheckReply } from '@conclave/protocol/rest/connection-check';
import { COTURN_IS_INSTALLED, startCoturn } from '@conclave/testkit/coturn';
import { startFrontSite } from '@conclave/testkit/front-site';
import { afterAll, describe, expect, test } from 'vitest';
import { createFindings } from '../src/doctor/finding.ts';
import { checkRelay } from '../src/doctor/relay.ts';

const MEDIA = '203.0.113.10';
const stack = new AsyncDisposableStack();
afterAll(() => stack.disposeAsync());

/** A coturn with these settings behind a front that lets everybody through to everywhere. */
async function look(access: readonly string[], credential = 'right'): Promise<Record<string, string>> {
  const coturn = stack.use(await startCoturn(access));
  const site = stack.use(await startFrontSite({ turnPort: coturn.port }));
  const findings = createFindings(() => undefined);
  const target = { ...site, origin: `https://${site.host}:${site.port}`, address: '127.0.0.1', httpPort: undefined, ca: undefined };
  const candidate = { foundation: '1', priority: 1, ip: MEDIA, protocol: 'udp', port: 10_000 } as const;
  const check = {
    iceServers: [{ urls: [`turns:${site.host}:${site.port}?transport=tcp`], username: 'check', credential }],
    udp: { iceCandidates: [candidate] },
  } as unknown as OpenCheckReply; // all that is read of it here
  await checkRelay(target, check, findings.section('relay'));
  return Object.fromEntries(findings.all.map(({ what, result, found }) => [what, `${result} ${found}`]));
}

const KNOWN = ['--lt-cred-mech', '--user=check:right'];
const CLOSED = ['--denied-peer-ip=0.0.0.0-255.255.255.255', '--denied-peer-ip=::-ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff'];

describe.skipIf(!COTURN_IS_INSTALLED)('the relay (skipped where the Debian package coturn is not installed)', () => {
  test('that leads into private networks is named with where it leads', async () => {
    const found = await look(KNOWN);
    expect(found['made-up credential']).toMatch(/^ok is refused/);
    expect(found['where it leads']).toMatch(/^fail to .*10\.0\.0\.1/);
    expect(found['where it leads']).toContain('169.254.169.254');
  });

  test('that leads to the media node alone, though the credential is for a check, is a warning', async () => {
    const found = await look([...KNOWN, ...CLOSED, `--allowed-peer-ip=${MEDIA}`]);
    expect(found['where it leads']).toBe(`warn to the media node with a credential that is for a check: ${MEDIA} port 10000`);
  });

  test('that leads nowhere is fine, and one that does not know its own credential is named', async () => {
    const closed = await look([...KNOWN, ...CLOSED]);
    expect(closed['where it leads']).toMatch(/^ok nowhere/);
    expect((await look([...KNOWN, ...CLOSED], 'wrong'))['relay']).toMatch(/^fail .* refused the check's credential \(401\)/);
  });

  test('that lets in whoever comes is named', async () => {
    expect((await look(['--no-auth', ...CLOSED]))['made-up credential']).toMatch(/^fail opens the relay/);
  });
});
