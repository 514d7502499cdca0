import { randomUUID } from 'node:crypto';
import { Agent, request } from 'node:https';
import { openSrtpPath, type MediaAddress, type SrtpPath } from '@conclave/cli/peer/srtp-path';
import { MediaParticipant } from '@conclave/protocol/media-api/internal';
import { CreateConsumersReply, CreateProducerReply, type TransportDirection } from '@conclave/protocol/media-api/public';
import type { RtpCapabilities } from '@conclave/protocol/media-api/rtp';
import { internalHostName, loadInternalIdentity } from '@conclave/runtime/internal-identity';
import type { Door, SfuAddress } from './door.ts';
import { PAYLOAD_TYPE } from './packets.ts';

type Ask = (method: string, path: string, body?: object, capability?: string) => Promise<object>;

/** The media node, asked as the server and as its clients ask. */
export async function openConclaveDoor({ url, dataDir, sessionId }: Extract<SfuAddress, { kind: 'conclave' }>): Promise<Door> {
  const identity = await loadInternalIdentity(dataDir, 'server');
  const agent = new Agent({ ...identity, keepAlive: true, maxSockets: 4, servername: internalHostName('media') });
  const ask: Ask = (method, path, body, capability) => send({ agent, url: url + path, method, body, capability });
  const put = async () => {
    const grants = { microphone: true, camera: true, screen: true, receive: true };
    const path = `/internal/v1/sessions/${sessionId}/participants/${randomUUID()}`;
    return { path, ...MediaParticipant.parse(await ask('PUT', path, { grants, fresh: true })) };
  };
  const connect = async (path: SrtpPath, direction: TransportDirection, capability: string) => {
    await ask('POST', `/media/v1/transports/${direction}/connect`, { dtlsParameters: path.dtlsParameters }, capability);
    await path.connect();
  };
  return {
    publish: async ({ ssrc }) => {
      const { send: transport, capability } = await put();
      const path = openSrtpPath({ transport, direction: 'send', onPacket: () => undefined });
      await connect(path, 'send', capability);
      const producer = { source: 'camera', kind: 'video', rtpParameters: vp8(ssrc) };
      const { id } = CreateProducerReply.parse(await ask('POST', '/media/v1/producers', producer, capability));
      return { feed: id, send: (packet) => void path.send(packet), [Symbol.dispose]: () => path[Symbol.dispose]() };
    },
    subscribe: async (feed, onPacket, via) => {
      const { path: participant, recv: transport, capability, routerRtpCapabilities } = await put();
      const address = via && (await via(udpAddress(transport.iceCandidates)));
      const path = openSrtpPath({ transport, direction: 'recv', onPacket, ...(address && { via: address }) });
      await connect(path, 'recv', capability);
      const asked = { rtpCapabilities: videoAlone(routerRtpCapabilities), producerIds: [feed] };
      const { consumers } = CreateConsumersReply.parse(await ask('POST', '/media/v1/consumers', asked, capability));
      if (consumers.length !== 1) throw new Error('the media node made no consumer');
      await ask('PATCH', '/media/v1/consumers', { consumers: consumers.map(({ id }) => ({ id, paused: false })) }, capability);
      return {
        [Symbol.dispose]: () => {
          path[Symbol.dispose]();
          void ask('DELETE', participant).catch(() => undefined); // the node may have ended before
        },
      };
    },
    [Symbol.dispose]: () => agent.destroy(),
  };
}

function vp8(ssrc: number): object {
  const rtcpFeedback = [{ type: 'nack' }, { type: 'nack', parameter: 'pli' }, { type: 'ccm', parameter: 'fir' }];
  return {
    codecs: [{ mimeType: 'video/VP8', payloadType: PAYLOAD_TYPE, clockRate: 90_000, rtcpFeedback }],
    encodings: [{ ssrc }],
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
