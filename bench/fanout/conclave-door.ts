import { randomUUID } from 'node:crypto';
import { Agent, request } from 'node:https';
import { openSrtpPath, type MediaAddress, type SrtpPath } from '@conclave/cli/peer/srtp-path';
import { MediaParticipant } from '@conclave/protocol/media-api/internal';
import { CreateConsumersReply, CreateProducerReply, type ConsumerView, type TransportDirection } from '@conclave/protocol/media-api/public';
import type { RtpCapabilities } from '@conclave/protocol/media-api/rtp';
import { internalHostName, loadInternalIdentity } from '@conclave/runtime/internal-identity';
import type { Door, SfuAddress, StreamNumbers } from './door.ts';
import { PAYLOAD_TYPE } from './packets.ts';

const TRANSPORT_WIDE_CC = 'http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01';

type Ask = (method: string, path: string, body?: object, capability?: string) => Promise<object>;

/** The media node, asked as the server and as its clients ask. */
export async function openConclaveDoor({ url, dataDir, sessionId }: Extract<SfuAddress, { kind: 'conclave' }>): Promise<Door> {
  const identity = await loadInternalIdentity(dataDir, 'server');
  const agent = new Agent({ ...identity, keepAlive: true, maxSockets: 4, servername: internalHostName('media') });
  const ask: Ask = (method, path, body, capability) => send({ agent, url: url + path, method, body, capability });
  const put = async (room: number) => {
    const grants = { microphone: true, camera: true, screen: true, receive: true };
    const path = `/internal/v1/sessions/${sessionOf(sessionId, room)}/participants/${randomUUID()}`;
    return { path, ...MediaParticipant.parse(await ask('PUT', path, { grants, fresh: true })) };
  };
  const tell = (path: SrtpPath, direction: TransportDirection, capability: string) =>
    ask('POST', `/media/v1/transports/${direction}/connect`, { dtlsParameters: path.dtlsParameters }, capability);
  return {
    publish: async ({ room, ssrcs, onPacket }) => {
      const { send: transport, capability } = await put(room);
      const path = openSrtpPath({ direction: 'send', onPacket });
      await tell(path, 'send', capability);
      await path.connect(transport);
      const producer = { source: 'camera', kind: 'video', rtpParameters: vp8(ssrcs) };
      const { id } = CreateProducerReply.parse(await ask('POST', '/media/v1/producers', producer, capability));
      return { feed: id, send: (packet) => void path.send(packet), [Symbol.dispose]: () => path[Symbol.dispose]() };
    },
    subscribe: async ({ room, feed, layer, withFeedback = false, onPacket, via }) => {
      const { path: participant, recv: transport, capability, routerRtpCapabilities } = await put(room);
      const address = via && (await via(udpAddress(transport.iceCandidates)));
      const path = openSrtpPath({ direction: 'recv', onPacket });
      await tell(path, 'recv', capability);
      await path.connect(transport, address);
      const rtpCapabilities = withFeedback ? videoWithFeedback(routerRtpCapabilities) : videoAlone(routerRtpCapabilities);
      const asked = { rtpCapabilities, producerIds: [feed] };
      const { consumers } = CreateConsumersReply.parse(await ask('POST', '/media/v1/consumers', asked, capability));
      const [consumer] = consumers;
      if (!consumer) throw new Error('the media node made no consumer');
      const wanted = { id: consumer.id, paused: false, ...(layer !== undefined && { maxSpatialLayer: layer }) };
      await ask('PATCH', '/media/v1/consumers', { consumers: [wanted] }, capability);
      return {
        numbers: () => numbersOf(consumer),
        send: path.send,
        [Symbol.dispose]: () => {
          path[Symbol.dispose]();
          void ask('DELETE', participant).catch(() => undefined); // the node may have ended before
        },
      };
    },
    [Symbol.dispose]: () => agent.destroy(),
  };
}

/** Each room is a session; their ids differ in the last four digits alone, so that all processes know them. */
function sessionOf(first: string, room: number): string {
  return first.slice(0, -4) + room.toString(16).padStart(4, '0');
}

function vp8(ssrcs: readonly number[]): object {
  const rtcpFeedback = [{ type: 'nack' }, { type: 'nack', parameter: 'pli' }, { type: 'ccm', parameter: 'fir' }];
  return {
    codecs: [{ mimeType: 'video/VP8', payloadType: PAYLOAD_TYPE, clockRate: 90_000, rtcpFeedback }],
    encodings: ssrcs.map((ssrc) => ({ ssrc })),
    rtcp: { cname: 'bench' },
  };
}

/** As Janus is answered: VP8 with NACK, no retransmission stream, no extensions and no estimate of bandwidth. */
function videoAlone({ codecs = [] }: RtpCapabilities): RtpCapabilities {
  const kept = codecs.filter(({ mimeType }) => mimeType.toLowerCase() === 'video/vp8');
  return {
    codecs: kept.map((codec) => ({
      ...codec,
      rtcpFeedback: (codec.rtcpFeedback ?? []).filter(({ type }) => type === 'nack' || type === 'ccm'),
    })),
    headerExtensions: [],
  };
}

/** As Janus is answered then: VP8 with its retransmission stream, and transport-wide sequence numbers as the only extension. */
function videoWithFeedback({ codecs = [], headerExtensions = [] }: RtpCapabilities): RtpCapabilities {
  const video = codecs.find(({ mimeType }) => mimeType.toLowerCase() === 'video/vp8');
  const rtx = codecs.find(({ parameters }) => video && parameters?.['apt'] === video.preferredPayloadType);
  if (!video || !rtx) throw new Error('the media node offers no VP8 with retransmissions');
  const rtcpFeedback = (video.rtcpFeedback ?? []).filter(({ type }) => type !== 'goog-remb');
  return {
    codecs: [{ ...video, rtcpFeedback }, rtx],
    headerExtensions: headerExtensions.filter(({ kind, uri }) => kind === 'video' && uri === TRANSPORT_WIDE_CC),
  };
}

function numbersOf({ rtpParameters: { encodings, headerExtensions } }: ConsumerView): StreamNumbers {
  const { ssrc, rtx } = encodings?.[0] ?? {};
  const extension = headerExtensions?.find(({ uri }) => uri === TRANSPORT_WIDE_CC);
  if (ssrc === undefined || !rtx || !extension) throw new Error('the media node agreed to no feedback');
  return { ssrc, rtxSsrc: rtx.ssrc, sequenceExtension: extension.id };
}

function udpAddress(candidates: readonly { protocol: string; ip: string; port: number }[]): MediaAddress {
  const found = candidates.find(({ protocol }) => protocol === 'udp');
  if (!found) throw new Error('the media node offers no UDP');
  return found;
}

interface Sent {
  agent: Agent;
  url: string;
  method: string;
  body: object | undefined;
  capability: string | undefined;
}

function send({ agent, url, method, body, capability }: Sent): Promise<object> {
  const { promise, resolve, reject } = Promise.withResolvers<object>();
  const text = body && JSON.stringify(body);
  const headers = {
    ...(text !== undefined && { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) }),
    ...(capability !== undefined && { authorization: `Bearer ${capability}` }),
  };
  const asked = request(url, { method, headers, agent }, (reply) => {
    let got = '';
    reply.setEncoding('utf8').on('data', (chunk: string) => (got += chunk));
    reply.on('end', () => {
      if (reply.statusCode === 200) resolve(JSON.parse(got) as object); // judged by the schema of the caller
      else reject(new Error(`${method} ${url} was answered with ${reply.statusCode}: ${got.slice(0, 200)}`));
    });
  });
  asked.on('error', reject).end(text);
  return promise;
}
