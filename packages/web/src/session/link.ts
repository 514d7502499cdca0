import type {
  Joined,
  MediaAhead,
  Notification,
  ReplyData,
  RequestData,
  RequestType,
  Waiting,
} from '@conclave/protocol/signalling/messages';
import { backoffDelayMs } from './backoff.ts';
import { delay } from './delay.ts';
import { decideAfterFailure, type AfterFailure } from './close-reason.ts';
import { failureOf, requestTicket, type Person } from './join-request.ts';
import { openSignalling, SignallingLost, type SignallingConnection } from './signalling-client.ts';
import type { SessionPhase } from './state.ts';

/** After a reload: how long to knock before the page before the room is shown instead. */
const RESUME_PATIENCE_MS = 30_000;
const LEAVE_TIMEOUT_MS = 1_000;
/** How long what was asked for ahead is kept: less than a ticket lasts, and than the server lets a connection wait for it. */
const AHEAD_MS = 4_000;

export interface LinkOptions {
  origin: string;
  mediaAhead(): MediaAhead;
  /** Asked when a lost connection comes back: is the media path still good? */
  resumeState(): { keepMedia: boolean };
  onPhase(phase: SessionPhase): void;
  /** The room's whole state, after the join and after every return. */
  onJoined(joined: Joined): void;
  /** In the lobby; the token brings one back to one's place there. `sentBack`: from the room. */
  onWaiting(knockToken: string, sentBack: boolean): void;
  onNotification(notification: Notification): void;
  /** For good: nothing is tried any more. */
  onOver(phase: Extract<SessionPhase, { kind: 'ended' | 'failed' }>): void;
}

/**
 * The way to the room, kept up for as long as one is in it: a lost connection comes back by itself, as the same participant if the
 * server still knows it, otherwise as a new one.
 */
export interface Link {
  /** Somebody is about to press Join: the ticket is asked for and the connection opened, so that `join` by the same person need not. Tells nothing. */
  anticipate(person: Person): void;
  /** Resolves when one is in the room or the matter is over; `onJoined` or `onOver` has been called. */
  join(person: Person): Promise<void>;
  /** After a reload. False when the place is lost; nothing else has been told then. */
  resume(person: Person, place: Place): Promise<boolean>;
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

/** What brings one back: to the room, or to one's place in the lobby. */
export type Place = { kind: 'room'; resumeToken: string } | { kind: 'lobby'; knockToken: string };

const keyOf = ({ room, token, invite, password, name }: Person) => JSON.stringify([room, token, invite, password, name]);

export function createLink(options: LinkOptions): Link {
  const url = new URL('/signal', options.origin.replace(/^http/, 'ws')).href;
  let life = new AbortController();
  let connection: SignallingConnection | null = null;
  let inRoom = false;
  let person: Person | null = null;
  let place: Place | null = null;
  /** In the lobby, with a connection. */
  let inLobby = false;
  let lastWord: string | null = null;
  /** Was in the room since it began. */
  let wasIn = false;
  let wake: (() => void) | null = null;
  /** What somebody who has not pressed the button yet will need. */
  let ahead: { of: string; ticket: Promise<string>; aborter: AbortController; timer: ReturnType<typeof setTimeout> } | null = null;
  const waiting = new Set<() => void>();

  const connect = (): SignallingConnection => {
    drop();
    const opened = openSignalling(url, {
      onNotification: (notification) => {
        if (connection === opened && !followDoor(notification)) options.onNotification(notification);
      },
      onClosed: (code) => {
        if (connection !== opened) return;
        connection = null;
        // While a return is under way its own failure is handled there.
        if (!inRoom && !inLobby) return;
        const sentBack = inRoom && place?.kind === 'lobby';
        inRoom = inLobby = false;
        comeBack(sentBack ? { kind: 'reconnect', minDelayMs: 0 } : decideAfterFailure(new SignallingLost('closed', { closeCode: code })));
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

  /** The connection that was opened ahead stays where it is. */
  const takeAhead = (who: Person) => {
    const taken = ahead;
    clearTimeout(taken?.timer);
    ahead = null;
    return taken?.of === keyOf(who) ? taken.ticket : null;
  };
  const forgetAhead = () => {
    if (ahead === null) return;
    clearTimeout(ahead.timer);
    ahead.aborter.abort();
    ahead = null;
    drop();
  };
  const joinOnce = async (who: Person, signal: AbortSignal, onTicket?: () => void) => {
    const early = takeAhead(who);
    if (early === null) connect(); // both handshakes overlap with the request for the ticket
    const ticket = await (early ?? requestTicket(options.origin, who, signal));
    onTicket?.();
    return await (connection ?? connect()).request('room.join', { ticket, ...options.mediaAhead() });
  };
  const resumeOnce = async (held: Place): Promise<Joined | Waiting> => {
    if (held.kind === 'room')
      return connect().request('room.resume', { resumeToken: held.resumeToken, ...options.resumeState(), ...options.mediaAhead() });
    const opened = connect();
    const reply = await opened.request('lobby.resume', { knockToken: held.knockToken });
    return 'admitted' in reply ? opened.request('room.join', { ticket: reply.admitted.ticket, ...options.mediaAhead() }) : reply;
  };

  /** What the server says at the door is for us alone. */
  const followDoor = (notification: Notification): boolean => {
    switch (notification.type) {
      case 'lobby.admitted':
        comeIn(notification.data.ticket);
        return true;
      case 'lobby.turned-away':
        lastWord = notification.data.word;
        return true;
      case 'lobby.sent-back':
        place = { kind: 'lobby', knockToken: notification.data.waiting.knockToken };
        return true;
      default:
        return false;
    }
  };
  const comeIn = (ticket: string) => {
    const { signal } = life;
    const from = connection;
    if (from === null) return;
    inLobby = false;
    from.request('room.join', { ticket, ...options.mediaAhead() }).then(
      (reply) => {
        if (!signal.aborted && connection === from) accept(reply);
      },
      (error: unknown) => {
        if (!signal.aborted) comeBack(decideAfterFailure(error));
      },
    );
  };

  const accept = (reply: Joined | Waiting) => {
    if ('waiting' in reply) {
      const { knockToken } = reply.waiting;
      const sentBack = place?.kind === 'lobby' && wasIn;
      inLobby = true;
      place = { kind: 'lobby', knockToken };
      return options.onWaiting(knockToken, sentBack);
    }
    wasIn = inRoom = true;
    inLobby = false;
    place = { kind: 'room', resumeToken: reply.self.resumeToken };
    options.onJoined(reply);
    for (const resolve of waiting) resolve();
    waiting.clear();
  };
  const over = (phase: Parameters<LinkOptions['onOver']>[0]) => {
    inRoom = inLobby = false;
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
      if (next.kind === 'end')
        return over({ kind: 'ended', reason: next.reason, ...(next.reason === 'turned_away' && { word: lastWord }) });
      if (next.kind === 'fail') return over({ kind: 'failed', code: next.code });
      options.onPhase({ kind: 'reconnecting', attempt, sinceMs });
      await pause(Math.max(backoffDelayMs(attempt, Math.random()), next.kind === 'reconnect' ? next.minDelayMs : 0), signal);
      signal.throwIfAborted();
      const held = next.kind === 'rejoin' ? null : place;
      const anew = held === null;
      try {
        if (held === null && person === null) return over({ kind: 'failed', code: 'sign_in_required' });
        const reply = held === null ? await joinOnce(person as Person, signal) : await resumeOnce(held); // null was handled before
        signal.throwIfAborted();
        return accept(reply);
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
    place = null;
    lastWord = null;
    inRoom = inLobby = wasIn = false;
    return life.signal;
  };

  return {
    anticipate: (who) => {
      const of = keyOf(who);
      if (inRoom || inLobby || ahead?.of === of) return;
      forgetAhead();
      connect();
      const aborter = new AbortController();
      const mine = { of, ticket: requestTicket(options.origin, who, aborter.signal), aborter, timer: setTimeout(forgetAhead, AHEAD_MS) };
      ahead = mine;
      // Whoever presses the button asks again and is told why.
      mine.ticket.catch(() => {
        if (ahead === mine) forgetAhead();
      });
    },
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
          // A connection that broke on the way, or waited too long for a slow ticket, is worth one more try with a fresh one.
          if (attempt < 2 && error instanceof SignallingLost && ['reconnect', 'rejoin'].includes(decideAfterFailure(error).kind)) continue;
          return over({ kind: 'failed', code: failureOf(error) });
        }
      }
    },
    resume: async (who, held) => {
      forgetAhead();
      const signal = begin(who);
      const untilMs = Date.now() + RESUME_PATIENCE_MS;
      options.onPhase({ kind: 'joining', step: 'signalling' });
      for (let attempt = 1; ; attempt++) {
        try {
          const joined = await resumeOnce(held);
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
      const goodbye = inLobby ? 'lobby.leave' : 'room.leave';
      connection = null;
      inRoom = inLobby = false;
      life.abort();
      if (last === null) return;
      // What counts is that we go; a server that does not answer, or a connection that never opens, is left behind.
      const patience = new AbortController();
      const said = last.request(goodbye, {}, { timeoutMs: LEAVE_TIMEOUT_MS }).catch(() => {});
      await Promise.race([said, delay(LEAVE_TIMEOUT_MS, patience.signal)]);
      patience.abort();
      last.close(1000);
    },
    close: () => {
      inRoom = inLobby = false;
      life.abort();
      forgetAhead();
      drop();
    },
  };
}
