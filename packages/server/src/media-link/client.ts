import { AppError, isErrorCode, type ErrorCode } from '@conclave/protocol/errors';
import { MediaCheck, MediaParticipant, Receivers } from '@conclave/protocol/media-api/internal';
import type { RtpCapabilities } from '@conclave/protocol/media-api/rtp';
import { Problem } from '@conclave/protocol/rest/problem';
import { internalHostName } from '@conclave/runtime/internal-identity';
import type { TlsIdentity } from '@conclave/runtime/tls-options';
import { Agent, request, type Dispatcher } from 'undici';
import type { MediaNode } from './media-node.ts';

const TIMEOUT_MS = 5_000;

/** What of the node's refusals is passed on to whoever asked; anything else is a fault between the two of us. */
const PASSED_ON: ReadonlySet<ErrorCode> = new Set(['bad_request', 'unavailable', 'no_capacity', 'rate_limited']);

type Method = 'GET' | 'PUT' | 'PATCH' | 'POST' | 'DELETE';

interface MediaClientOptions {
  /** `https://127.0.0.1:8444` */
  url: string;
  /** The identity of the part `server`. */
  identity: Required<TlsIdentity>;
}

export interface MediaClient extends MediaNode, AsyncDisposable {
  /** What the node's routers forward, as it last said; the same for every session. undefined before the first participant. */
  routerRtpCapabilities(): RtpCapabilities | undefined;
}

/** Speaks the media node's internal API over mutual TLS. Dispose it to drop its connections. */
export function createMediaClient({ url, identity }: MediaClientOptions): MediaClient {
  let routerRtpCapabilities: RtpCapabilities | undefined;
  const agent = new Agent({
    connect: { ...identity, servername: internalHostName('media'), timeout: 2_000 },
    connections: 32,
    headersTimeout: TIMEOUT_MS,
    bodyTimeout: TIMEOUT_MS,
  });

  async function call(method: Method, path: string, body?: object): Promise<unknown> {
    const reply = await send({ method, path, ...(body && { body }) });
    const parsed: unknown = await reply.body.json().catch(() => ({}));
    if (reply.statusCode >= 200 && reply.statusCode < 300) return parsed;
    throw refusal(parsed, reply.statusCode);
  }

  async function send({ method, path, body }: { method: Method; path: string; body?: object }): Promise<Dispatcher.ResponseData> {
    const content = body && { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } };
    try {
      return await request(new URL(`/internal/v1${path}`, url), {
        dispatcher: agent,
        method,
        signal: AbortSignal.timeout(TIMEOUT_MS),
        ...content,
      });
    } catch (error) {
      throw new AppError('unavailable', { cause: error });
    }
  }

  return {
    putParticipant: async (sessionId, participantId, body) => {
      const reply = MediaParticipant.safeParse(await call('PUT', `/sessions/${sessionId}/participants/${participantId}`, body));
      if (!reply.success) throw new AppError('internal', { cause: reply.error });
      ({ routerRtpCapabilities } = reply.data);
      return reply.data;
    },
    routerRtpCapabilities: () => routerRtpCapabilities,
    patchParticipant: async (sessionId, participantId, body) =>
      void (await call('PATCH', `/sessions/${sessionId}/participants/${participantId}`, body)),
    muteParticipant: async (sessionId, participantId, body) =>
      void (await call('POST', `/sessions/${sessionId}/participants/${participantId}/mute`, body)),
    receivers: async () => {
      const reply = Receivers.safeParse(await call('GET', '/receivers'));
      if (!reply.success) throw new AppError('internal', { cause: reply.error });
      return reply.data.receivers;
    },
    openCheck: async (body) => {
      const reply = MediaCheck.safeParse(await call('POST', '/checks', body));
      if (!reply.success) throw new AppError('internal', { cause: reply.error });
      return reply.data;
    },
    deleteParticipant: async (sessionId, participantId) =>
      void (await call('DELETE', `/sessions/${sessionId}/participants/${participantId}`)),
    deleteSession: async (sessionId) => void (await call('DELETE', `/sessions/${sessionId}`)),
    [Symbol.asyncDispose]: () => agent.destroy(),
  };
}

function refusal(body: unknown, status: number): AppError {
  const problem = Problem.safeParse(body);
  const code = problem.success && isErrorCode(problem.data.code) ? problem.data.code : undefined;
  if (code !== undefined && PASSED_ON.has(code)) return new AppError(code);
  return new AppError('internal', { cause: new Error(`the media node answered ${status} ${code ?? ''}`) });
}
