import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';
import { explainOutcome, STEP_TIMEOUT_MS, tryTcp } from './dial.ts';
import type { Section } from './finding.ts';
import { messageOf } from './https.ts';
import type { Target } from './target.ts';

/** What is said where this machine itself cannot speak that family. */
const NO_WAY = new Set(['ENETUNREACH', 'EADDRNOTAVAIL', 'EHOSTUNREACH', 'EAFNOSUPPORT']);

/** The addresses of the name, and which of them answers; undefined when none does. */
export async function checkHostName(target: Target, section: Section): Promise<{ address: string; addresses: string[] } | undefined> {
  const addresses = await resolve(target.host, section);
  if (!addresses) return undefined;
  const outcomes = await Promise.all(addresses.map(async (address) => ({ address, outcome: await tryTcp(address, target.port) })));
  const open = outcomes.find(({ outcome }) => outcome === 'open');
  const closed = outcomes.filter(({ outcome }) => outcome !== 'open');
  const text = closed.map(({ address, outcome }) => `${address}: ${explainOutcome(outcome)}`).join(', ');
  const port = `port ${target.port}`;
  if (!open) {
    section.fail(port, text, `is Conclave running, and does the firewall let in ${target.port}/tcp? Behind NAT, is the port forwarded?`);
    return undefined;
  }
  const wrong = closed.filter(({ outcome }) => !NO_WAY.has(outcome));
  if (wrong.length > 0) section.warn(port, `open at ${open.address}; ${text}`, 'take these addresses out of DNS, or let them be answered');
  else section.ok(port, `open at ${open.address}${closed.length > 0 ? ` (${text})` : ''}`);
  return { address: open.address, addresses };
}

async function resolve(host: string, section: Section): Promise<string[] | undefined> {
  if (isIP(host) !== 0) {
    section.warn('name', `${host} is an address`, 'give the installation a name: public CAs and links in mails need one');
    return [host];
  }
  try {
    const late = new Promise<never>((_, reject) => {
      setTimeout(() => reject(new Error(`no answer in ${STEP_TIMEOUT_MS / 1000} s`)), STEP_TIMEOUT_MS).unref();
    });
    const found = await Promise.race([lookup(host, { all: true }), late]);
    const addresses = [...new Set(found.map(({ address }) => address))];
    section.ok('name', `${host} is ${addresses.join(', ')}`);
    return addresses;
  } catch (error) {
    section.fail('name', `${host} cannot be resolved (${messageOf(error)})`, 'make a DNS record A, and AAAA if the server has IPv6');
    return undefined;
  }
}
