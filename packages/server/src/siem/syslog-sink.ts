import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { isIP } from 'node:net';
import { connect, getCACertificates, type TLSSocket } from 'node:tls';
import type { Timers } from '@conclave/runtime/timers';
import { pause } from '../retry.ts';
import type { Sink } from './sink.ts';
import { frame, syslogMessage } from './syslog-message.ts';

const TIMEOUT_MS = 10_000;
/** One confirmation costs a connection, so a quiet log makes one every ten seconds at most. */
const CONFIRM_AFTER_MS = 10_000;
/** Longer than a way to the receiver and back. */
const SETTLE_MS = 250;

export interface SyslogTarget {
  readonly host: string;
  readonly port: number;
  /** PEM file with who may sign for the receiver; the system's CAs unless given. Files are read at each connection, so that renewals count. */
  readonly caFile?: string | undefined;
  readonly certFile?: string | undefined;
  readonly keyFile?: string | undefined;
}

/**
 * Sends to a syslog receiver over TLS (RFC 5425). The protocol has no acknowledgement, and a write that succeeded is only in a buffer of
 * ours. What can be known is that the receiver has read to the end: we end the connection (`close_notify`, FIN) and it ends its side,
 * after that and without a reset; the system of one that was killed resets a connection that it had not read to the end. That is how
 * `confirm` finds out, so what is confirmed together has a connection of its own. What a receiver does with what it has read (a queue in
 * memory?) is beyond what we can know.
 * @param hostname who the messages say that they are from
 */
export function createSyslogSink(target: SyslogTarget, { hostname, timers }: { hostname: string; timers: Timers }): Sink {
  let link: Link | null = null;
  let aborter = new AbortController();

  return {
    confirmAfterMs: CONFIRM_AFTER_MS,
    send: async (records) => {
      await link?.check();
      if (records.length === 0) return;
      link ??= await openLink(target, timers, aborter.signal);
      await link.write(Buffer.concat(records.map((record) => frame(syslogMessage(record, hostname)))));
    },
    confirm: async () => {
      await link?.end();
      link = null;
    },
    abandon: async () => {
      aborter.abort();
      aborter = new AbortController();
      link = null;
    },
  };
}

interface Link {
  /** @throws when it is broken */
  check(): Promise<void>;
  write(data: Buffer): Promise<void>;
  end(): Promise<void>;
}

async function openLink(target: SyslogTarget, timers: Timers, signal: AbortSignal): Promise<Link> {
  const { host, port } = target;
  const proofs = await identity(target);
  signal.throwIfAborted();
  const socket = connect({ host, port, ...(isIP(host) === 0 && { servername: host }), minVersion: 'TLSv1.2', ...proofs });
  const broken = Promise.withResolvers<never>();
  broken.promise.catch(() => undefined); // who waits for it hears of it
  let phase: 'opening' | 'open' | 'ending' = 'opening';
  const giveUp = () => socket.destroy();
  signal.addEventListener('abort', giveUp);
  socket.setTimeout(TIMEOUT_MS, () => {
    const isOurTurn = phase === 'open' && socket.writableLength === 0;
    if (!isOurTurn) socket.destroy(new Error(`the receiver did nothing for ${TIMEOUT_MS} ms`));
  });
  // An alert of TLS does not end the socket, so there may be a second error.
  socket.on('error', (error) => {
    broken.reject(error);
    socket.destroy();
  });
  socket.once('end', () => phase !== 'ending' && broken.reject(new Error('the receiver ended the connection')));
  socket.once('close', () => {
    signal.removeEventListener('abort', giveUp);
    broken.reject(new Error('the connection was closed'));
  });
  socket.resume();
  await Promise.race([once(socket, 'secureConnect'), broken.promise]);
  phase = 'open';
  return {
    check: () => Promise.race([broken.promise, Promise.resolve()]),
    write: (data) => Promise.race([written(socket, data), broken.promise]),
    end: async () => {
      // The end of a receiver that was killed may be on its way to us: it must not pass for an answer to ours.
      await Promise.race([pause(SETTLE_MS, timers, signal), broken.promise]);
      phase = 'ending';
      const ended = once(socket, 'end');
      socket.end();
      await Promise.race([ended, broken.promise]);
    },
  };
}

function written(socket: TLSSocket, data: Buffer): Promise<void> {
  return new Promise((resolve, reject) => socket.write(data, (error) => (error ? reject(error) : resolve())));
}

async function identity({ caFile, certFile, keyFile }: SyslogTarget) {
  const ca = caFile === undefined ? getCACertificates('system') : await readFile(caFile);
  if (certFile === undefined || keyFile === undefined) return { ca };
  return { ca, cert: await readFile(certFile), key: await readFile(keyFile) };
}
