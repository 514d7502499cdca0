import { chromium, type Browser } from '@playwright/test';
import { decodeSupportCode } from '@conclave/protocol/support-code';
import { startInstallation, type Installation } from '@conclave/testkit/installation';
import { canMakeNetworks, createFirewalledNetwork, FIREWALLED, type FirewalledNetwork } from '@conclave/testkit/network-namespaces';
import { COTURN_IS_INSTALLED } from '@conclave/testkit/coturn';
import playwrightConfig from '../playwright.config.ts';
import { enter, expect, expectHears, expectSees, makeTeam, test, type Person, type Room } from './support/fixtures.ts';
import { readCounters } from './support/page-probe.ts';

/** A name, one address, 443/tcp; media where the settings put it. */
const HOST = 'meet.example.org';
const { client: CLIENT, server: SERVER } = FIREWALLED;

test.skip(
  !canMakeNetworks() || !COTURN_IS_INSTALLED,
  'needs root, nftables and the Debian package coturn: a client, a firewall and a server in network namespaces',
);

/** Asks in the client's host, where the server has its name; prints the room. */
const MAKE_ROOM = `
  process.env.NODE_TLS_REJECT_UNAUTHORIZED = '0';
  const [url, key] = process.argv.slice(1);
  const headers = { authorization: 'Bearer ' + key, 'content-type': 'application/json' };
  const body = JSON.stringify({ privacy: 'public', roles: ['speaker'], default_role: 'speaker' });
  fetch(url, { method: 'POST', headers, body }).then((reply) => reply.text()).then(console.log);`;

interface Site extends AsyncDisposable {
  network: FirewalledNetwork;
  installation: Installation;
  roomUrl: string;
  /** Chromium behind the firewall. */
  browser: Browser;
  /** From now on the firewall lets out only this, and what belongs to it. */
  letOut(...rules: string[]): Promise<void>;
}

async function openSite(env: Record<string, string>): Promise<Site> {
  await using began = new AsyncDisposableStack();
  const network = began.use(await createFirewalledNetwork());
  const { client, firewall, server } = network;
  await client.know({ [HOST]: SERVER.ipv4 });
  const installation = began.use(
    await startInstallation({
      host: server,
      readyTimeoutMs: 115_000,
      env: {
        CONCLAVE_HOST: HOST,
        CONCLAVE_LISTEN_ADDRESS: '0.0.0.0',
        CONCLAVE_HTTPS_PORT: '443',
        CONCLAVE_HTTP_PORT: '80',
        CONCLAVE_ANNOUNCED_IP: SERVER.ipv4,
        CONCLAVE_TURNSERVER: '/usr/bin/turnserver',
        CONCLAVE_LOG_LEVEL: 'debug',
        ...env,
      },
    }),
  );
  const { launchOptions } = playwrightConfig.use ?? {};
  const executablePath = await client.executable(launchOptions?.executablePath ?? '/usr/bin/chromium');
  // Beside pages, whose certificate a context may take as it is: TURN over TLS too.
  const args = [...(launchOptions?.args ?? []), '--ignore-certificate-errors'];
  const browser = began.adopt(await chromium.launch({ ...launchOptions, args, executablePath }), (open) => open.close());
  const { developerKey } = await makeTeam(installation, 'Harbour');
  const room = JSON.parse(await client.run(process.execPath, ['-e', MAKE_ROOM, `https://${HOST}/api/v1/rooms`, developerKey])) as Room;
  const ends = began.move();
  return {
    network,
    installation,
    roomUrl: room.room_url,
    browser,
    letOut: (...rules) =>
      firewall.loadRules(`table inet firewall
        delete table inet firewall
        table inet firewall {
          chain forward {
            type filter hook forward priority filter; policy drop;
            ct state established,related accept
            ${rules.map((rule) => `ip saddr ${CLIENT.ipv4} ${rule} accept`).join('\n            ')}
          }
        }`),
    [Symbol.asyncDispose]: () => ends.disposeAsync(),
  };
}

/** Two people behind the firewall see and hear each other; how both media paths of both go. */
async function meet({ browser, roomUrl }: Site): Promise<Set<string>> {
  const ada = await enter(browser, roomUrl, 'Ada');
  const ben = await enter(browser, roomUrl, 'Ben');
  const people: Person[] = [ada, ben];
  await expectSees(ada, ['Ben'], 60_000);
  await expectSees(ben, ['Ada'], 60_000);
  for (const person of people) await expectHears(person, 1);
  const counters = await Promise.all(people.map(({ page }) => readCounters(page)));
  for (const { framesDecoded, ways } of counters) {
    expect(framesDecoded).toBeGreaterThan(0);
    expect(ways).toHaveLength(2);
  }
  await Promise.all(people.map(({ context }) => context.close()));
  return new Set(counters.flatMap(({ ways, remotePorts }) => ways.map((way, index) => `${way} to ${remotePorts[index]}`)));
}

test('[T7] behind a firewall that lets out 443/tcp alone two people meet by the relay over TLS, and the check says what is closed', async () => {
  test.setTimeout(300_000);
  await using site = await openSite({ CONCLAVE_MEDIA_PORT: '10000', CONCLAVE_MEDIA_WORKERS: '2' });
  const { installation, browser } = site;

  await test.step('with everything open media goes straight, over UDP', async () => {
    const ways = await meet(site);
    expect([...ways].filter((way) => !/^(host|prflx) udp to 1000[01]$/.test(way))).toEqual([]);
  });

  await site.letOut('tcp dport 443');
  await test.step('with 443/tcp alone it goes by the relay, over TLS on that port', async () => {
    const ways = await meet(site);
    const relayed = new RegExp(`^relay tls turns:${HOST}:443\\?transport=tcp to 1000[01]$`);
    expect([...ways].filter((way) => !relayed.test(way))).toEqual([]);
    // Not the front's own connection, which comes from loopback: the client's, as the PROXY header told.
    const remotes = [...installation.output().matchAll(/remote (\d+\.\d+\.\d+\.\d+):\d+/g)].map(([, address]) => address);
    expect(new Set(remotes)).toEqual(new Set([CLIENT.ipv4]));
  });

  await test.step('the connection check finds the same', async () => {
    const context = await browser.newContext({ ignoreHTTPSErrors: true, permissions: ['camera', 'microphone'] });
    const page = await context.newPage();
    await page.goto(`https://${HOST}/check`);
    const code = page.getByRole('region', { name: 'Code for support' }).getByText(/^\w{5}-\w{5}-\w{3}$/);
    await expect(code).toBeVisible({ timeout: 45_000 });
    expect(decodeSupportCode(await code.innerText())).toMatchObject({ signalling: 'ok', udp: 'blocked', tcp: 'blocked', turn: 'ok' });
    await expect(page.getByRole('status').filter({ hasText: 'You can take part, with limits' })).toBeVisible();
    await context.close();
  });
});

test('[T6] behind a firewall that lets out 443/tcp and 443/udp media goes straight where it is on 443', async () => {
  test.setTimeout(300_000);
  await using site = await openSite({ CONCLAVE_MEDIA_PORT: '443' });
  await site.letOut('tcp dport 443', 'udp dport 443');
  const ways = await meet(site);
  expect([...ways].filter((way) => !/^(host|prflx) udp to 443$/.test(way))).toEqual([]);
});
