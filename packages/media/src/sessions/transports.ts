import { isDeepStrictEqual } from 'node:util';
import { AppError } from '@conclave/protocol/errors';
import type { TransportId } from '@conclave/protocol/ids';
import type { TransportDirection, TransportView } from '@conclave/protocol/media-api/public';
import type { DtlsParameters, IceParameters } from '@conclave/protocol/media-api/rtp';
import type { types } from 'mediasoup';
import { assertOpen, callEngine } from '../engine-errors.ts';
import type { MediaPath, SessionRouter, TransportSlot } from './session.ts';

/** Camera in three layers, a sharp screen and sound fit well; more is not ours to carry. */
const MAX_INCOMING_BPS = 8_000_000;
/** The estimate starts here: enough for sound and several small videos at once, little enough for a phone; it is probed upwards within seconds. */
const START_OUTGOING_BPS = 1_000_000;
/** Consent checks (RFC 7675) that stay out so long mean that the path is gone. The page restarts ICE well before. */
const CONSENT_TIMEOUT_S = 20;

/** Makes the two transports of a path, both or none. */
export async function createTransports({ router, media }: SessionRouter): Promise<{ send: TransportSlot; recv: TransportSlot }> {
  const options: types.WebRtcTransportOptions = {
    webRtcServer: media.server,
    enableUdp: true,
    enableTcp: true,
    preferUdp: true,
    iceConsentTimeout: CONSENT_TIMEOUT_S,
    initialAvailableOutgoingBitrate: START_OUTGOING_BPS,
  };
  const made = await Promise.allSettled([router.createWebRtcTransport(options), router.createWebRtcTransport(options)]);
  const [send, recv] = made.map((result) => (result.status === 'fulfilled' ? result.value : undefined));
  if (!send || !recv) {
    send?.close();
    recv?.close();
    throw made.find((result) => result.status === 'rejected')?.reason;
  }
  await send.setMaxIncomingBitrate(MAX_INCOMING_BPS);
  return { send: { transport: send, connecting: undefined }, recv: { transport: recv, connecting: undefined } };
}

export function viewTransport({ transport }: TransportSlot): TransportView {
  return {
    id: transport.id as TransportId, // mediasoup's ids are UUIDs
    iceParameters: transport.iceParameters,
    iceCandidates: transport.iceCandidates,
    dtlsParameters: transport.dtlsParameters,
  };
}

/**
 * Tells a transport its peer's DTLS parameters; again with the same is no error.
 * @throws AppError `bad_request` for parameters that cannot be, `conflict` for others than before.
 */
export async function connectTransport(path: MediaPath, direction: TransportDirection, given: DtlsParameters): Promise<void> {
  assertOpen(path);
  const slot = path[direction];
  const dtlsParameters = given as types.DtlsParameters; // mediasoup checks algorithm and value itself
  if (!slot.connecting) {
    const done = callEngine(path, () => slot.transport.connect({ dtlsParameters }));
    slot.connecting = { dtlsParameters, done };
    // After a refusal better parameters may be tried.
    done.catch(() => (slot.connecting = undefined));
  } else if (!isDeepStrictEqual(slot.connecting.dtlsParameters, dtlsParameters)) {
    throw new AppError('conflict');
  }
  await slot.connecting.done;
}

/** New ICE credentials after a change of network; DTLS and media go on over the new path. */
export function restartIce(path: MediaPath, direction: TransportDirection): Promise<IceParameters> {
  return callEngine(path, () => path[direction].transport.restartIce());
}
