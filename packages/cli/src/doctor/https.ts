import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { request } from 'node:https';
import { STEP_TIMEOUT_MS } from './dial.ts';
import { serverName, type Reached } from './target.ts';

const MOST_BYTES = 1_048_576;

export interface Reply {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
}

interface Asked {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
}

/**
 * One request over HTTPS. Whom the certificate belongs to is judged once, by itself; what is sent here is no secret, so that a certificate
 * that is not trusted keeps nobody from seeing the rest. An answer to an upgrade has no text.
 * @throws Error when there is no answer in time.
 */
export async function ask(target: Reached, path: string, { method = 'GET', headers = {}, body }: Asked = {}): Promise<Reply> {
  const text = body === undefined ? undefined : JSON.stringify(body);
  const { host: authority } = new URL(target.origin);
  const signal = AbortSignal.timeout(STEP_TIMEOUT_MS);
  return new Promise((resolve, reject) => {
    const sent = request({
      host: target.address,
      port: target.port,
      servername: serverName(target.host),
      rejectUnauthorized: false,
      agent: false,
      method,
      path,
      signal,
      headers: {
        host: authority,
        'user-agent': 'conclave-doctor',
        ...(text !== undefined && { 'content-type': 'application/json' }),
        ...headers,
      },
    });
    sent.once('error', (error) => reject(signal.aborted ? new Error(`no answer in ${STEP_TIMEOUT_MS / 1000} s`) : error));
    sent.once('upgrade', (reply, socket) => {
      socket.destroy();
      resolve({ status: reply.statusCode ?? 0, headers: reply.headers, text: '' });
    });
    sent.once('response', (reply) => {
      readText(reply).then((text) => resolve({ status: reply.statusCode ?? 0, headers: reply.headers, text }), reject);
    });
    sent.end(text);
  });
}

async function readText(reply: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of reply) {
    chunks.push(chunk as Buffer); // a stream without an encoding
    bytes += (chunk as Buffer).length;
    if (bytes > MOST_BYTES) throw new Error(`more than ${MOST_BYTES} bytes were answered`);
  }
  return Buffer.concat(chunks).toString('utf8');
}

/** The JSON object of an answer; empty where it is none. */
export function jsonOf({ text }: Reply): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
