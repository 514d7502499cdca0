import type { RtpCapabilities } from '@conclave/protocol/media-api/rtp';
import type { Joined, Notification, ReplyData, RequestData, RequestType } from '@conclave/protocol/signalling/messages';
import { backoffDelayMs } from './backoff.ts';
import { delay } from './delay.ts';
import { decideAfterFailure, type AfterFailure } from './close-reason.ts';
import { failureOf, requestTicket, type Person } from './join-request.ts';
import { openSignalling, SignallingLost, type SignallingConnection } from './signalling-client.ts';
import type { SessionPhase } from './state.ts';

/** After a reload: how long to knock before the page before the room is shown instead. */
const RESUME_PATIENCE_MS = 30_000;
const LEAVE_TIMEOUT_MS = 1_000;

export interface LinkOptions {
  origin: string;
  rtpCapabilities(): RtpCapabilities | undefined;
  /** Asked when a lost connection comes back: is the media path still good, and which message was the last? */
  resumeState(): { keepMedia: boolean; afterChatSeq: number };
  onPhase(phase: SessionPhase): void;
  /** The room's whole state, after the join and after every return. */
  onJoined(joined: Joined): void;
  onNotification(notification: Notification): void;
  /** For good: nothing is tried any more. */
  onOver(phase: Extract<SessionPhase, { kind: 'ended' | 'failed' }>): void;
}

/**
 * The way to the room, kept up for as long as one is in it: a lost connection comes back by itself, as the same participant if the
 * server still knows it, otherwise as a new one.
 */
export interface Link {
  /** Resolves when one is in the room or the matter is over; `onJoined` or `onOver` has been called. */
  join(person: Person): Promise<void>;
  /** After a reload. False when the place is lost; nothing else has been told then. */
  resume(person: Person, resumeToken: string): Promise<boolean>;
  /** Rejects with SignallingLost when there is no connection, or with AppError of the server's code. */
  request<T extends RequestType>(type: T, data: RequestData<T>): Promise<ReplyData<T>>;
  /** Resolves at once when connected, else as soon as the connection is back. */
  whenConnected(signal: AbortSignal): Promise<void>;
  /** The network changed or the page woke up: look now instead of waiting. */
  hurry(): void;
  /** Something was missed: connects anew and resumes, which brings the whole state. */
  resync(): void;
  /** Says goodbye if that is possible within a second. Tells nobody. */
  leave(): Promise<void>;
  /** At once and silent. */
  close(): void;
}

export function createLink(options: LinkOptions): Link {
  const url = new URL('/signal', options.origin.replace(/^http/, 'ws')).href;
  let life = new AbortController();
  let connection: SignallingConnection | null = null;
  let inRoom = false;
  let person: Person | null = null;
  let resumeToken: string | null = null;
  let wake: (() => void) | null = null;
  const waiting = new Set<() => void>();

  const connect = (): SignallingConnection => {
    drop();
    const opened = openSignalling(url, {
      onNotification: (notification) => {
        if (connection === opened) options.onNotification(notification);
      },
      onClosed: (code) => {
        if (connection !== opened) return;
        connection = null;
        // While a return is under way its own failure is handled there.
        if (!inRoom) return;
        inRoom = false;
        comeBack(decideAfterFailure(new SignallingLost('closed', { closeCode: code })));
      },
    });
    connection = opened;
    return opened;
  };
  const drop = () => {
    const dropped = connection;
    connection = null;
    dropped?.close();
  };

  const capabilities = () => {
    const rtpCapabilities = options.rtpCapabilities();
    return rtpCapabilities === undefined ? {} : { rtpCapabilities };
  };
  const joinOnce = async (who: Person, signal: AbortSignal, onTicket?: () => void) => {
    connect(); // both handshakes overlap with the request for the ticket
    const ticket = await requestTicket(options.origin, who, signal);
    onTicket?.();
    return await (connection ?? connect()).request('room.join', { ticket, ...capabilities() });
  };
  const resumeOnce = (token: string) =>
    connect().request('room.resume', { resumeToken: token, ...options.resumeState(), ...capabilities() });

  const accept = (joined: Joined) => {
    inRoom = true;
    resumeToken = joined.self.resumeToken;
    options.onJoined(joined);
    for (const resolve of waiting) resolve();
    waiting.clear();
  };
  const over = (phase: Parameters<LinkOptions['onOver']>[0]) => {
    inRoom = false;
    drop();
    life.abort();
    options.onOver(phase);
  };

  const pause = (ms: number, signal: AbortSignal) =>
    new Promise<void>((resolve) => {
      const done = () => {
        clearTimeout(timer);
        signal.removeEventListener('abort', done);
        wake = null;
        resolve();
      };
      const timer = setTimeout(done, ms);
      signal.addEventListener('abort', done);
      wake = done;
    });

  const comeBack = (first: AfterFailure) => {
    const { signal } = life;
    void keepTrying(first, signal).catch((error: unknown) => {
      if (!signal.aborted) over({ kind: 'failed', code: failureOf(error) });
    });
  };

  const keepTrying = async (first: AfterFailure, signal: AbortSignal) => {
    const sinceMs = Date.now();
    let next = first;
    for (let attempt = 1; ; attempt++) {
      if (next.kind === 'end') return over({ kind: 'ended', reason: next.reason });
      if (next.kind === 'fail') return over({ kind: 'failed', code: next.code });
      options.onPhase({ kind: 'reconnecting', attempt, sinceMs });
      await pause(Math.max(backoffDelayMs(attempt, Math.random()), next.kind === 'reconnect' ? next.minDelayMs : 0), signal);
      signal.throwIfAborted();
      const anew = next.kind === 'rejoin' || resumeToken === null;
      try {
        const joined = anew && person !== null ? await joinOnce(person, signal) : await resumeOnce(resumeToken ?? '');
        signal.throwIfAborted();
        return accept(joined);
      } catch (error) {
        signal.throwIfAborted();
        drop();
        const failure = decideAfterFailure(error);
        // Once the place is lost only a new one helps; being refused a new one is final.
        if (anew && failure.kind === 'rejoin') next = { kind: 'fail', code: 'sign_in_required' };
        else next = anew && failure.kind === 'reconnect' ? { kind: 'rejoin' } : failure;
      }
    }
  };

  const begin = (who: Person) => {
    life.abort();
    life = new AbortController();
    person = who;
    resumeToken = null;
    inRoom = false;
    return life.signal;
  };

  return {
    join: async (who) => {
      const signal = begin(who);
      options.onPhase({ kind: 'joining', step: 'ticket' });
      for (let attempt = 1; ; attempt++) {
        try {
          const joined = await joinOnce(who, signal, () => options.onPhase({ kind: 'joining', step: 'signalling' }));
          signal.throwIfAborted();
          return accept(joined);
        } catch (error) {
          if (signal.aborted) return undefined;
          drop();
          // A connection that broke on the way is worth one more try with a fresh ticket.
          if (attempt < 2 && error instanceof SignallingLost && decideAfterFailure(error).kind === 'reconnect') continue;
          return over({ kind: 'failed', code: failureOf(error) });
        }
      }
    },
    resume: async (who, token) => {
      const signal = begin(who);
      const untilMs = Date.now() + RESUME_PATIENCE_MS;
      options.onPhase({ kind: 'joining', step: 'signalling' });
      for (let attempt = 1; ; attempt++) {
        try {
          const joined = await resumeOnce(token);
          signal.throwIfAborted();
          accept(joined);
          return true;
        } catch (error) {
          if (signal.aborted) return false;
          drop();
          if (decideAfterFailure(error).kind !== 'reconnect' || Date.now() > untilMs) return false;
          await pause(backoffDelayMs(attempt + 1, Math.random()), signal);
          if (signal.aborted) return false;
        }
      }
    },
    request: async (type, data) => {
      if (connection === null || !inRoom) throw new SignallingLost('not connected');
      return connection.request(type, data);
    },
    whenConnected: (signal) =>
      new Promise((resolve, reject) => {
        if (signal.aborted) return reject(signal.reason as Error); // our own controllers': a DOMException
        if (connection !== null && inRoom) return resolve();
        const settle = () => {
          signal.removeEventListener('abort', onAbort);
          resolve();
        };
        const onAbort = () => {
          waiting.delete(settle);
          reject(signal.reason as Error); // as above
        };
        waiting.add(settle);
        signal.addEventListener('abort', onAbort, { once: true });
      }),
    hurry: () => {
      wake?.();
      connection?.probe(2_000);
    },
    resync: () => {
      if (!inRoom || connection === null) return;
      inRoom = false;
      drop();
      comeBack({ kind: 'reconnect', minDelayMs: 0 });
    },
    leave: async () => {
      const last = connection;
      connection = null;
      inRoom = false;
      life.abort();
      if (last === null) return;
      // What counts is that we go; a server that does not answer, or a connection that never opens, is left behind.
      const patience = new AbortController();
      const said = last.request('room.leave', {}, { timeoutMs: LEAVE_TIMEOUT_MS }).catch(() => {});
      await Promise.race([said, delay(LEAVE_TIMEOUT_MS, patience.signal)]);
      patience.abort();
      last.close(1000);
    },
    close: () => {
      inRoom = false;
      life.abort();
      drop();
    },
  };
}
