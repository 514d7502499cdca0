import type { IncomingHttpHeaders } from 'node:http';
import type { Section } from './finding.ts';
import { ask, messageOf } from './https.ts';
import type { Reached } from './target.ts';

const TWO_YEARS_S = 63_072_000;
const ADVICE = 'Conclave sends it itself: let the proxy in front pass it on';

/** The headers of the page that browsers load first. */
export async function checkHeaders(target: Reached, section: Section): Promise<void> {
  try {
    const { status, headers } = await ask(target, '/', { headers: { accept: 'text/html' } });
    if (status !== 200) section.warn('page', `answered with ${status}`, 'is the web client built? See CONCLAVE_WEB_DIR');
    judgeHeaders(target.host, headers, section);
  } catch (error) {
    section.fail('page', messageOf(error), 'no page is served');
  }
}

/** One finding for each header that keeps a browser safe. */
export function judgeHeaders(host: string, headers: IncomingHttpHeaders, section: Section): void {
  judgeTransport(host, one(headers, 'strict-transport-security'), section);
  judgePolicy(one(headers, 'content-security-policy'), section);
  const wanted: readonly (readonly [string, RegExp])[] = [
    ['x-content-type-options', /^nosniff$/i],
    ['referrer-policy', /^no-referrer$/i],
    ['cross-origin-opener-policy', /^same-origin$/i],
    ['cross-origin-resource-policy', /^same-(origin|site)$/i],
    ['permissions-policy', /camera=\(/i],
  ];
  for (const [name, pattern] of wanted) {
    const value = one(headers, name);
    if (value === undefined) section.fail(name, 'missing', ADVICE);
    else if (pattern.test(value)) section.ok(name, short(value));
    else section.fail(name, short(value), ADVICE);
  }
}

function judgeTransport(host: string, value: string | undefined, section: Section): void {
  const what = 'strict-transport-security';
  const maxAgeS = Number(/max-age="?(\d+)/i.exec(value ?? '')?.[1] ?? 0);
  // Of localhost it would speak for every program on that machine.
  if (host === 'localhost')
    return value === undefined
      ? section.ok(what, 'not sent of localhost')
      : section.warn(what, short(value), 'for localhost it closes other programs of this machine to browsers');
  if (value === undefined) section.fail(what, 'missing', ADVICE);
  else if (maxAgeS < TWO_YEARS_S) section.fail(what, `${short(value)}: less than two years`, ADVICE);
  else section.ok(what, short(value));
}

/** No script but the page's own files, and nobody's frame around it. */
function judgePolicy(value: string | undefined, section: Section): void {
  const what = 'content-security-policy';
  if (value === undefined) return section.fail(what, 'missing', ADVICE);
  const directives = new Map(
    value.split(';').map((part) => {
      const [name = '', ...sources] = part.trim().split(/\s+/);
      return [name.toLowerCase(), sources] as const;
    }),
  );
  const scripts = directives.get('script-src') ?? directives.get('default-src');
  const faults = [
    ...(scripts === undefined ? ['scripts from everywhere'] : []),
    ...(scripts ?? [])
      .filter((source) => /^('unsafe-(inline|eval)'|\*|https?:|data:)$/i.test(source))
      .map((source) => `scripts by ${source}`),
    ...(directives.has('frame-ancestors') ? [] : ['no frame-ancestors']),
    ...(directives.get('frame-ancestors')?.includes('*') ? ['frames of everybody'] : []),
  ];
  if (faults.length === 0)
    section.ok(what, `scripts ${scripts?.join(' ') ?? ''}, frames of ${directives.get('frame-ancestors')?.join(' ') ?? ''}`);
  else section.fail(what, faults.join(', '), ADVICE);
}

function one(headers: IncomingHttpHeaders, name: string): string | undefined {
  const value = headers[name];
  return Array.isArray(value) ? value.join(', ') : value;
}

function short(value: string): string {
  return value.length > 60 ? `${value.slice(0, 57)}...` : value;
}
