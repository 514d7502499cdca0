import { X509Certificate } from 'node:crypto';
import { rename, rm } from 'node:fs/promises';
import { BlockList, isIP } from 'node:net';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { createAuthority, type KeyAndCertificate } from './certificate-authority.ts';
import { createDirectoryOnce, readIfPresent } from './key-files.ts';
import { reachableAddresses } from './network-addresses.ts';

const DAYS = 3650;
const DAY_MS = 24 * 60 * 60 * 1000;

/**
 * The authority that people are asked to trust can sign for nothing but this host, private networks, and names that never exist
 * on the internet (RFC 6761, RFC 6762, RFC 8375), so that a thief of its key gains nothing against any other site.
 */
const PERMITTED = [
  'localhost',
  'local',
  'internal',
  'home.arpa',
  '127.0.0.0/8',
  '10.0.0.0/8',
  '172.16.0.0/12',
  '192.168.0.0/16',
  '100.64.0.0/10',
  '::1/128',
  'fc00::/7',
];

/** The local CA, and what its name constraints let it sign for: host names (with what is below them) and CIDR ranges. */
export interface Authority extends KeyAndCertificate {
  permitted: readonly string[];
}

/**
 * The local CA in `folder`, made when missing or when it may not sign for `host`. A new CA must be trusted anew, so a change of this
 * machine's addresses does not make one.
 */
export async function ensureAuthority(folder: string, host: string, nowMs: number): Promise<Authority> {
  const present = await readAuthority(folder);
  if (present && isPermitted(host, present.permitted) && endsAfter(present.cert, nowMs + 400 * DAY_MS)) return present;
  if (present) await retire(folder);
  const own = hostname().toLowerCase();
  const permitted = [
    ...new Set([...PERMITTED, asRange(host), ...(/^[a-z0-9.-]+$/.test(own) ? [own] : []), ...reachableAddresses().map(asRange)]),
  ];
  const made = await createAuthority({ commonName: `Conclave local CA (${hostname()})`.slice(0, 64), days: DAYS, nowMs, permitted });
  await createDirectoryOnce(folder, { 'ca.pem': made.cert, 'ca-key.pem': made.key, 'permitted.json': JSON.stringify(permitted) });
  const kept = await readAuthority(folder);
  if (!kept) throw new Error(`no certificate authority could be made in ${folder}`);
  return kept;
}

/** Whether the name constraints allow a host name or address. */
export function isPermitted(name: string, permitted: readonly string[]): boolean {
  const family = isIP(name);
  if (family === 0) return permitted.some((root) => name === root || name.endsWith(`.${root}`));
  const ranges = new BlockList();
  for (const range of permitted) {
    const [address = '', prefix] = range.split('/');
    if (prefix !== undefined) ranges.addSubnet(address, Number(prefix), isIP(address) === 6 ? 'ipv6' : 'ipv4');
  }
  return ranges.check(name, family === 6 ? 'ipv6' : 'ipv4');
}

async function readAuthority(folder: string): Promise<Authority | undefined> {
  const [cert, key, permitted] = await Promise.all(
    ['ca.pem', 'ca-key.pem', 'permitted.json'].map((name) => readIfPresent(join(folder, name))),
  );
  if (cert === undefined || key === undefined || permitted === undefined) return undefined;
  return { cert, key, permitted: JSON.parse(permitted) as string[] }; // written by ensureAuthority
}

async function retire(folder: string): Promise<void> {
  await rm(`${folder}.old`, { recursive: true, force: true });
  await rename(folder, `${folder}.old`);
}

function asRange(name: string): string {
  const family = isIP(name);
  return family === 0 ? name : `${name}/${family === 4 ? 32 : 128}`;
}

function endsAfter(pem: string, timeMs: number): boolean {
  return new X509Certificate(pem).validToDate.getTime() > timeMs;
}
