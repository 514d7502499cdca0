import { describe, expect, test } from 'vitest';
import { checkOwnAddresses } from './addresses.ts';
import { judgeDates } from './certificate.ts';
import { judgeClock } from './clock.ts';
import { judgeDisk } from './disk.ts';
import { createFindings, type Section } from './finding.ts';
import { judgeHeaders } from './headers.ts';
import { KNOWN_HOLES } from './known-holes.ts';
import { judgeAddresses } from './media.ts';
import { createPrinter, summaryOf } from './print.ts';
import { isOwn, readHost, readPort } from './target.ts';
import { compareVersions, holesOf } from './versions.ts';

/** What was found, as `result what: found`. */
function found(judge: (section: Section) => void): string[] {
  const findings = createFindings(() => undefined);
  judge(findings.section('test'));
  return findings.all.map(({ result, what, found }) => `${result} ${what}: ${found}`);
}

const DAY_MS = 86_400_000;
const NOW_MS = Date.parse('2026-06-01T00:00:00Z');

describe('a certificate', () => {
  const judged = (lifeDays: number, leftDays: number) => {
    const at = (ms: number) => new Date(ms).toUTCString();
    const toMs = NOW_MS + leftDays * DAY_MS;
    return found((section) => judgeDates({ valid_from: at(toMs - lifeDays * DAY_MS), valid_to: at(toMs) }, NOW_MS, section))[0]?.split(
      ' ',
      1,
    )[0];
  };

  test.each([
    [90, 60, 'ok'],
    [90, 21, 'ok'],
    [90, 20, 'warn'],
    [90, 0, 'fail'],
    [90, -5, 'fail'],
    [6, 4, 'ok'],
    [6, 1.9, 'warn'],
    [6, -1, 'fail'],
    [90, 91, 'fail'],
  ])('of %d days with %d of them left is %s', (life, left, result) => expect(judged(life, left)).toBe(result));
});

describe('headers', () => {
  const good = {
    'strict-transport-security': 'max-age=63072000; includeSubDomains',
    'content-security-policy': "default-src 'none'; script-src 'self'; frame-ancestors 'none'",
    'x-content-type-options': 'nosniff',
    'referrer-policy': 'no-referrer',
    'cross-origin-opener-policy': 'same-origin',
    'cross-origin-resource-policy': 'same-origin',
    'permissions-policy': 'camera=(self)',
  };
  const faults = (headers: Record<string, string | undefined>, host = 'meet.example') =>
    found((section) => judgeHeaders(host, headers as Record<string, string>, section)).filter((line) => !line.startsWith('ok'));

  test('that are all there are fine', () => expect(faults(good)).toEqual([]));

  test.each(Object.keys(good))('without %s are named', (name) => {
    expect(faults({ ...good, [name]: undefined })).toEqual([`fail ${name}: missing`]);
  });

  test.each([
    ['strict-transport-security', 'max-age=86400', 'max-age=86400: less than two years'],
    ['content-security-policy', "script-src 'self' 'unsafe-inline'; frame-ancestors 'none'", "scripts by 'unsafe-inline'"],
    ['content-security-policy', "default-src 'self'", 'no frame-ancestors'],
    ['content-security-policy', 'upgrade-insecure-requests; frame-ancestors *', 'scripts from everywhere, frames of everybody'],
    ['referrer-policy', 'unsafe-url', 'unsafe-url'],
  ])('with %s: %s are named', (name, value, text) => expect(faults({ ...good, [name]: value })).toEqual([`fail ${name}: ${text}`]));

  test('of localhost have no HSTS, which would speak for other programs of the machine', () => {
    expect(faults({ ...good, 'strict-transport-security': undefined }, 'localhost')).toEqual([]);
    expect(faults(good, 'localhost')).toHaveLength(1);
  });
});

test.each([
  [['198.51.100.7'], ['198.51.100.7'], 'ok'],
  [['198.51.100.7'], ['198.51.100.8'], 'warn'],
  [['10.0.0.5'], ['198.51.100.8'], 'fail'],
  [['10.0.0.5'], ['10.0.0.5'], 'warn'],
  [['100.64.3.4', 'fd00::1'], ['2001:db8::1'], 'fail'],
  [['127.0.0.1'], ['127.0.0.1'], 'warn'],
  [['10.0.0.5', '198.51.100.7'], ['198.51.100.7'], 'ok'],
  [[], ['198.51.100.7'], 'fail'],
])('announced %j of a name at %j is %s', (announced, resolved, result) => {
  expect(found((section) => judgeAddresses(announced, resolved, section))[0]).toMatch(new RegExp(`^${result} `));
});

test.each([
  [['198.51.100.7'], ['198.51.100.7'], 'ok'],
  [['198.51.100.7'], ['10.0.0.5'], 'ok'],
  [['10.0.0.9'], ['10.0.0.5'], 'fail'],
  [['127.0.0.1'], ['10.0.0.5'], 'warn'],
])('announced %j on a host with %j is %s', (announcedIps, own, result) => {
  expect(found((section) => checkOwnAddresses({ announcedIps }, section, own))[0]).toMatch(new RegExp(`^${result} `));
});

test.each([
  [200, 100, 0.5, 'ok'],
  [200, 19, 0.5, 'warn'],
  [20, 4, 0.5, 'warn'],
  [20, 0.9, 0.5, 'fail'],
  [200, 100, 0.01, 'fail'],
])('of a disk of %d GiB %d free and %d of the files is %s', (total, free, filesLeft, result) => {
  const disk = { folder: '/data', freeBytes: free * 1024 ** 3, totalBytes: total * 1024 ** 3, filesLeft };
  expect(found((section) => judgeDisk('disk', disk, section))[0]).toMatch(new RegExp(`^${result} disk`));
});

test('a clock may differ as much as is told, either way', () => {
  const judged = (offsetMs: number) => found((section) => judgeClock('clock', offsetMs, 30_000, section))[0];
  expect([judged(29_000), judged(-31_000)]).toEqual(['ok clock: 29.0 s ahead of this machine', 'fail clock: 31.0 s behind this machine']);
});

describe('known holes', () => {
  test('have a source on the web, an id, and fixed versions above those that they begin with, in rising order', () => {
    for (const { id, source, fixedIn } of KNOWN_HOLES) {
      expect([id !== '', URL.parse(source)?.protocol]).toEqual([true, 'https:']);
      const bounds = fixedIn.flatMap(({ from, fixed }) => [from, fixed]);
      expect(bounds.toSorted(compareVersions)).toEqual(bounds);
    }
  });

  test.each([
    ['Node', '24.22.0', ['CVE-2026-111497']],
    ['Node', '24.22.1', []],
    ['Node', '22.23.3', ['CVE-2026-111497']],
    ['Node', '24.14.0', ['CVE-2026-111497', 'CVE-2026-21637, CVE-2026-21714']],
    ['PostgreSQL', '18.7', []],
    ['PostgreSQL', '15.18', ['CVE-2026-6460, CVE-2026-120141']],
    ['coturn', '4.6.1', ['CVE-2026-27624']],
    ['coturn', '4.10.0', []],
    ['mediasoup', '3.27.1', []],
  ] as const)('of %s %s are %j', (product, version, ids) => expect(holesOf(product, version).map(({ id }) => id)).toEqual(ids));
});

describe('what is typed', () => {
  test.each([
    ['meet.example', { host: 'meet.example', port: undefined }],
    ['meet.example:8443', { host: 'meet.example', port: 8443 }],
    ['https://meet.example/r/room', { host: 'meet.example', port: undefined }],
    ['MEET.example', { host: 'meet.example', port: undefined }],
    ['192.0.2.7:444', { host: '192.0.2.7', port: 444 }],
    ['2001:db8::7', { host: '2001:db8::7', port: undefined }],
    ['[2001:db8::7]:444', { host: '2001:db8::7', port: 444 }],
  ])('%s is a host', (text, host) => expect(readHost(text)).toEqual(host));

  test.each(['', 'a b', 'meet.example/x', 'me@meet.example', 'meet.example:99999', 'http://meet.example'])('"%s" is none', (text) =>
    expect(() => readHost(text)).toThrow('is no HOST'),
  );

  test.each(['0', '65536', 'x', '-1', '80.5'])('%s is no port', (text) => expect(() => readPort(text)).toThrow('is no port'));

  test('names the own installation by its host, with its port or none', () => {
    const config = { host: 'meet.example', httpsPort: 8443 };
    const own = (text: string) => isOwn(readHost(text), config);
    expect(['meet.example', 'meet.example:8443', 'meet.example:444', 'other.example'].map(own)).toEqual([true, true, false, false]);
  });
});

test('what somebody else says cannot command the terminal', () => {
  expect(found((section) => section.fail('GET', '302 to \u001b]0;x\u0007\u009b31m\u202eevil\n', 'x'))).toEqual([
    'fail GET: 302 to ?]0;x??31m?evil?',
  ]);
});

test('findings are printed under the name of their group, and counted', () => {
  const lines: string[] = [];
  const findings = createFindings(createPrinter((line) => lines.push(line)));
  const [one, two] = [findings.section('one'), findings.section('two')];
  one.ok('a', 'fine');
  one.warn('b', 'odd', 'look');
  two.fail('c', 'broken', 'mend it');
  expect([...lines, summaryOf(findings.all)]).toEqual([
    'one',
    '  ok    a — fine',
    '  warn  b — odd; look',
    '\ntwo',
    '  fail  c — broken; mend it',
    '1 ok, 1 warning, 1 failure',
  ]);
});
