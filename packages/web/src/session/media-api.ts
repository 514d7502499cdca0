import { AppError, isErrorCode } from '@conclave/protocol/errors';
import {
  CreateConsumersReply,
  CreateProducerReply,
  RestartIceReply,
  type ConsumerUpdate,
  type ConsumerView,
  type TransportDirection,
} from '@conclave/protocol/media-api/public';
import type {
  DtlsParameters,
  IceParameters,
  MediaKind,
  MediaSource,
  RtpCapabilities,
  RtpParameters,
} from '@conclave/protocol/media-api/rtp';
import { backoffDelayMs } from './backoff.ts';
import { delay } from './delay.ts';

const REQUEST_TIMEOUT_MS = 5_000;
/** With the back-off's waits about 20 s: as long as a server takes to be started again. */
const ATTEMPTS = 8;

export interface NewProducer {
  source: MediaSource;
  kind: MediaKind;
  rtpParameters: RtpParameters;
  paused: boolean;
}

/** The media server API for one media path. All reject with AppError; after `signal` has aborted with its reason. */
export interface MediaApi {
  connect(direction: TransportDirection, dtlsParameters: DtlsParameters): Promise<void>;
  restartIce(direction: TransportDirection): Promise<IceParameters>;
  createProducer(producer: NewProducer): Promise<string>;
  updateProducer(producerId: string, paused: boolean): Promise<void>;
  deleteProducer(producerId: string): Promise<void>;
  createConsumers(rtpCapabilities: RtpCapabilities, producerIds: readonly string[]): Promise<ConsumerView[]>;
  updateConsumers(consumers: readonly ConsumerUpdate[]): Promise<void>;
}

/**
 * Speaks `/media/v1` with one capability. What fails because a part is away or asks for patience is tried again with back-off; media
 * flows on meanwhile.
 * @param baseUrl absolute.
 */
export function createMediaApi(baseUrl: string, capability: string, signal: AbortSignal): MediaApi {
  const call = (method: string, path: string, body?: object) => callPatiently({ url: baseUrl + path, method, body, capability, signal });
  return {
    connect: async (direction, dtlsParameters) => {
      await call('POST', `/transports/${direction}/connect`, { dtlsParameters });
    },
    restartIce: async (direction) => RestartIceReply.parse(await call('POST', `/transports/${direction}/restart-ice`)).iceParameters,
    createProducer: async (producer) => CreateProducerReply.parse(await call('POST', '/producers', producer)).id,
    updateProducer: async (producerId, paused) => {
      await call('PATCH', `/producers/${producerId}`, { paused });
    },
    deleteProducer: async (producerId) => {
      await call('DELETE', `/producers/${producerId}`);
    },
    createConsumers: async (rtpCapabilities, producerIds) =>
      CreateConsumersReply.parse(await call('POST', '/consumers', { rtpCapabilities, producerIds })).consumers,
    updateConsumers: async (consumers) => {
      await call('PATCH', '/consumers', { consumers });
    },
  };
}

interface Call {
  url: string;
  method: string;
  body: object | undefined;
  capability: string;
  signal: AbortSignal;
}

async function callPatiently(call: Call): Promise<unknown> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await callOnce(call);
    } catch (error) {
      call.signal.throwIfAborted();
      if (!(error instanceof AppError) || attempt >= ATTEMPTS || !mayPass(error)) throw error;
      await delay(Math.max(backoffDelayMs(attempt + 1, Math.random()), error.details?.retryAfterMs ?? 0), call.signal);
    }
  }
}

/** These say that nothing happened, or nothing that a repetition would double. */
function mayPass(error: AppError): boolean {
  return error.code === 'unavailable' || error.code === 'maintenance' || error.code === 'rate_limited';
}

async function callOnce({ url, method, body, capability, signal }: Call): Promise<unknown> {
  let response: Response;
  try {
    response = await fetch(url, {
      method,
      headers: { authorization: `Bearer ${capability}`, ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
      body: body === undefined ? null : JSON.stringify(body),
      signal: AbortSignal.any([signal, AbortSignal.timeout(REQUEST_TIMEOUT_MS)]),
      credentials: 'omit',
      cache: 'no-store',
    });
  } catch (cause) {
    throw new AppError('unavailable', { cause });
  }
  const payload: unknown = response.status === 204 ? {} : await response.json().catch(() => ({}));
  if (response.ok) return payload;
  throw problemOf(response, payload);
}

/** The code of a problem reply. A reply that is not ours (a proxy's page) counts by its status. */
export function problemOf(response: Pick<Response, 'status' | 'headers'>, payload: unknown): AppError {
  const code = typeof payload === 'object' && payload !== null && 'code' in payload ? payload.code : undefined;
  const retryAfterS = Number(response.headers.get('retry-after') ?? Number.NaN);
  const options = Number.isFinite(retryAfterS) ? { details: { retryAfterMs: retryAfterS * 1000 } } : {};
  if (isErrorCode(code)) return new AppError(code, options);
  if (response.status === 429) return new AppError('rate_limited', options);
  return new AppError(response.status >= 502 && response.status <= 504 ? 'unavailable' : 'internal');
}
