import { createHmac } from 'node:crypto';
import { ParticipantId } from '@conclave/protocol/ids';
import type { IceServer } from '@conclave/protocol/media-api/rtp';
import type { Clock } from '@conclave/runtime/clock';
import type { Secret } from '@conclave/runtime/secret';
import { createReach, type TurnPolicy } from '@conclave/runtime/front/turn-guard';
import type { TurnPeers } from '@conclave/runtime/turn/peers';

/** How long a credential opens new streams; one that is open lasts as long as its holder is in the room. */
const CREDENTIAL_LIFETIME_S = 600;
/** Two transports with a TCP stream each, and as many again while an ICE restart takes over. */
const STREAMS_PER_PARTICIPANT = 8;

/** The relay for networks that let nothing but HTTPS out. */
export interface Turn {
  /** The TURN server with a credential of ten minutes for somebody who is in a room; none where no TURN server is there. */
  iceServersFor(participantId: ParticipantId): IceServer[];
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
  isIn(participantId: ParticipantId): boolean;
}

/**
 * Credentials as draft-uberti-behave-turn-rest-00 has them, which coturn checks by itself (`use-auth-secret`): the name is the end of validity
 * in Unix seconds and whose it is, the password an HMAC-SHA-1 of the name. The front asks beside it whether that person is in a room now.
 */
export function createTurn({ host, port, secret, peers, clock, isIn }: TurnOptions): Turn {
  const streams = new Map<ParticipantId, Set<() => void>>();

  function admit(username: string, end: () => void): (() => void) | undefined {
    const [expiresAtS, id] = username.split(':', 2);
    const participantId = ParticipantId.safeParse(id);
    if (!participantId.success || !(Number(expiresAtS) * 1_000 > clock.nowMs()) || !isIn(participantId.data)) return undefined;
    const held = streams.get(participantId.data) ?? new Set();
    if (held.size >= STREAMS_PER_PARTICIPANT) return undefined;
    streams.set(participantId.data, held.add(end));
    return () => {
      held.delete(end);
      if (held.size === 0 && streams.get(participantId.data) === held) streams.delete(participantId.data);
    };
  }

  return {
    iceServersFor: (participantId) => {
      const username = `${Math.floor(clock.nowMs() / 1_000) + CREDENTIAL_LIFETIME_S}:${participantId}`;
      const credential = createHmac('sha1', secret.reveal()).update(username).digest('base64');
      return [{ urls: [`turns:${host}:${port}?transport=tcp`], username, credential }];
    },
    end: (participantId) => {
      for (const end of streams.get(participantId) ?? []) end();
    },
    policy: { admit, reaches: createReach(peers.addresses, peers.ports) },
  };
}

/** Where there is no TURN server. */
export const NO_TURN: Omit<Turn, 'policy'> = { iceServersFor: () => [], end: () => undefined };
