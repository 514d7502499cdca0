import { randomUUID } from 'node:crypto';
import { makeOpus } from '@conclave/cli/peer/made-media';
import { ssrcOf } from '@conclave/cli/peer/rtp-packet';
import { expect, test, vi } from 'vitest';
import { canCapture, startCapture, type Packet } from '../src/capture.ts';
import { joinNatively } from '../src/native-participant.ts';
import { startPlatform } from '../src/platform.ts';

/** RFC 7983 §7: what shares the port of media is told apart by its first byte. */
function kindOf({ payload }: Packet): 'stun' | 'dtls' | 'srtp' | 'other' {
  const [first = 255] = payload;
  if (first < 4) return 'stun';
  if (first >= 20 && first < 64) return 'dtls';
  return first >= 128 && first < 192 ? 'srtp' : 'other';
}

const TLS_RECORDS = new Set([20, 21, 22, 23]);
/** ECDHE-ECDSA with AES-GCM or ChaCha20 (IANA's registry of TLS cipher suites). */
const AEAD_SUITES = new Set(['0xc02b', '0xc02c', '0xcca9']);
/** SRTP_AEAD_AES_128_GCM and _256_ (RFC 7714 §14.2). */
const GCM_PROFILES = new Set(['0x0007', '0x0008']);
const SAID = 'the harbour is closed at nine';

test.skipIf(!canCapture())(
  '[T1] [T6] a capture of a whole meeting holds no sound in the clear, no word, no name and no secret (skipped without root or the Debian package tshark)',
  async () => {
    await using platform = await startPlatform();
    const { httpsPort, mediaPort } = platform.config;
    await using capture = await startCapture(`port ${httpsPort} or port ${mediaPort}`);
    const room = await platform.createRoom();
    using ann = await joinNatively(platform, { room, name: 'Annegret Sommerfeld' });
    using ben = await joinNatively(platform, { room, name: 'Ben' });
    const sending = await ann.peer.send('microphone');
    await ann.peer.send('camera');
    await ann.client.ask('chat.send', { clientMessageId: randomUUID(), text: SAID });
    await vi.waitUntil(() => ben.received(ann.id, 'microphone').bytes > 10_000 && ben.received(ann.id, 'camera').bytes > 10_000, 30_000);
    const packets = await capture.packets();

    const media = packets.filter(({ protocol }) => protocol === 'udp');
    expect(new Set(media.map(kindOf))).toEqual(new Set(['stun', 'dtls', 'srtp']));
    // SRTP leaves its header to be read (RFC 3711 §3.1): it is Ann's stream that was captured, and what is in it is not what she sent.
    const sent = media.filter((packet) => kindOf(packet) === 'srtp' && ssrcOf(packet.payload) === sending.ssrc);
    expect(sent.length).toBeGreaterThan(50);
    const [plain = Buffer.alloc(0)] = makeOpus(32_000).take(performance.now());
    const sound = plain.subarray(-32);
    expect(sent.filter(({ payload }) => payload.includes(sound))).toEqual([]);

    const web = packets.filter(({ protocol, payload }) => protocol === 'tcp' && payload.length > 0);
    const begun = [...Map.groupBy(web, ({ sourcePort, destinationPort }) => `${sourcePort} ${destinationPort}`).values()];
    expect(new Set(begun.map(([first]) => TLS_RECORDS.has(first?.payload[0] ?? 0)))).toEqual(new Set([true]));

    const secrets = [ann, ben].flatMap(({ joined: { media: access, self } }) => [
      access?.capability,
      access?.send.iceParameters.password,
      access?.recv.iceParameters.password,
      self.resumeToken,
    ]);
    const all = Buffer.concat(packets.map(({ payload }) => payload));
    expect(secrets.filter((secret) => typeof secret !== 'string' || secret.length < 20)).toEqual([]);
    for (const hidden of [...secrets, SAID, 'Sommerfeld', room, platform.team.key]) expect(all.includes(hidden ?? '')).toBe(false);

    const handshakes = await capture.fields('dtls.handshake.type == 2', [
      'dtls.handshake.version',
      'dtls.handshake.ciphersuite',
      'dtls.use_srtp.protection_profile',
    ]);
    expect(handshakes).toHaveLength(4);
    for (const [version, suite = '', profile = ''] of handshakes) {
      expect(version).toBe('0xfefd'); // DTLS 1.2
      expect(AEAD_SUITES).toContain(suite);
      expect(GCM_PROFILES).toContain(profile);
    }
  },
);
