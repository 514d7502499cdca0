import { readFileSync } from 'node:fs';
import { httpsClient } from '@conclave/cli/peer/https-client';
import { askerOf, enterRoom, receiveAll, requestTicket } from '@conclave/cli/peer/joining';
import { openNativePeer, openPeerEnds, type NativePeer } from '@conclave/cli/peer/native-peer';
import { openSignal, type SignalConnection } from '@conclave/cli/peer/signal-connection';
import { readIvf, type Vp8Clip } from '@conclave/cli/peer/vp8-clip';
import type { CrowdPlace, PersonPlan } from './messages.ts';

/** Somebody who is in a room without a browser, and receives all that is sent there. */
export interface Person extends AsyncDisposable {
  readonly room: string;
  readonly client: SignalConnection;
  readonly peer: NativePeer;
}

const REQUEST_TIMEOUT_MS = 30_000;
const LEAVE_TIMEOUT_MS = 2_000;
/** A packet in 400 ms, of a few bytes (RFC 7587 §3.1.3). */
const SILENCE = { bitrateBps: 400, packetMs: 400 };

const clips = new Map<string, Vp8Clip>();

/** Everybody of a process has the same in memory. */
function clipOf(file: string): Vp8Clip {
  const clip = clips.get(file) ?? readIvf(readFileSync(file));
  clips.set(file, clip);
  return clip;
}

/** Comes in as a page does; what is sent is sent from then on. @throws AppError with the code of the refusal. */
export async function becomePerson({ origin, ca, rtpCapabilities }: CrowdPlace, plan: PersonPlan): Promise<Person> {
  await using began = new AsyncDisposableStack();
  const { room, name, token, cameraFile, sound, localAddress } = plan;
  const from = localAddress === undefined ? {} : { localAddress };
  const http = began.use(httpsClient(origin, ca, { timeoutMs: REQUEST_TIMEOUT_MS, ...from }));
  const ticket = await requestTicket({ http }, { room, name, ...(token !== undefined && { token }) });
  const client = began.use(await openSignal(origin, { ca, timeoutMs: REQUEST_TIMEOUT_MS, isTrusted: true, ...from }));
  const peerEnds = began.use(openPeerEnds());
  const guest = await enterRoom(client, ticket, { rtpCapabilities, dtlsParameters: peerEnds.dtlsParameters });
  const { media } = guest.joined;
  if (!media) throw new Error('there is no media path');
  const peer = openNativePeer({ media, ask: askerOf({ http }, media.capability), ends: peerEnds });
  const sends = cameraFile !== undefined || sound !== undefined;
  await Promise.all([peer.connect(sends ? ['send', 'recv'] : ['recv']), receiveAll(guest, peer)]);
  await Promise.all([
    ...(sound === undefined ? [] : [peer.send('microphone', sound === 'silence' ? SILENCE : {})]),
    ...(cameraFile === undefined ? [] : [peer.send('camera', { clip: clipOf(cameraFile) })]),
  ]);
  const ends = began.move();
  return {
    room,
    client,
    peer,
    [Symbol.asyncDispose]: async () => {
      const left = client.ask('room.leave', {}).catch(() => undefined);
      await Promise.race([left, new Promise((resolve) => setTimeout(resolve, LEAVE_TIMEOUT_MS).unref())]);
      await ends.disposeAsync();
    },
  };
}
