import { describe, expect, test } from 'vitest';
import { hostOf, slugFor, slugInHost } from './hosts.ts';
import { clientNetwork } from './limits.ts';

describe('hosts of teams', () => {
  test.each([
    [true, 'https://meet.example:8443', 'meet.example:8443'],
    [false, 'https://meet.example:8443', 'quay.meet.example:8443'],
    [false, 'https://meet.example', 'quay.meet.example'],
  ])('plain %s at %s is %s', (onPlainHost, origin, host) => {
    expect(hostOf({ slug: 'quay', onPlainHost }, origin)).toBe(host);
  });

  test.each([
    ['meet.example:8443', null],
    ['quay.meet.example:8443', 'quay'],
    ['QUAY.meet.example', 'quay'],
    ['a.b.meet.example', 'a.b'],
    ['quaymeet.example', null],
    ['127.0.0.1:8443', null],
    [undefined, null],
  ])('the label in %s is %s', (header, slug) => {
    expect(slugInHost(header, 'https://meet.example:8443')).toBe(slug);
  });

  test.each([
    ['Harbour Café', 'harbour-cafe'],
    ['  --X--  ', 'team-x'],
    ['API', 'team-api'],
    ['张伟', 'team'],
    ['a'.repeat(100), 'a'.repeat(28)],
  ])('%s becomes the label %s', (name, slug) => {
    expect(slugFor(name)).toBe(slug);
  });
});

describe('the network that is counted', () => {
  test.each([
    ['192.0.2.7', '192.0.2.7/32'],
    ['::ffff:192.0.2.7', '192.0.2.7/32'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
    ['2001:DB8:1:2::9', '2001:db8:1:2::/64'],
    ['2001:db8::1', '2001:db8:0:0::/64'],
    ['fe80::1%eth0', 'fe80:0:0:0::/64'],
    ['::1', '0:0:0:0::/64'],
  ])('of %s is %s', (address, network) => {
    expect(clientNetwork(address)).toBe(network);
  });
});
