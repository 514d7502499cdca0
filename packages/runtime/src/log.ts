import { pino, stdSerializers, type DestinationStream, type Logger } from 'pino';
import type { Config } from './config.ts';
import { prettyLine } from './log-pretty.ts';
import { redact } from './redact.ts';

export type Log = Logger;

interface LogOptions {
  /** Where lines go instead of standard output. */
  destination?: DestinationStream;
  /** Lines for people instead of JSON. Default: whether standard output is a terminal. */
  pretty?: boolean;
}

/**
 * Makes the log of one process. Values whose key names a secret (token, capability, ticket, password, authorization,
 * cookie …) are replaced, and a request is logged without its query.
 * Levels: error = someone was failed, warn = we recovered, info = one line per lifecycle step, debug = the rest.
 */
export function createLog(config: Pick<Config, 'logLevel'>, name: string, options: LogOptions = {}): Log {
  const pretty = options.pretty ?? process.stdout.isTTY;
  const destination = options.destination ?? pino.destination({ dest: 1, sync: true });
  const target = pretty ? { write: (line: string) => destination.write(prettyLine(line)) } : destination;
  return pino(
    {
      name,
      level: config.logLevel,
      // Child bindings do not pass the formatter, so the plain names are given to pino as well.
      redact: { paths: ['token', 'capability', 'ticket', 'password', 'authorization', 'cookie'], censor: '[secret]' },
      base: { pid: process.pid },
      formatters: { log: redact, level: (label) => ({ level: label }) },
      serializers: { err: stdSerializers.err, error: stdSerializers.err, req: describeRequest, res: describeReply },
    },
    target,
  );
}

/** Node's and Fastify's requests alike; the query is dropped, because `?token=` is part of the public interface. */
function describeRequest(request: { method?: string; url?: string; ip?: string }) {
  return { method: request.method, path: request.url?.split('?', 1)[0], ip: request.ip };
}

function describeReply(reply: { statusCode?: number }) {
  return { statusCode: reply.statusCode };
}
