import { askerOf, receiveAll, type Asked } from '@conclave/cli/peer/joining';
import { openNativePeer, type NativePeer } from '@conclave/cli/peer/native-peer';
import type { MediaAddress } from '@conclave/cli/peer/srtp-path';
import type { ParticipantId } from '@conclave/protocol/ids';
import type { MediaAccess } from '@conclave/protocol/media-api/public';
import type { MediaSource } from '@conclave/protocol/media-api/rtp';
import { joinRoom, type Guest, type Place } from './joining.ts';

/** Somebody who is in a room with real media and does what a page does: consumes everything that is sent. */
export interface NativeParticipant extends Guest {
  readonly id: ParticipantId;
  readonly peer: NativePeer;
  /** Decrypted, from one participant, of one source or of all. */
  received(from: ParticipantId, source?: MediaSource): { bytes: number; lastAtMs: number };
}

/** Joins, connects both transports and receives from then on whatever is sent. */
export async function joinNatively(place: Place, asked: Asked): Promise<NativeParticipant> {
  const guest = await joinRoom(place, asked);
  const { joined } = guest;
  if (!joined.media) throw new Error('there is no media path');
  const peer = openNativePeer({ media: joined.media, ask: askerOf(place, joined.media.capability) });
  await Promise.all([peer.connect(), receiveAll(guest, peer)]);
  return {
    ...guest,
    id: joined.self.participantId,
    peer,
    received: (from, source) => arrivedFrom(peer, from, source),
    [Symbol.dispose]: () => {
      peer[Symbol.dispose]();
      guest[Symbol.dispose]();
    },
  };
}

/** What a peer received from one participant; `lastAtMs` is 0 when nothing came. */
export function arrivedFrom(peer: NativePeer, from: ParticipantId, source?: MediaSource): { bytes: number; lastAtMs: number } {
  const chosen = [...peer.arrivals.values()].filter(
    (one) => one.of?.participantId === from && (source === undefined || one.of.source === source),
  );
  return { bytes: chosen.reduce((sum, { bytes }) => sum + bytes, 0), lastAtMs: Math.max(0, ...chosen.map(({ lastAtMs }) => lastAtMs)) };
}

/** Where a transport is reached over UDP. */
export function udpAddress({ iceCandidates }: MediaAccess['send']): MediaAddress {
  const candidate = iceCandidates.find(({ protocol }) => protocol === 'udp');
  if (!candidate) throw new Error('the node offers no UDP');
  return { ip: candidate.ip, port: candidate.port };
}
