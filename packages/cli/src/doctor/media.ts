import { randomBytes } from 'node:crypto';
import { BlockList, isIP, isIPv6 } from 'node:net';
import { networkInterfaces } from 'node:os';
import type { CheckTransport } from '@conclave/protocol/media-api/internal';
import { OpenCheckReply } from '@conclave/protocol/rest/connection-check';
import { bindOverTcp, bindOverUdp, type BindingAnswer, type IceAgent } from '@conclave/runtime/turn/stun-binding';
import type { Section } from './finding.ts';
import { ask, jsonOf, messageOf } from './https.ts';
import type { Reached } from './target.ts';

/** Three tries and a slow path. */
const PATH_TIMEOUT_MS = 3_000;

/** Where nobody on the Internet gets: RFC 1918, RFC 6598, RFC 3927, RFC 4193, RFC 4291. */
const PRIVATE = new BlockList();
for (const [network, bits] of [
  ['10.0.0.0', 8],
  ['172.16.0.0', 12],
  ['192.168.0.0', 16],
  ['100.64.0.0', 10],
  ['169.254.0.0', 16],
] as const)
  PRIVATE.addSubnet(network, bits, 'ipv4');
for (const [network, bits] of [
  ['fc00::', 7],
  ['fe80::', 10],
] as const)
  PRIVATE.addSubnet(network, bits, 'ipv6');
const LOOPBACK = new BlockList();
LOOPBACK.addSubnet('127.0.0.0', 8, 'ipv4');
LOOPBACK.addAddress('::1', 'ipv6');

export type Scope = 'public' | 'private' | 'loopback';

export function scopeOf(address: string): Scope {
  const family = isIPv6(address) ? 'ipv6' : 'ipv4';
  if (LOOPBACK.check(address, family)) return 'loopback';
  return PRIVATE.check(address, family) ? 'private' : 'public';
}

/** Asks for a connection check of our own, as a browser does; undefined when there is none now. */
export async function openCheck(target: Reached, section: Section): Promise<OpenCheckReply | undefined> {
  const fingerprint = [...randomBytes(32)].map((byte) => byte.toString(16).padStart(2, '0').toUpperCase()).join(':');
  const body = { dtlsParameters: { role: 'client', fingerprints: [{ algorithm: 'sha-256', value: fingerprint }] } };
  const what = 'connection check';
  try {
    const reply = await ask(target, '/api/check', { method: 'POST', body });
    const answer = jsonOf(reply);
    if (reply.status === 200) return OpenCheckReply.parse(answer);
    const { code } = answer;
    if (code === 'rate_limited' || code === 'no_capacity') section.warn(what, 'not now: too many are open', 'ask again in a minute');
    else section.fail(what, `POST /api/check answered with ${reply.status}`, 'does the media node run, and does the proxy pass /api on?');
  } catch (error) {
    section.fail(what, messageOf(error).split('\n', 1)[0] ?? '', 'does the proxy pass /api on?');
  }
  return undefined;
}

/** Whether the announced addresses can be right, and whether media gets through to them. @param resolved the addresses of the host's name */
export async function checkMedia({ udp, tcp }: OpenCheckReply, resolved: readonly string[], section: Section): Promise<void> {
  judgeAddresses([...new Set(udp.iceCandidates.map(({ ip }) => ip))], resolved, section);
  const overUdp = await answersOf(udp, bindOverUdp);
  judgePath('UDP', overUdp, section);
  if (tcp === null) return section.ok('TCP', 'not offered: the media port is that of pages');
  judgePath('TCP', await answersOf(tcp, bindOverTcp), section);
}

/** Exported for its test. */
export function judgeAddresses(announced: readonly string[], resolved: readonly string[], section: Section): void {
  const what = 'announced addresses';
  const setting = 'set CONCLAVE_ANNOUNCED_IP to the address at which browsers reach the media ports';
  const text = announced.map((address) => `${address} (${scopeOf(address)})`).join(', ');
  const best = (addresses: readonly string[]) =>
    (['public', 'private', 'loopback'] as const).find((scope) => addresses.some((address) => scopeOf(address) === scope));
  if (announced.length === 0) return section.fail(what, 'none', setting);
  if (best(announced) === 'loopback') return section.warn(what, `${text}: for browsers on the server itself alone`, setting);
  if (best(announced) === 'private' && best(resolved) === 'public')
    return section.fail(what, `${text}, while the name leads to ${resolved.join(', ')}`, setting);
  if (best(announced) === 'private') return section.warn(what, `${text}: for browsers in the same network alone`, setting);
  if (!announced.some((address) => resolved.includes(address)))
    return section.warn(
      what,
      `${text}; none is an address of the name (${resolved.join(', ')})`,
      'that is right behind a proxy or balancer for pages; otherwise set CONCLAVE_ANNOUNCED_IP',
    );
  section.ok(what, text);
}

interface Answer {
  readonly where: string;
  readonly answer: BindingAnswer | undefined;
}

type Bind = (agent: IceAgent, timeoutMs: number) => Promise<BindingAnswer | undefined>;

/** More than any host announces: what another server tells us to try has an end. */
const MOST_CANDIDATES = 16;

async function answersOf({ iceParameters, iceCandidates }: CheckTransport, bind: Bind): Promise<Answer[]> {
  const { usernameFragment, password } = iceParameters;
  const candidates = iceCandidates.filter(({ ip }) => isIP(ip) !== 0 && canSpeakTo(ip)).slice(0, MOST_CANDIDATES);
  return Promise.all(
    candidates.map(async ({ ip, port, protocol }) => ({
      where: `${ip} port ${port}/${protocol}`,
      answer: await bind({ address: ip, port, usernameFragment, password }, PATH_TIMEOUT_MS),
    })),
  );
}

/** Without IPv6 of our own nothing can be said of one that is announced. */
function canSpeakTo(address: string): boolean {
  if (!isIPv6(address) || scopeOf(address) === 'loopback') return true;
  const own = Object.values(networkInterfaces()).flatMap((list) => list ?? []);
  return own.some(({ address, family, internal }) => family === 'IPv6' && !internal && !address.startsWith('fe80:'));
}

function judgePath(what: string, answers: readonly Answer[], section: Section): void {
  const open = answers.filter(({ answer }) => answer);
  const closed = answers.filter(({ answer }) => !answer).map(({ where }) => where);
  const text = open.map(({ where, answer }) => `${where} answered in ${Math.round(answer?.tookMs ?? 0)} ms`).join(', ');
  const [seen] = open.flatMap(({ answer }) => answer?.seenAddress ?? []);
  if (open.length === 0) {
    const advice = `let the firewall pass it in, and one more port for each further media worker; behind NAT forward it`;
    const found = closed.length === 0 ? 'no address is offered that could be tried from here' : `no answer from ${closed.join(', ')}`;
    return what === 'UDP' ? section.fail(what, found, advice) : section.warn(what, found, advice);
  }
  const found = `${text}${seen === undefined ? '' : `, which sees this machine as ${seen}`}`;
  if (closed.length > 0)
    section.warn(what, `${found}; no answer from ${closed.join(', ')}`, 'announce no address at which nothing answers: browsers try each');
  else section.ok(what, found);
}
