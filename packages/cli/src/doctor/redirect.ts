import { explainOutcome, sayInClear, tryTcp } from './dial.ts';
import type { Section } from './finding.ts';
import type { Reached } from './target.ts';

const ELSEWHERE = 'elsewhere.invalid';

interface Way {
  readonly what: string;
  request(authority: string): string;
}

const head = (line: string, host: string, more = '') => `${line} HTTP/1.1\r\nHost: ${host}\r\n${more}Connection: close\r\n\r\n`;

/** Each way of asking; where it leads must be the host itself over HTTPS, whatever else is named in the request. */
const WAYS: readonly Way[] = [
  { what: 'GET', request: (host) => head('GET /r/room?a=b', host) },
  { what: 'HEAD', request: (host) => head('HEAD /r/room', host) },
  { what: 'POST', request: (host) => `${head('POST /api/join', host, 'Content-Length: 2\r\nContent-Type: application/json\r\n')}{}` },
  { what: 'an absolute URL', request: (host) => head(`GET http://${ELSEWHERE}/r/room`, host) },
  { what: 'CONNECT', request: () => head(`CONNECT ${ELSEWHERE}:443`, `${ELSEWHERE}:443`) },
];

const ADVICE = 'port 80 must send everybody to HTTPS and serve nothing itself';

/** Whether plain HTTP leads to HTTPS for every way of asking. */
export async function checkRedirect(target: Reached, section: Section): Promise<void> {
  const { httpPort } = target;
  if (httpPort === undefined)
    return section.ok('redirect', 'not looked at: the port of pages is not 443; name the other one with --http PORT');
  const what = `port ${httpPort}`;
  const outcome = await tryTcp(target.address, httpPort);
  if (outcome !== 'open')
    return section.warn(
      what,
      explainOutcome(outcome),
      `who types the name without https:// is not led on; open ${httpPort}/tcp. ACME needs it too`,
    );
  for (const way of WAYS) judge(way.what, await sayInClear(target.address, httpPort, way.request(hostOf(target))), target, section);
}

/** As a browser writes it. */
function hostOf({ host, httpPort }: Reached): string {
  const name = host.includes(':') ? `[${host}]` : host;
  return httpPort === 80 ? name : `${name}:${httpPort}`;
}

function judge(what: string, answer: Buffer | undefined, target: Reached, section: Section): void {
  const text = answer?.toString('latin1') ?? '';
  const status = Number(/^HTTP\/1\.[01] (\d{3})/.exec(text)?.[1] ?? 0);
  const location = /^location:[ \t]*(\S+)/im.exec(text.split('\r\n\r\n', 1)[0] ?? '')?.[1];
  if (status === 0) return section.warn(what, 'no answer', ADVICE);
  if (status < 300 || status > 399 || location === undefined) {
    // Refusing what cannot be redirected serves nothing either.
    if (status >= 400) return section.warn(what, `answered with ${status} instead of a redirect`, ADVICE);
    return section.fail(what, `answered with ${status} in clear`, ADVICE);
  }
  const url = URL.parse(location);
  const leadsHome = url?.protocol === 'https:' && url.hostname.replace(/^\[|\]$/g, '') === target.host;
  if (leadsHome) section.ok(what, `${status} to ${url.origin}`);
  else section.fail(what, `${status} to ${location.slice(0, 100)}`, `it must lead to ${target.origin}`);
}
