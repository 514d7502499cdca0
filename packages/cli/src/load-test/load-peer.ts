import { networkInterfaces } from 'node:os';
import { AppError } from '@conclave/protocol/errors';
import type { MediaAccess } from '@conclave/protocol/media-api/public';
import type { MediaKind } from '@conclave/protocol/media-api/rtp';
import { httpsClient } from '../peer/https-client.ts';
import { askerOf, enterRoom, receiveAll, requestTicket } from '../peer/joining.ts';
import { openNativePeer, openPeerEnds, type NativePeer, type Sending } from '../peer/native-peer.ts';
import { openSignal, type SignalConnection } from '../peer/signal-connection.ts';
import { addFlows, noFlow } from '../peer/srtp-path.ts';
import type { CrowdPlan, PeerPlan, PeerResult, StreamResult } from './messages.ts';

/** One of the people of a load test: joins as a page does, sends if it is a publisher, and receives everything. */
export interface LoadPeer {
  readonly plan: PeerPlan;
  /** Presses the button; resolves when that has led to something. Never throws. */
  join(): Promise<void>;
  /** Sends no more. */
  fallSilent(): void;
  result(): PeerResult;
  /** Leaves the room, and closes everything. */
  leave(): Promise<void>;
}

const REQUEST_TIMEOUT_MS = 30_000;
const LEAVE_TIMEOUT_MS = 2_000;

interface Sent extends Sending {
  readonly kind: MediaKind;
}

/** Nothing happens before `join`. */
export function createLoadPeer(crowd: CrowdPlan, plan: PeerPlan): LoadPeer {
  const ends = new DisposableStack();
  const http = ends.use(httpsClient(crowd.origin, crowd.ca, { timeoutMs: REQUEST_TIMEOUT_MS }));
  const place = { http, origin: crowd.origin };
  const troubles: string[] = [];
  const sent: Sent[] = [];
  const times: { pressed?: number; ticket?: number; room?: number; joined?: number; published?: number } = {};
  let failure: PeerResult['failure'] = null;
  let client: SignalConnection | undefined;
  let peer: NativePeer | undefined;
  let leaving = false;
  let atTheEnd: PeerResult | undefined;

  async function enter(): Promise<void> {
    const { room, token } = crowd;
    const connect = async () => ends.use(await openSignal(crowd.origin, { ca: crowd.ca, timeoutMs: REQUEST_TIMEOUT_MS }));
    // As a page does: the connection is made while the ticket is asked for, and anew where the server would not wait so long for that.
    const [ticket, opened] = await Promise.allSettled([
      requestTicket(place, { room, name: plan.name, ...(token !== undefined && { token }) }).finally(
        () => (times.ticket = performance.now()),
      ),
      connect(),
    ]);
    if (ticket.status === 'rejected') throw ticket.reason;
    if (opened.status === 'rejected') throw opened.reason;
    client = opened.value.socket.readyState === opened.value.socket.OPEN ? opened.value : await connect();
    watch(client);
    const peerEnds = ends.use(openPeerEnds());
    const { rtpCapabilities } = crowd;
    const guest = await enterRoom(client, ticket.value, { rtpCapabilities, dtlsParameters: peerEnds.dtlsParameters });
    times.room = performance.now();
    const { media } = guest.joined;
    if (!media) throw new Error('there is no media path');
    if (crowd.onThisHostOnly) refuseOtherHosts(media);
    peer = openNativePeer({ media, ask: askerOf(place, media.capability), ends: peerEnds });
    const receiving = receiveAll(guest, peer, (error) => troubles.push(`subscribe ${wordOf(error)}`));
    await Promise.all([peer.connect(plan.kind === 'publisher' ? ['send', 'recv'] : ['recv']), receiving]);
    times.joined = performance.now();
    if (plan.kind === 'publisher') await publish(peer);
  }

  async function publish(to: NativePeer): Promise<void> {
    const begin = async (source: 'microphone' | 'camera', kind: MediaKind, bitrate: { bitrateBps?: number }) => {
      try {
        sent.push({ ...(await to.send(source, bitrate)), kind });
      } catch (error) {
        troubles.push(`publish ${wordOf(error)}`);
      }
    };
    await Promise.all([
      begin('microphone', 'audio', {}),
      ...(crowd.audioOnly ? [] : [begin('camera', 'video', { bitrateBps: crowd.videoBitrateBps })]),
    ]);
    if (sent.length > 0) times.published = performance.now();
  }

  function watch(connection: SignalConnection): void {
    connection.on('media.restarted', () => void troubles.push('media path lost'));
    void connection.closed.then(({ code }) => {
      if (!leaving) troubles.push(`closed ${code}`);
    });
  }

  const resultNow = (): PeerResult => ({
    kind: plan.kind,
    pressedAtMs: sinceEpoch(times.pressed),
    joinedAtMs: failure === null ? sinceEpoch(times.joined) : null,
    joinMs: times.pressed === undefined ? null : after(times.pressed, plan.kind === 'publisher' ? times.published : firstPacketAt(peer)),
    phasesMs: phasesOf(times),
    failure,
    troubles,
    produced: sent.map(({ id, kind }) => ({ id, kind })),
    streams: peer ? streamsOf(peer) : [],
    ...countsOf(peer, sent),
  });

  return {
    plan,
    join: async () => {
      times.pressed = performance.now();
      try {
        await enter();
      } catch (error) {
        failure = { kind: error instanceof AppError ? 'refused' : 'failed', text: wordOf(error) };
        leaving = true;
        ends.dispose();
      }
    },
    fallSilent: () => {
      for (const { stop } of sent) stop();
    },
    result: () => atTheEnd ?? resultNow(),
    leave: async () => {
      if (leaving) return;
      leaving = true;
      const left = client?.ask('room.leave', {}).catch(() => undefined);
      await Promise.race([left, new Promise((resolve) => setTimeout(resolve, LEAVE_TIMEOUT_MS).unref())]);
      atTheEnd = resultNow();
      ends.dispose();
    },
  };
}

/** A code where there is one. */
function wordOf(error: unknown): string {
  if (error instanceof AppError) return error.code;
  if (!(error instanceof Error)) return String(error);
  return 'code' in error && typeof error.code === 'string' ? error.code : error.message;
}

/** That the pages are on this host says nothing of where the media goes. */
function refuseOtherHosts({ send, recv }: MediaAccess): void {
  const own = new Set(Object.values(networkInterfaces()).flatMap((addresses) => addresses?.map(({ address }) => address) ?? []));
  const isHere = (ip: string) => own.has(ip) || ip.startsWith('127.') || ip === '::1';
  const elsewhere = [...send.iceCandidates, ...recv.iceCandidates].find(({ ip }) => !isHere(ip));
  if (elsewhere) throw new Error(`media would go to ${elsewhere.ip}, which is not this host: that needs --i-own-this-server`);
}

function phasesOf({ pressed, ticket, room, joined }: Readonly<Partial<Record<string, number>>>): PeerResult['phasesMs'] {
  if (pressed === undefined || ticket === undefined || room === undefined || joined === undefined) return null;
  return { ticket: ticket - pressed, room: room - ticket, media: joined - room };
}

function sinceEpoch(atMs: number | undefined): number | null {
  return atMs === undefined ? null : performance.timeOrigin + atMs;
}

function after(beganMs: number, endedMs: number | undefined): number | null {
  return endedMs === undefined ? null : endedMs - beganMs;
}

function firstPacketAt(peer: NativePeer | undefined): number | undefined {
  const first = Math.min(...[...(peer?.arrivals.values() ?? [])].flatMap(({ packets, firstAtMs }) => (packets > 0 ? [firstAtMs] : [])));
  return Number.isFinite(first) ? first : undefined;
}

function streamsOf(peer: NativePeer): StreamResult[] {
  return [...peer.arrivals.values()].flatMap(({ of, kind, packets, bytes, firstAtMs, lastAtMs, reception }) => {
    if (of === null || kind === null || packets === 0) return [];
    const { expected, lost, duplicates, recovered, jitterMs } = reception;
    const lastedMs = lastAtMs - firstAtMs;
    return [{ producerId: of.producerId, kind, packets, bytes, expected, lost, duplicates, recovered, jitterMs, lastedMs }];
  });
}

function countsOf(
  peer: NativePeer | undefined,
  sent: readonly Sent[],
): Pick<PeerResult, 'nacks' | 'lostUpstream' | 'skippedFrames' | 'traffic'> {
  const { sent: asked, packets: askedPackets } = peer?.receiving.nacks ?? { sent: 0, packets: 0 };
  const { received, packets, resent } = peer?.sending.nacks ?? { received: 0, packets: 0, resent: 0 };
  return {
    nacks: { sent: asked, sentPackets: askedPackets, received, receivedPackets: packets, resent },
    lostUpstream: sent.reduce((sum, { ssrc }) => sum + Math.max(0, peer?.sending.told.get(ssrc)?.lost ?? 0), 0),
    skippedFrames: peer?.sending.skippedFrames() ?? 0,
    traffic: peer?.traffic() ?? { sent: addFlows(noFlow()), received: addFlows(noFlow()) },
  };
}
