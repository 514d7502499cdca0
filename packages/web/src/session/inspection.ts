import type { MediaKind, MediaSource } from '@conclave/protocol/media-api/rtp';
import type { MediaPathState } from './state.ts';

/** Counters grow while the media path lives and begin anew with a new one (`pathGeneration`). */
export interface SessionInspection {
  mediaPath: MediaPathState;
  /** Counts the media paths of this page: 1 after the join, one more after each rebuild. */
  pathGeneration: number;
  selfId: string | null;
  transports: readonly TransportInspection[];
  sending: readonly SendingInspection[];
  receiving: readonly ReceivingInspection[];
}

export interface TransportInspection {
  direction: 'send' | 'recv';
  connectionState: string;
  /** For example `AEAD_AES_256_GCM`; null before the handshake. */
  srtpCipher: string | null;
  dtlsCipher: string | null;
  tlsVersion: string | null;
  /** `udp` or `tcp`, from the browser's side. */
  protocol: string | null;
  roundTripMs: number | null;
  bytesSent: number;
  bytesReceived: number;
}

export interface SendingInspection {
  source: MediaSource;
  producerId: string | null;
  kind: MediaKind;
  paused: boolean;
  codec: string | null;
  bytesSent: number;
  /** One entry for each simulcast layer, smallest first. Empty for audio. */
  layers: readonly {
    rid: string | null;
    active: boolean;
    framesEncoded: number;
    frameWidth: number;
    frameHeight: number;
    bytesSent: number;
  }[];
}

export interface ReceivingInspection {
  participantId: string;
  source: MediaSource;
  kind: MediaKind;
  paused: boolean;
  codec: string | null;
  bytesReceived: number;
  framesDecoded: number;
  frameWidth: number;
  frameHeight: number;
  freezeCount: number;
  totalFreezesMs: number;
  totalAudioEnergy: number;
  packetsLost: number;
  jitterMs: number;
}
