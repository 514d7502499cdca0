import type { ParticipantId } from '@conclave/protocol/ids';
import type { types } from 'mediasoup';
import type { Background } from '@conclave/runtime/background';
import type { Timers } from '../timers.ts';
import type { MediaWorker } from '../workers/pool.ts';
import { createLane } from './lane.ts';
import type { Pipes } from './pipes.ts';
import type { ProducerEntry, SessionRouter } from './session.ts';

/** A pause this long between sentences does not end somebody's turn. */
const SILENCE_AFTER_MS = 3000;
/** Louder than room noise, in dBov. */
const THRESHOLD_DBOV = -60;

/** Knows who speaks in a session. All microphones are heard on one of its routers, so that it does not matter how many it spans. */
export interface SpeakerWatch {
  add(microphone: ProducerEntry): void;
  /** Its producer is closed. */
  remove(microphone: ProducerEntry): void;
  /** The worker died; another router listens from now on. */
  lost(media: MediaWorker): void;
  current(): ParticipantId | null;
}

interface Ear {
  at: SessionRouter;
  active: types.ActiveSpeakerObserver;
  levels: types.AudioLevelObserver;
}

interface SpeakerOptions {
  timers: Timers;
  background: Background;
  pipes: Pipes;
  announce(participantId: ParticipantId | null): void;
}

export function createSpeakerWatch({ timers, background, pipes, announce }: SpeakerOptions): SpeakerWatch {
  const microphones = new Map<string, ProducerEntry>();
  const lane = createLane();
  let ear: Ear | undefined;
  let dominant: ParticipantId | null = null;
  let audible = false;
  let told: ParticipantId | null = null;
  let cancelSilence: (() => void) | undefined;

  function tell(): void {
    const now = audible ? dominant : null;
    if (now === told) return;
    told = now;
    announce(now);
  }

  function hear(producerId: string | undefined): void {
    cancelSilence?.();
    cancelSilence = undefined;
    audible = true;
    // The dominant speaker is not told again when the same person goes on after a silence.
    dominant ??= (producerId === undefined ? undefined : microphones.get(producerId)?.path.participant.id) ?? null;
    tell();
  }

  function quiet(): void {
    cancelSilence ??= timers.after(SILENCE_AFTER_MS, () => {
      audible = false;
      tell();
    });
  }

  async function listen(at: SessionRouter): Promise<Ear> {
    const [active, levels] = await Promise.all([
      at.router.createActiveSpeakerObserver({ interval: 300 }),
      at.router.createAudioLevelObserver({ maxEntries: 1, threshold: THRESHOLD_DBOV, interval: 500 }),
    ]);
    active.on('dominantspeaker', ({ producer }) => {
      dominant = microphones.get(producer.id)?.path.participant.id ?? dominant;
      tell();
    });
    levels.on('volumes', ([loudest]) => hear(loudest?.producer.id));
    levels.on('silence', quiet);
    return { at, active, levels };
  }

  async function attach(entry: ProducerEntry): Promise<void> {
    if (!microphones.has(entry.id)) return;
    try {
      if (!ear || ear.at.media.worker.closed) ear = await listen(entry.path.on);
      await pipes.ensure(entry, ear.at);
      await Promise.all([ear.active.addProducer({ producerId: entry.id }), ear.levels.addProducer({ producerId: entry.id })]);
    } catch (error) {
      // A microphone that closed or a worker that died meanwhile needs no ear; `lost` attaches those that remain.
      if (microphones.has(entry.id) && !ear?.at.media.worker.closed) throw error;
    }
  }

  return {
    add(entry) {
      microphones.set(entry.id, entry);
      background(lane.run(() => attach(entry)));
    },
    remove(entry) {
      microphones.delete(entry.id);
      if (dominant !== entry.path.participant.id) return;
      dominant = null;
      tell();
    },
    lost(media) {
      if (ear?.at.media !== media) return;
      ear = undefined;
      for (const entry of microphones.values()) background(lane.run(() => attach(entry)));
    },
    current: () => told,
  };
}
