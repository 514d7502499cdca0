import type { ProducerId } from '@conclave/protocol/ids';
import type { MediaKind, RtpCapabilities } from '@conclave/protocol/media-api/rtp';
import type { Traffic } from '../peer/srtp-path.ts';

/** Whom a test sends into the room. */
export interface PeerPlan {
  readonly name: string;
  readonly kind: 'publisher' | 'subscriber';
  /** When it presses the button, since 1970. */
  readonly joinAtMs: number;
  /** How long it stays once it is in; null: to the end. */
  readonly stayMs: number | null;
}

/** What all peers have in common. */
export interface CrowdPlan {
  readonly origin: string;
  /** PEM of the CA to trust instead of Node's own. */
  readonly ca: string | undefined;
  readonly room: string;
  readonly token: string | undefined;
  readonly audioOnly: boolean;
  readonly videoBitrateBps: number;
  readonly rtpCapabilities: RtpCapabilities | undefined;
  /** Media is sent to this host alone. */
  readonly onThisHostOnly: boolean;
}

/** From the parent. `quiet`: send no more. `end`: answer with the result, leave the room, end. */
export type ToWorker = { kind: 'begin'; plan: CrowdPlan; peers: readonly PeerPlan[] } | { kind: 'quiet' } | { kind: 'end' };
/** `ready`: everything is loaded. */
export type FromWorker = { kind: 'ready' } | { kind: 'progress'; progress: Progress } | { kind: 'result'; result: WorkerResult };

/** How far one worker is; everything is counted from the beginning. */
export interface Progress {
  /** Have pressed the button. */
  readonly begun: number;
  readonly joined: number;
  /** Refused or failed. */
  readonly failed: number;
  /** Of media that was received. */
  readonly expectedPackets: number;
  readonly lostPackets: number;
  readonly sentBytes: number;
  readonly receivedBytes: number;
}

/** One stream as one peer received it. */
export interface StreamResult {
  readonly producerId: ProducerId;
  readonly kind: MediaKind;
  readonly packets: number;
  readonly bytes: number;
  readonly expected: number;
  readonly lost: number;
  readonly duplicates: number;
  readonly recovered: number;
  readonly jitterMs: number;
  /** From its first packet to its last. */
  readonly lastedMs: number;
}

export interface PeerResult {
  readonly kind: PeerPlan['kind'];
  /** When the button was pressed, since 1970; null: it never was. */
  readonly pressedAtMs: number | null;
  /** When the media path was up, since 1970. */
  readonly joinedAtMs: number | null;
  /** From the button to the first media packet of somebody else; of a publisher, until the node took what it sends. */
  readonly joinMs: number | null;
  /** Each from the end of the one before: `POST /api/join`, while the connection is made; `room.join`; ICE, DTLS and the first consumers. */
  readonly phasesMs: { readonly ticket: number; readonly room: number; readonly media: number } | null;
  /** The code by which the server, or the words by which the network, kept it out. */
  readonly failure: { readonly kind: 'refused' | 'failed'; readonly text: string } | null;
  /** What was refused or ended later: `publish CODE`, `subscribe CODE`, `closed 4410`, … */
  readonly troubles: readonly string[];
  readonly produced: readonly { readonly id: ProducerId; readonly kind: MediaKind }[];
  readonly streams: readonly StreamResult[];
  readonly nacks: {
    readonly sent: number;
    readonly sentPackets: number;
    readonly received: number;
    readonly receivedPackets: number;
    readonly resent: number;
  };
  /** Packets of what it sends that the node says it never got. */
  readonly lostUpstream: number;
  /** Frames of it that were never sent, because the process had no time. */
  readonly skippedFrames: number;
  readonly traffic: Traffic;
}

export interface WorkerResult {
  readonly peers: readonly PeerResult[];
  /** Of one core, from the first peer on. */
  readonly cpuRatio: number;
  readonly residentBytes: number;
  /** How late its timers were: late timers make jitter that no network made. */
  readonly timersLateP99Ms: number;
  /** The longest time that it stood still. */
  readonly timersLateMaxMs: number;
  /** Of media that publishers were to send and had no time for. They are not counted as lost. */
  readonly skippedFrames: number;
}
