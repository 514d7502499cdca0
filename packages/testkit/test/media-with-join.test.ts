import { askerOf, enterRoom, receiveAll, requestTicket } from '@conclave/cli/peer/joining';
import { decodable, openNativePeer, openPeerEnds, type AskMedia, type NativePeer, type PeerEnds } from '@conclave/cli/peer/native-peer';
import type { ParticipantId } from '@conclave/protocol/ids';
import { RtpCapabilities, type DtlsOfTransports } from '@conclave/protocol/media-api/rtp';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { arrivedFrom, joinNatively, type NativeParticipant } from '../src/native-participant.ts';
import { startPlatform, type Platform } from '../src/platform.ts';
import { connectSignal } from '../src/signal-client.ts';
import '../src/database.ts'; // these tests need a database

const stack = new AsyncDisposableStack();
let platform: Platform;
let room: string;
let speaker: NativeParticipant;

beforeAll(async () => {
  platform = stack.use(await startPlatform());
});
afterAll(() => stack.disposeAsync());
beforeEach(async () => {
  room = await platform.createRoom();
  speaker = stack.use(await joinNatively(platform, { room, name: 'Ann' }));
  await speaker.peer.send('microphone');
});

interface Ahead extends Disposable {
  readonly id: ParticipantId;
  readonly peer: NativePeer;
  /** What it asked the media API. */
  readonly asked: readonly string[];
}

/** Joins with the DTLS parameters that are given, and shows the certificates of `ends`. */
async function joinAhead(ends: PeerEnds, dtlsParameters: DtlsOfTransports): Promise<Ahead> {
  const { body } = await platform.http.ask('POST', '/api/entry', { body: { room } });
  const rtpCapabilities = decodable(RtpCapabilities.parse(body['routerRtpCapabilities']));
  const client = await connectSignal(platform.origin, platform);
  const guest = await enterRoom(client, await requestTicket(platform, { room, name: 'Ben' }), { rtpCapabilities, dtlsParameters });
  const { media } = guest.joined;
  if (!media) throw new Error('there is no media path');
  expect(media.connected).toBe(true);
  const asked: string[] = [];
  const answer = askerOf(platform, media.capability);
  const ask: AskMedia = (method, path, request) => (asked.push(`${method} ${path}`), answer(method, path, request));
  const peer = openNativePeer({ media, ask, ends });
  await receiveAll(guest, peer);
  return { id: guest.joined.self.participantId, peer, asked, [Symbol.dispose]: () => (peer[Symbol.dispose](), guest[Symbol.dispose]()) };
}

describe('DTLS parameters that come with room.join', () => {
  test('are all that is needed: media flows both ways and nothing else was asked', async () => {
    const ends = openPeerEnds();
    using ben = await joinAhead(ends, ends.dtlsParameters);
    await ben.peer.connect();
    await expect.poll(() => arrivedFrom(ben.peer, speaker.id).bytes).toBeGreaterThan(0);
    expect(ben.asked).toEqual([]);
    const { ssrc } = await ben.peer.send('microphone');
    await expect.poll(() => ben.peer.sending.told.get(ssrc)?.lost).toBeDefined(); // the node's receiver report
  });

  test('[T6] let nobody in who shows another certificate: no packet comes to them and none of theirs goes on', async () => {
    const [ends, others] = [openPeerEnds(), openPeerEnds()];
    using mallory = await joinAhead(ends, others.dtlsParameters);
    others[Symbol.dispose]();
    // The handshake ends for who began it before the node has looked at the certificate.
    await mallory.peer.connect().catch(() => undefined);
    await mallory.peer.send('microphone');
    using ben = await joinAhead(...own(openPeerEnds()));
    await ben.peer.connect();
    await expect.poll(() => arrivedFrom(ben.peer, speaker.id).bytes, { timeout: 10_000 }).toBeGreaterThan(8_000); // two seconds of sound
    expect(mallory.peer.traffic().received.rtp.packets).toBe(0);
    for (const { peer } of [speaker, ben])
      expect([...peer.arrivals.values()].filter(({ of, packets }) => of?.participantId === mallory.id && packets > 0)).toEqual([]);
  });
});

const own = (ends: PeerEnds): [PeerEnds, DtlsOfTransports] => [ends, ends.dtlsParameters];
