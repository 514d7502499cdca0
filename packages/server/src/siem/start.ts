import { fileURLToPath } from 'node:url';
import type { Config } from '@conclave/runtime/config';
import type { Timers } from '@conclave/runtime/timers';
import type { ServerContext } from '../context.ts';
import { createFileSink } from './file-sink.ts';
import { followWithSink } from './follow.ts';
import type { Sink } from './sink.ts';
import { createSyslogSink } from './syslog-sink.ts';

const SYSLOG_TLS_PORT = 6514;

type Settings = Pick<Config, 'host' | 'logSinks' | 'logSinkCaFile' | 'logSinkCertFile' | 'logSinkKeyFile'>;
type Options = Pick<ServerContext, 'db' | 'log' | 'clock' | 'personKeys' | 'sequencer'> & {
  readonly config: Settings;
  readonly timers: Timers;
};

/**
 * Exports the log to each configured sink; the schema must be there. A sink is known by its address: one that is new begins at the
 * beginning of the log, one that is configured again goes on where it was.
 */
export function startSinks({ config, ...following }: Options): AsyncDisposable {
  const followers = config.logSinks.map((url) => followWithSink(following, `sink ${url}`, createSink(url, config, following.timers)));
  return {
    [Symbol.asyncDispose]: async () => {
      await Promise.all(followers.map((follower) => follower[Symbol.asyncDispose]()));
    },
  };
}

function createSink(address: string, { host, logSinkCaFile, logSinkCertFile, logSinkKeyFile }: Settings, timers: Timers): Sink {
  const url = new URL(address);
  if (url.protocol === 'file:') return createFileSink(fileURLToPath(url));
  const target = {
    host: url.hostname.replace(/^\[(.*)\]$/, '$1'),
    port: Number(url.port || SYSLOG_TLS_PORT),
    caFile: logSinkCaFile,
    certFile: logSinkCertFile,
    keyFile: logSinkKeyFile,
  };
  return createSyslogSink(target, { hostname: host, timers });
}
