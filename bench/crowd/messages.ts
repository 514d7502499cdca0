import type { RtpCapabilities } from '@conclave/protocol/media-api/rtp';

/** What a crowd must know of an installation. */
export interface CrowdPlace {
  readonly origin: string;
  /** PEM of its CA. */
  readonly ca: string;
  readonly rtpCapabilities: RtpCapabilities | undefined;
}

export interface PersonPlan {
  readonly name: string;
  /** Its friendly url. */
  readonly room: string;
  readonly token?: string;
  /** Since 1970. */
  readonly joinAtMs: number;
  /** The loopback address that the server is to see: what one address may do is limited. */
  readonly localAddress?: string;
  /** An IVF file: what the camera of one layer sends, over and over. */
  readonly cameraFile?: string;
  /** Sends sound: somebody speaks, or is silent and the encoder has DTX. */
  readonly sound?: 'speech' | 'silence';
}

/** What a process of a crowd is told to do; each is answered with an `Outcome` when it is done. */
export type Order =
  | { do: 'join'; place: CrowdPlace; people: readonly PersonPlan[] }
  /** Message `index` is written `index × everyMs` after `startAtMs`; a process writes those that its `indices` name. */
  | { do: 'write'; startAtMs: number; everyMs: number; indices: readonly number[]; writers: number }
  /** Answers what has been counted since `reset`, or the beginning. */
  | { do: 'count' }
  | { do: 'reset' }
  /** Those of that room, or everybody. */
  | { do: 'leave'; room?: string };

export interface Counted {
  readonly people: number;
  /** Streams of which something arrived. */
  readonly streams: number;
  readonly expectedPackets: number;
  readonly lostPackets: number;
  readonly receivedPackets: number;
  /** Of media, to the node. */
  readonly sentPackets: number;
  /** Frames that were never sent, for want of time. */
  readonly skippedFrames: number;
  readonly processorMs: number;
  readonly timersLateP99Ms: number;
  /** From just before a chat message was sent to when it was parsed, of each message at each who is not its writer. */
  readonly chatDelaysMs: readonly number[];
}

export interface Outcome {
  /** Of those who got in: from the button to the media path. */
  readonly joinsMs?: readonly number[];
  /** Why others did not, by code or words. */
  readonly failures?: readonly string[];
  readonly counted?: Counted;
}
