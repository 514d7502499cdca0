import type { MediaAccess, TransportDirection, TransportView } from '@conclave/protocol/media-api/public';
import type { DtlsParameters, IceServer } from '@conclave/protocol/media-api/rtp';
import type { Device } from 'mediasoup-client';
import type { Transport, TransportOptions } from 'mediasoup-client/types';
import { createMediaApi, type MediaApi } from './media-api.ts';
import { createReceiveSide, type ReceiveSide, type ReceiveSideHandlers, type Wanted } from './receive-side.ts';
import { createSendSide, type SendSide, type SendSideHandlers } from './send-side.ts';

export interface MediaPathHandlers extends ReceiveSideHandlers, SendSideHandlers {
  /** Each time that the state of a transport changes. */
  onStateChange(): void;
  /** A handshake was refused: only a new path helps. */
  onBroken(error: unknown): void;
}

/** `idle`: nothing to send or receive yet, so no transport has been opened. */
export type PathState = 'idle' | 'connecting' | 'connected' | 'interrupted';

/** One pair of transports with all that flows through them. A rebuilt path is a new one; this one is closed for good. */
export interface MediaPath {
  send: SendSide;
  receive: ReceiveSide;
  transports: readonly Transport[];
  state(): PathState;
  /** Fresh ICE credentials for both transports; resolves when the restart has been negotiated, not when it has succeeded. */
  restartIce(): Promise<void>;
  /** Nothing is sent or asked any more, but received tracks do not end yet, so that their last frames stay on screen. */
  retire(): void;
  close(): void;
}

/** Opens a path. Nothing connects before the first producer or consumer. */
export function openMediaPath(options: {
  origin: string;
  device: Device;
  access: MediaAccess;
  /** To show to the node, which may have been told of it already. */
  certificate: RTCCertificate | undefined;
  wanted: Wanted;
  /** A relay's credential lasts ten minutes: a restart that needs the relay takes another one. */
  requestIceServers(): Promise<IceServer[]>;
  handlers: MediaPathHandlers;
}): MediaPath {
  const { device, access, wanted, handlers } = options;
  const aborter = new AbortController();
  const baseUrl = new URL(access.baseUrl, options.origin).href.replace(/\/$/, '');
  const api = createMediaApi(baseUrl, access.capability, aborter.signal);
  const sendTransport = device.createSendTransport(transportOptions(access.send, options));
  const recvTransport = device.createRecvTransport(transportOptions(access.recv, options));
  const transports = [sendTransport, recvTransport];
  for (const transport of transports) wire(transport, { api, handlers, connected: access.connected ?? false });

  const send = createSendSide({ transport: sendTransport, device, api, handlers });
  const receive = createReceiveSide({ transport: recvTransport, device, api, wanted, handlers });
  return {
    send,
    receive,
    transports,
    state: () => pathState(transports.map((transport) => transport.connectionState)),
    restartIce: async () => {
      // Without signalling the older ones are tried: they may still be good.
      const iceServers = access.iceServers.length > 0 ? await options.requestIceServers().catch(() => null) : null;
      await Promise.all(
        transports.map(async (transport) => {
          if (transport.connectionState === 'new' || transport.closed) return;
          if (iceServers) await transport.updateIceServers({ iceServers: iceServers as RTCIceServer[] }); // absent where undefined, as JSON has it
          const iceParameters = await api.restartIce(transport.direction);
          await transport.restartIce({ iceParameters: iceParameters as TransportOptions['iceParameters'] }); // mediasoup's own, seen through the wire's looser schema
        }),
      );
    },
    retire: () => {
      receive.dispose();
      aborter.abort();
      sendTransport.close();
      recvTransport.removeAllListeners('connectionstatechange');
    },
    close: () => {
      receive.dispose();
      aborter.abort();
      for (const transport of transports) transport.close();
    },
  };
}

/** The worse of the two decides; a transport that nothing needs yet does not count. */
export function pathState(states: readonly string[]): PathState {
  const opened = states.filter((state) => state !== 'new');
  if (opened.length === 0) return 'idle';
  if (opened.some((state) => state === 'failed' || state === 'disconnected' || state === 'closed')) return 'interrupted';
  return opened.every((state) => state === 'connected') ? 'connected' : 'connecting';
}

function transportOptions(
  view: TransportView,
  { access, certificate }: { access: MediaAccess; certificate: RTCCertificate | undefined },
): TransportOptions {
  const own = certificate && { additionalSettings: { certificates: [certificate] } };
  // Made by mediasoup at the media node; the wire's schema is looser than mediasoup-client's types.
  return { ...view, iceServers: access.iceServers, ...own } as TransportOptions;
}

interface Wiring {
  api: MediaApi;
  handlers: MediaPathHandlers;
  /** The node knows the certificate already. */
  connected: boolean;
}

function wire(transport: Transport, { api, handlers, connected }: Wiring): void {
  const direction: TransportDirection = transport.direction;
  // Answered at once: negotiation goes on while the request travels, which saves a round trip before the first frame. DTLS repeats its
  // first flight should it be faster than the request.
  transport.on('connect', ({ dtlsParameters }, callback) => {
    callback();
    if (connected) return;
    api.connect(direction, dtlsParameters as DtlsParameters).catch((error: unknown) => {
      // the wire's schema is looser than mediasoup's type
      if (!transport.closed) handlers.onBroken(error);
    });
  });
  transport.on('connectionstatechange', () => {
    if (!transport.closed) handlers.onStateChange();
  });
}
