import { randomUUID } from 'node:crypto';
import { openSrtpPath, type NodeTransport, type SrtpPath } from '@conclave/cli/peer/srtp-path';
import type { Door, SfuAddress, StreamNumbers } from './door.ts';
import { PAYLOAD_TYPE } from './packets.ts';

const FEED = 1;
const TRANSPORT_WIDE_CC = 'http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01';
const ASK_TIMEOUT_MS = 15_000;
/** Janus ends a session that is silent for a minute. */
const KEEP_ALIVE_MS = 20_000;

interface Message {
  janus: string;
  transaction?: string;
  sender?: number;
  data?: { id: number };
  error?: { reason: string };
  plugindata?: { data: { error?: string } };
  jsep?: { sdp: string };
}

/**
 * Rooms of Janus' VideoRoom over its WebSocket, one session a process.
 * @see https://janus.conf.meetecho.com/docs/videoroom.html
 */
export async function openJanusDoor({ url, apiSecret }: Extract<SfuAddress, { kind: 'janus' }>): Promise<Door> {
  const janus = await openJanus(url, apiSecret);
  return {
    publish: async ({ room: number, ssrcs, onPacket }) => {
      const room = number + 1;
      const handle = await janus.attach();
      await janus.tell(handle, { request: 'create', room, publishers: 2, bitrate: 0, fir_freq: 0, videocodec: 'vp8' });
      await janus.tell(handle, { request: 'join', ptype: 'publisher', room, id: FEED });
      const path = openSrtpPath({ direction: 'send', onPacket });
      const offer = describe(path, { direction: 'sendonly', mid: '0', payloadType: PAYLOAD_TYPE, ssrcs });
      const { jsep } = await janus.tell(handle, { request: 'publish' }, { type: 'offer', sdp: offer });
      await Promise.all([path.connect(readTransport(jsep?.sdp ?? '')), janus.isUp(handle)]);
      return { feed: String(FEED), send: (packet) => void path.send(packet), [Symbol.dispose]: () => path[Symbol.dispose]() };
    },
    subscribe: async ({ room, feed, layer, withFeedback = false, onPacket, via }) => {
      const handle = await janus.attach();
      const stream = { feed: Number(feed), ...(layer !== undefined && { substream: layer }) };
      const { jsep } = await janus.tell(handle, { request: 'join', ptype: 'subscriber', room: room + 1, streams: [stream] });
      const sdp = jsep?.sdp ?? '';
      const transport = readTransport(sdp);
      const address = via && (await via(transport.iceCandidates[0] ?? { ip: '', port: 0 }));
      const path = openSrtpPath({ direction: 'recv', onPacket });
      const [, mid = '0'] = /^a=mid:(\S+)/m.exec(sdp) ?? [];
      const [, payloadType] = /^a=rtpmap:(\d+) VP8\//im.exec(sdp) ?? [];
      const feedback = withFeedback ? { rtxPayloadType: readRtx(sdp), extension: readNumbers(sdp).sequenceExtension } : {};
      const answer = describe(path, { direction: 'recvonly', mid, payloadType: Number(payloadType), ...feedback });
      await janus.tell(handle, { request: 'start' }, { type: 'answer', sdp: answer });
      await path.connect(transport, address);
      return {
        numbers: () => readNumbers(sdp),
        send: path.send,
        [Symbol.dispose]: () => {
          path[Symbol.dispose]();
          janus.detach(handle);
        },
      };
    },
    [Symbol.dispose]: () => janus.close(),
  };
}

async function openJanus(url: string, apiSecret: string) {
  const socket = new WebSocket(url, 'janus-protocol');
  const waiting = new Map<string, (message: Message) => void>();
  const up = new Map<number, PromiseWithResolvers<void>>();
  const session: { id?: number | undefined } = {};
  socket.addEventListener('message', ({ data }) => {
    const message = JSON.parse(String(data)) as Message; // of the API that is named above
    if (message.janus === 'webrtcup') up.get(message.sender ?? 0)?.resolve();
    // To a request of a plugin that takes its time Janus says `ack` first.
    if (message.transaction !== undefined && message.janus !== 'ack') waiting.get(message.transaction)?.(message);
  });
  const opened = Promise.withResolvers<void>();
  socket.addEventListener('open', () => opened.resolve());
  socket.addEventListener('error', () => opened.reject(new Error('Janus does not answer')));
  await opened.promise;
  const post = (message: object) => {
    const transaction = randomUUID();
    socket.send(
      JSON.stringify({ transaction, apisecret: apiSecret, ...(session.id !== undefined && { session_id: session.id }), ...message }),
    );
    return transaction;
  };
  const ask = async (message: object): Promise<Message> => {
    const { promise, resolve, reject } = Promise.withResolvers<Message>();
    const transaction = post(message);
    waiting.set(transaction, resolve);
    const timer = setTimeout(() => reject(new Error(`Janus did not answer ${JSON.stringify(message).slice(0, 200)}`)), ASK_TIMEOUT_MS);
    const reply = await promise.finally(() => {
      clearTimeout(timer);
      waiting.delete(transaction);
    });
    const error = reply.error?.reason ?? reply.plugindata?.data.error;
    if (error !== undefined) throw new Error(`Janus refused: ${error}`);
    return reply;
  };
  session.id = (await ask({ janus: 'create' })).data?.id;
  const alive = setInterval(() => post({ janus: 'keepalive' }), KEEP_ALIVE_MS);
  return {
    attach: async () => {
      const { data } = await ask({ janus: 'attach', plugin: 'janus.plugin.videoroom' });
      const handle = data?.id ?? 0;
      up.set(handle, Promise.withResolvers());
      return handle;
    },
    /** Resolves when Janus has media of it: only then is a feed there to subscribe to. */
    isUp: (handle: number) => up.get(handle)?.promise,
    tell: (handle: number, body: object, jsep?: object) =>
      ask({ janus: 'message', handle_id: handle, body, ...(jsep && { jsep: { ...jsep, trickle: false } }) }),
    detach: (handle: number) => void post({ janus: 'detach', handle_id: handle }),
    close: () => {
      clearInterval(alive);
      socket.close();
    },
  };
}

/** What Janus' SDP says of ICE and DTLS, as Conclave's media node would say it. */
function readTransport(sdp: string): NodeTransport {
  const attribute = (name: string) => new RegExp(`^a=${name}:(\\S+)`, 'm').exec(sdp)?.[1] ?? '';
  const [, value = ''] = /^a=fingerprint:sha-256 (\S+)/im.exec(sdp) ?? [];
  const candidates = [...sdp.matchAll(/^a=candidate:(\S+) 1 udp (\d+) (\S+) (\d+) typ host/gim)];
  return {
    iceParameters: { usernameFragment: attribute('ice-ufrag'), password: attribute('ice-pwd') },
    iceCandidates: candidates.map(([, foundation = '', priority, ip = '', port]) => ({
      foundation,
      priority: Number(priority),
      ip,
      port: Number(port),
      protocol: 'udp',
      type: 'host',
    })),
    dtlsParameters: { fingerprints: [{ algorithm: 'sha-256', value }] },
  };
}

function readRtx(sdp: string): number {
  return Number(/^a=rtpmap:(\d+) rtx\//im.exec(sdp)?.[1]);
}

/** What an offer of Janus says of a stream with feedback. */
function readNumbers(sdp: string): StreamNumbers {
  const [, ssrc, rtxSsrc] = /^a=ssrc-group:FID (\d+) (\d+)/m.exec(sdp) ?? [];
  const [, extension] = new RegExp(`^a=extmap:(\\d+)\\S* ${TRANSPORT_WIDE_CC}`, 'm').exec(sdp) ?? [];
  if (ssrc === undefined || rtxSsrc === undefined || extension === undefined) throw new Error('Janus offers no feedback');
  return { ssrc: Number(ssrc), rtxSsrc: Number(rtxSsrc), sequenceExtension: Number(extension) };
}

interface Line {
  direction: 'sendonly' | 'recvonly';
  mid: string;
  payloadType: number;
  ssrcs?: readonly number[];
  rtxPayloadType?: number;
  /** The number of the transport-wide sequence number. */
  extension?: number;
}

/** Our end in SDP. Janus wants a candidate before it listens; where we are it learns from our checks, so that one that leads nowhere is told. */
function describe({ iceParameters, dtlsParameters }: SrtpPath, line: Line): string {
  const [{ algorithm, value } = { algorithm: '', value: '' }] = dtlsParameters.fingerprints;
  const { mid, payloadType, rtxPayloadType, ssrcs = [] } = line;
  return [
    'v=0',
    'o=- 1 1 IN IP4 127.0.0.1',
    's=-',
    't=0 0',
    `a=group:BUNDLE ${mid}`,
    `m=video 9 UDP/TLS/RTP/SAVPF ${[payloadType, ...(rtxPayloadType === undefined ? [] : [rtxPayloadType])].join(' ')}`,
    'c=IN IP4 127.0.0.1',
    `a=mid:${mid}`,
    `a=${line.direction}`,
    'a=rtcp-mux',
    ...describeCodec(line),
    'a=setup:active',
    `a=ice-ufrag:${iceParameters.usernameFragment}`,
    `a=ice-pwd:${iceParameters.password}`,
    `a=fingerprint:${algorithm} ${value}`,
    // How browsers told of simulcast before there were names for layers; Janus takes the smallest first.
    ...(ssrcs.length > 1 ? [`a=ssrc-group:SIM ${ssrcs.join(' ')}`] : []),
    ...ssrcs.map((ssrc) => `a=ssrc:${ssrc} cname:bench`),
    'a=candidate:1 1 udp 2130706431 127.0.0.1 9 typ host',
    'a=end-of-candidates',
    '',
  ].join('\r\n');
}

function describeCodec({ payloadType, rtxPayloadType, extension }: Line): string[] {
  const feedback = ['nack', 'nack pli', 'ccm fir', ...(extension === undefined ? [] : ['transport-cc'])];
  return [
    `a=rtpmap:${payloadType} VP8/90000`,
    ...feedback.map((kind) => `a=rtcp-fb:${payloadType} ${kind}`),
    ...(rtxPayloadType === undefined ? [] : [`a=rtpmap:${rtxPayloadType} rtx/90000`, `a=fmtp:${rtxPayloadType} apt=${payloadType}`]),
    ...(extension === undefined ? [] : [`a=extmap:${extension} ${TRANSPORT_WIDE_CC}`]),
  ];
}
