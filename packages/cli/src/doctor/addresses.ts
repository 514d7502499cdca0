import type { Config } from '@conclave/runtime/config';
import { reachableAddresses } from '@conclave/runtime/network-addresses';
import type { Section } from './finding.ts';
import { scopeOf } from './media.ts';

/** The announced addresses against those that this host has. */
export function checkOwnAddresses(
  { announcedIps }: Pick<Config, 'announcedIps'>,
  section: Section,
  own: readonly string[] = reachableAddresses(),
): void {
  const what = 'CONCLAVE_ANNOUNCED_IP';
  const others = announcedIps.filter((address) => scopeOf(address) !== 'loopback');
  const foreign = others.filter((address) => !own.includes(address));
  const inside = foreign.filter((address) => scopeOf(address) === 'private');
  if (others.length === 0) return section.warn(what, announcedIps.join(', '), 'nobody but this machine itself reaches media there');
  if (inside.length > 0)
    return section.fail(
      what,
      `${inside.join(', ')}: a private address that this host does not have (${own.join(', ') || 'none'})`,
      'name the one at which browsers reach it',
    );
  if (foreign.length > 0)
    return section.ok(what, `${foreign.join(', ')}: not of this host (${own.join(', ') || 'none'}), so NAT must lead to it`);
  section.ok(what, `${others.join(', ')}: of this host`);
}
