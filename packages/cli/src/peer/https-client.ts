import { Agent, request, type RequestOptions } from 'node:https';
import { isIP } from 'node:net';

export interface HttpsReply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  /** The JSON object; empty when the body is none. */
  readonly body: Record<string, unknown>;
  readonly text: string;
}

interface Ask {
  body?: unknown;
  headers?: Record<string, string>;
}

/** Asks one origin. Paths are sent as they are given, `..` included. */
export interface HttpsClient extends Disposable {
  ask(method: string, path: string, options?: Ask): Promise<HttpsReply>;
}

interface ClientOptions {
  /** The loopback address that the server is to see, such as `127.0.7.1`. */
  localAddress?: string;
  /** Of one request, from its beginning to the end of the reply; without it there is no limit. */
  timeoutMs?: number;
}

/** @param ca PEM of the CA that is trusted instead of Node's own */
export function httpsClient(origin: string, ca: string | undefined, { localAddress, timeoutMs }: ClientOptions = {}): HttpsClient {
  const agent = new Agent({
    keepAlive: true,
    ...(ca !== undefined && { ca }),
    ...(localAddress !== undefined && { localAddress, family: 4 }),
  });
  const { hostname, port } = new URL(origin);
  const bare = hostname.replace(/^\[|\]$/g, '');
  // An address is no name that TLS could ask for (RFC 6066 §3).
  const to = { agent, hostname: bare, ...(isIP(bare) === 0 && { servername: bare }), port };
  return {
    ask: (method, path, { body, headers = {} } = {}) => {
      const text = body === undefined ? undefined : JSON.stringify(body);
      const type = text === undefined ? {} : { 'content-type': 'application/json', 'content-length': String(Buffer.byteLength(text)) };
      // The certificate is that of the origin, whatever the Host header says.
      const signal = timeoutMs === undefined ? {} : { signal: AbortSignal.timeout(timeoutMs) };
      return send({ ...to, ...signal, method, path, headers: { ...type, ...headers } }, text);
    },
    [Symbol.dispose]: () => agent.destroy(),
  };
}

function send(options: RequestOptions, text: string | undefined): Promise<HttpsReply> {
  return new Promise((resolve, reject) => {
    const sent = request(options, (reply) => {
      const chunks: Buffer[] = [];
      reply.on('data', (chunk: Buffer) => chunks.push(chunk));
      reply.on('error', reject);
      reply.on('end', () => {
        const text = Buffer.concat(chunks).toString('utf8');
        resolve({ status: reply.statusCode ?? 0, headers: reply.headers, body: parse(text), text });
      });
    });
    sent.on('error', reject);
    sent.end(text);
  });
}

function parse(text: string): Record<string, unknown> {
  try {
    return JSON.parse(text) as Record<string, unknown>; // what is no object shows in the test that reads it
  } catch {
    return {};
  }
}
