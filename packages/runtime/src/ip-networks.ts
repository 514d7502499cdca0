import { isIPv4, isIPv6 } from 'node:net';

/** An address as it is written in events: IPv4 also where the socket says `::ffff:…`; without a zone. */
export function plainAddress(address: string): string {
  const [bare = ''] = address.split('%', 1);
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(bare)?.[1];
  return mapped !== undefined && isIPv4(mapped) ? mapped : bare.toLowerCase();
}

/**
 * The network of an address, such as `192.0.2.0/24` or `2001:db8:1::/48`: as many leading bits as told for each family, both
 * multiples of 8 and 16. What is no address stays as it is.
 */
export function networkOf(address: string, bits: { v4: 8 | 16 | 24 | 32; v6: 16 | 32 | 48 | 64 }): string {
  const plain = plainAddress(address);
  if (isIPv4(plain)) {
    const kept = plain.split('.').slice(0, bits.v4 / 8);
    return `${[...kept, 0, 0, 0].slice(0, 4).join('.')}/${bits.v4}`;
  }
  if (!isIPv6(plain)) return plain;
  const kept = groupsOf(plain).slice(0, bits.v6 / 16);
  return `${kept.map((group) => group.toString(16)).join(':')}::/${bits.v6}`;
}

/** The eight 16-bit groups of an IPv6 address. */
export function groupsOf(address: string): number[] {
  const [head = '', tail] = address.split('::');
  const parse = (part: string) => (part === '' ? [] : part.split(':').flatMap(groupsIn));
  const before = parse(head);
  const after = tail === undefined ? [] : parse(tail);
  return [...before, ...Array<number>(8 - before.length - after.length).fill(0), ...after];
}

/** The last group may be written as IPv4. */
function groupsIn(text: string): number[] {
  if (!text.includes('.')) return [Number.parseInt(text, 16)];
  const [a = 0, b = 0, c = 0, d = 0] = text.split('.').map(Number);
  return [a * 256 + b, c * 256 + d];
}
