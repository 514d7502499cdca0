import { AppError } from '@conclave/protocol/errors';
import type { ParticipantId, SessionId } from '@conclave/protocol/ids';
import type { MediaAccess } from '@conclave/protocol/media-api/public';
import type { DtlsOfTransports, IceServer, MediaSource, RtpCapabilities } from '@conclave/protocol/media-api/rtp';
import type { Grants } from '@conclave/protocol/roles';
import type { MediaAhead } from '@conclave/protocol/signalling/messages';
import type { Background } from '@conclave/runtime/background';
import { createLane, type Lane } from '@conclave/runtime/lane';
import type { Log } from '@conclave/runtime/log';
import type { Timers } from '@conclave/runtime/timers';
import type { MediaNode } from '../media-link/media-node.ts';
import { untilDone } from '../retry.ts';
import type { Turn } from '../turn/turn.ts';

/** Relative to the origin of the page: the server passes `/media/v1` on to the media node. */
const BASE_URL = '/media/v1';

/** The media paths of one session's participants. Requests about one participant go to the media node one after the other. */
export interface MediaPaths {
  /** A new media path; the one before is void. Capabilities are remembered for the next time; DTLS parameters may be of this path alone. */
  make(participantId: ParticipantId, ahead: MediaAhead): Promise<MediaAccess>;
  /** The relay with a fresh credential. */
  iceServersFor(participantId: ParticipantId): IceServer[];
  /** Makes a new path for as long as it takes, unless the participant goes away, then calls `onMade`. */
  repair(participantId: ParticipantId, onMade: (media: MediaAccess) => void): void;
  /** Tells the media node what the participant may do now, for as long as it takes: it closes what is no longer granted. */
  patch(participantId: ParticipantId): void;
  /** Stops what the participant sends of these, for as long as it takes. */
  mute(participantId: ParticipantId, sources: MediaSource[]): void;
  /** Takes the participant from the media node, for as long as it takes. */
  remove(participantId: ParticipantId): void;
}

interface MediaPathsDeps {
  sessionId: SessionId;
  /** What the participant may do now; undefined: not (or no longer) in the session. */
  grantsOf(participantId: ParticipantId): Grants | undefined;
  isConnected(participantId: ParticipantId): boolean;
  media: MediaNode;
  turn: Pick<Turn, 'iceServersFor' | 'end'>;
  timers: Timers;
  background: Background;
  log: Log;
  signal: AbortSignal;
}

interface Path {
  readonly lane: Lane;
  rtpCapabilities?: RtpCapabilities;
  repairing: boolean;
}

export function createMediaPaths(deps: MediaPathsDeps): MediaPaths {
  const paths = new Map<ParticipantId, Path>();
  const { sessionId, media, turn, log, timers, signal } = deps;

  function pathOf(participantId: ParticipantId): Path {
    const path = paths.get(participantId) ?? { lane: createLane(), repairing: false };
    paths.set(participantId, path);
    return path;
  }

  async function put(participantId: ParticipantId, dtlsParameters?: DtlsOfTransports): Promise<MediaAccess> {
    const grants = deps.grantsOf(participantId);
    if (!grants) throw new AppError('session_ended');
    const rtpCapabilities = paths.get(participantId)?.rtpCapabilities;
    const made = await media.putParticipant(sessionId, participantId, {
      grants,
      fresh: true,
      ...(rtpCapabilities && { rtpCapabilities }),
      ...(dtlsParameters && { dtlsParameters }),
    });
    return { baseUrl: BASE_URL, iceServers: turn.iceServersFor(participantId), ...made };
  }

  function make(participantId: ParticipantId, { rtpCapabilities, dtlsParameters }: MediaAhead): Promise<MediaAccess> {
    const path = pathOf(participantId);
    if (rtpCapabilities) path.rtpCapabilities = rtpCapabilities;
    return path.lane.run(() => put(participantId, dtlsParameters));
  }

  function repair(participantId: ParticipantId, onMade: (made: MediaAccess) => void): void {
    const path = pathOf(participantId);
    if (path.repairing) return;
    path.repairing = true;
    // Who reconnects gets a new path by the resume.
    const once = async () => (deps.isConnected(participantId) ? onMade(await put(participantId)) : undefined);
    const onFailure = (error: unknown) => log.warn({ err: error, participantId }, 'a lost media path could not be made again yet');
    const repaired = path.lane.run(() => untilDone(once, { timers, signal, onFailure }));
    deps.background(repaired.finally(() => (path.repairing = false)));
  }

  function patch(participantId: ParticipantId): void {
    const once = async () => {
      const grants = deps.grantsOf(participantId);
      if (grants) await media.patchParticipant(sessionId, participantId, { grants });
    };
    const onFailure = (error: unknown) =>
      log.warn({ err: error, participantId }, 'what somebody may do could not be told to the media node yet');
    deps.background(pathOf(participantId).lane.run(() => untilDone(once, { timers, signal, onFailure })));
  }

  function mute(participantId: ParticipantId, sources: MediaSource[]): void {
    const once = () => media.muteParticipant(sessionId, participantId, { sources });
    const onFailure = (error: unknown) => log.warn({ err: error, participantId }, 'somebody could not be muted at the media node yet');
    deps.background(pathOf(participantId).lane.run(() => untilDone(once, { timers, signal, onFailure })));
  }

  function remove(participantId: ParticipantId): void {
    turn.end(participantId);
    const { lane } = pathOf(participantId);
    const once = () => media.deleteParticipant(sessionId, participantId);
    const onFailure = (error: unknown) => log.warn({ err: error, participantId }, 'a media path could not be closed yet');
    const removed = lane.run(() => untilDone(once, { timers, signal, onFailure }));
    deps.background(removed.finally(() => paths.delete(participantId)));
  }

  return { make, iceServersFor: turn.iceServersFor, repair, patch, mute, remove };
}
