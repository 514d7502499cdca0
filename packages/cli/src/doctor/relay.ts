import { randomUUID } from 'node:crypto';
import type { OpenCheckReply } from '@conclave/protocol/rest/connection-check';
import { connectTurn, type TurnClient, type TurnCredential } from '@conclave/runtime/turn/turn-client';
import { STEP_TIMEOUT_MS } from './dial.ts';
import type { Section } from './finding.ts';
import { messageOf } from './https.ts';
import { originOf, serverName, type Reached } from './target.ts';

/** Where no relay may lead: what is on the server itself, in its network, and what clouds tell their machines. */
const INSIDE = ['127.0.0.1', '::1', '::ffff:127.0.0.1', '0.0.0.0', '10.0.0.1', '172.16.0.1', '192.168.0.1', '169.254.169.254'];
const INSIDE_PORT = 22;
const SETTLE_MS = 100;

/** Whether the relay is reached over TLS, and leads nowhere with a credential that is for a check. */
export async function checkRelay(target: Reached, { iceServers, udp }: OpenCheckReply, section: Section): Promise<void> {
  const server = iceServers.find(({ urls }) => [urls].flat().some((url) => url.startsWith('turns:')));
  if (server?.username === undefined || server.credential === undefined) {
    const advice =
      'install coturn (apt-get install coturn) and start Conclave again, or set CONCLAVE_TURN_PROXY_PORT: docs/operations/network.md#the-relay';
    return section.warn('relay', 'there is none: who is behind a firewall that lets nothing but HTTPS out hears and sees nobody', advice);
  }
  const url = [server.urls].flat().find((url) => url.startsWith('turns:')) ?? '';
  const relay = relayOf(url, target);
  if (!relay) return section.fail('relay', `its address cannot be read: ${url.slice(0, 80)}`, 'see CONCLAVE_HOST');
  const { username, credential } = server;
  const media = udp.iceCandidates.map(({ ip, port }) => ({ address: ip, port }));
  await checkStranger(relay, { username: `${Math.floor(Date.now() / 1_000) + 600}:${randomUUID()}`, credential: 'guessed' }, section);
  try {
    using client = await open(relay, { username, credential });
    const code = await client.allocate();
    if (code !== 0) return section.fail('relay', `${url} refused the check's credential (${code})`, refusedAdvice(code));
    section.ok('relay', `${url} gives an address`);
    await checkPeers(client, media, section);
  } catch (error) {
    section.fail(
      'relay',
      `${url}: ${messageOf(error)}`,
      'is coturn running? A proxy in front that ends TLS must let TURN around it: docs/operations/network.md#behind-a-proxy',
    );
  }
}

function refusedAdvice(code: number): string {
  return code === 401
    ? 'CONCLAVE_TURN_SECRET and static-auth-secret of coturn must be the same, and the clocks too'
    : 'see the log of coturn';
}

interface Relay {
  readonly origin: string;
  /** Undefined: as the name is resolved. */
  readonly address: string | undefined;
  readonly name: string;
}

/** RFC 7065; the port is 5349 where none is told. */
function relayOf(url: string, target: Reached): Relay | undefined {
  const [, host = '', port = '5349'] = /^turns:(\[[0-9a-f:]+\]|[^:?]+)(?::(\d+))?/i.exec(url) ?? [];
  if (host === '') return undefined;
  const name = host.replace(/^\[|\]$/g, '');
  return { origin: originOf(name, Number(port)), address: name === target.host ? target.address : undefined, name };
}

function open({ origin, address, name }: Relay, credential: TurnCredential): Promise<TurnClient> {
  const tls = { rejectUnauthorized: false, servername: serverName(name), ...(address !== undefined && { host: address }) };
  return connectTurn(origin, { credential, tls, timeoutMs: STEP_TIMEOUT_MS });
}

async function checkStranger(relay: Relay, credential: TurnCredential, section: Section): Promise<void> {
  const what = 'made-up credential';
  try {
    using client = await open(relay, credential);
    const code = await client.allocate();
    if (code === 0) section.fail(what, 'opens the relay: anybody can use it', 'set use-auth-secret in coturn');
    else section.ok(what, `is refused (${code})`);
  } catch {
    section.ok(what, 'is refused: the stream is ended');
  }
}

/** Each peer is asked for as a permission and as a channel; what is refused or left unanswered leads nowhere. */
async function checkPeers(client: TurnClient, media: readonly { address: string; port: number }[], section: Section): Promise<void> {
  const granted = { inside: new Set<string>(), media: new Set<string>() };
  const asked: Promise<void>[] = [];
  const note = (answer: Promise<number>, list: Set<string>, peer: string) => {
    // Left out by the front: no answer ever comes.
    asked.push(
      answer.then(
        (code) => void (code === 0 && list.add(peer)),
        () => undefined,
      ),
    );
  };
  for (const address of INSIDE) {
    note(client.permit(address), granted.inside, address);
    note(client.bind(address, INSIDE_PORT), granted.inside, `${address} port ${INSIDE_PORT}`);
  }
  for (const { address, port } of media) note(client.bind(address, port), granted.media, `${address} port ${port}`);
  // Answers come in the order of what was asked: with this one all others are there.
  const last = await client.refresh().catch(() => undefined);
  await Promise.race([Promise.all(asked), new Promise((resolve) => setTimeout(resolve, SETTLE_MS))]);
  const what = 'where it leads';
  if (granted.inside.size > 0)
    section.fail(
      what,
      `to ${[...granted.inside].join(', ')}`,
      'only the media nodes may be peers: denied-peer-ip and allowed-peer-ip in deploy/turnserver.conf',
    );
  else if (granted.media.size > 0)
    section.warn(
      what,
      `to the media node with a credential that is for a check: ${[...granted.media].join(', ')}`,
      'let TURN come through the front of Conclave, which ends streams of who is put out',
    );
  else if (last !== undefined)
    section.ok(what, `nowhere with a credential for a check: ${INSIDE.join(', ')} and the media node were asked for`);
  else section.ok(what, 'nowhere: the stream was ended when it asked for addresses inside');
}
