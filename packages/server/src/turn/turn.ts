import { createHmac, randomUUID } from 'node:crypto';
import { ParticipantId } from '@conclave/protocol/ids';
import type { IceServer } from '@conclave/protocol/media-api/rtp';
import type { Clock } from '@conclave/runtime/clock';
import type { Secret } from '@conclave/runtime/secret';
import { createReach, type TurnAdmission, type TurnPolicy } from '@conclave/runtime/front/turn-guard';
import type { Timers } from '@conclave/runtime/timers';
import type { TurnPeers } from '@conclave/runtime/turn/peers';

/** How long a credential opens new streams; one that is open lasts as long as its holder is in the room. */
const CREDENTIAL_LIFETIME_S = 600;
/** Two transports with a TCP stream each, and as many again while an ICE restart takes over. */
const STREAMS_PER_HOLDER = 8;

/** The relay for networks that let nothing but HTTPS out. */
export interface Turn {
  /** The TURN server with a credential of ten minutes for somebody who is in a room; none where no TURN server is there. */
  iceServersFor(participantId: ParticipantId): IceServer[];
  /** The same for a connection check while it lasts: it shows that the relay is reached, and leads nowhere. */
  iceServersForCheck(lifetimeMs: number): IceServer[];
  /** Ends the streams of somebody who is no longer in a room. */
  end(participantId: ParticipantId): void;
  /** What the front lets through. */
  readonly policy: TurnPolicy;
}

interface TurnOptions {
  /** As browsers reach the front. */
  host: string;
  port: number;
  secret: Secret;
  peers: TurnPeers;
  clock: Clock;
  timers: Timers;
  isIn(participantId: ParticipantId): boolean;
}

const reachesNothing = () => false;

/**
 * Credentials as draft-uberti-behave-turn-rest-00 has them, which coturn checks by itself (`use-auth-secret`): the name is the end of validity
 * in Unix seconds and whose it is, the password an HMAC-SHA-1 of the name. The front asks beside it whether that person is in a room now.
 */
export function createTurn({ host, port, secret, peers, clock, timers, isIn }: TurnOptions): Turn {
  const streams = new Map<string, Set<() => void>>();
  const checks = new Set<string>();
  const reachesMedia = createReach(peers.addresses, peers.ports);

  function admit(username: string, end: () => void): TurnAdmission | undefined {
    const [expiresAtS, holder = ''] = username.split(':', 2);
    const reaches = reachOf(holder);
    if (!reaches || !(Number(expiresAtS) * 1_000 > clock.nowMs())) return undefined;
    const held = streams.get(holder) ?? new Set();
    if (held.size >= STREAMS_PER_HOLDER) return undefined;
    streams.set(holder, held.add(end));
    return {
      reaches,
      ended: () => {
        held.delete(end);
        if (held.size === 0 && streams.get(holder) === held) streams.delete(holder);
      },
    };
  }

  function reachOf(holder: string): TurnAdmission['reaches'] | undefined {
    if (checks.has(holder)) return reachesNothing;
    const participantId = ParticipantId.safeParse(holder);
    return participantId.success && isIn(participantId.data) ? reachesMedia : undefined;
  }

  function serversFor(holder: string, lifetimeS: number): IceServer[] {
    const username = `${Math.floor(clock.nowMs() / 1_000) + lifetimeS}:${holder}`;
    const credential = createHmac('sha1', secret.reveal()).update(username).digest('base64');
    return [{ urls: [`turns:${host}:${port}?transport=tcp`], username, credential }];
  }

  function end(holder: string): void {
    for (const endStream of streams.get(holder) ?? []) endStream();
  }

  return {
    iceServersFor: (participantId) => serversFor(participantId, CREDENTIAL_LIFETIME_S),
    iceServersForCheck: (lifetimeMs) => {
      const holder = `check-${randomUUID()}`;
      checks.add(holder);
      timers.schedule(lifetimeMs, () => {
        checks.delete(holder);
        end(holder);
      });
      return serversFor(holder, Math.ceil(lifetimeMs / 1_000));
    },
    end,
    policy: { admit },
  };
}

/** Where there is no TURN server. */
export const NO_TURN: Omit<Turn, 'policy'> = { iceServersFor: () => [], iceServersForCheck: () => [], end: () => undefined };
