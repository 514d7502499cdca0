import type { ParticipantId } from '@conclave/protocol/ids';
import type { types } from 'mediasoup';
import type { Background } from '@conclave/runtime/background';
import { createLane } from '@conclave/runtime/lane';
import type { Timers } from '@conclave/runtime/timers';
import type { MediaWorker } from '../workers/pool.ts';
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

export function createSpeakerWatch(options: SpeakerOptions): SpeakerWatch {
  return new OneEarWatch(options);
}

class OneEarWatch implements SpeakerWatch {
  readonly #options: SpeakerOptions;
  readonly #microphones = new Map<string, ProducerEntry>();
  readonly #lane = createLane();
  #ear: Ear | undefined;
  /** Whom mediasoup takes for the dominant speaker; it says so only when that changes, silence or not. */
  #dominant: ParticipantId | null = null;
  /** Who speaks now; null in silence. */
  #speaking: ParticipantId | null = null;
  #cancelSilence: (() => void) | undefined;

  constructor(options: SpeakerOptions) {
    this.#options = options;
  }

  add(entry: ProducerEntry): void {
    this.#microphones.set(entry.id, entry);
    this.#options.background(this.#lane.run(() => this.#attach(entry)));
  }

  remove(entry: ProducerEntry): void {
    const { id } = entry.path.participant;
    this.#microphones.delete(entry.id);
    if (this.#dominant === id) this.#dominant = null;
    if (this.#speaking === id) this.#tell(null);
  }

  lost(media: MediaWorker): void {
    if (this.#ear?.at.media !== media) return;
    this.#ear = undefined;
    this.#dominant = null;
    this.#tell(null);
    for (const entry of this.#microphones.values()) this.#options.background(this.#lane.run(() => this.#attach(entry)));
  }

  current(): ParticipantId | null {
    return this.#speaking;
  }

  async #attach(entry: ProducerEntry): Promise<void> {
    if (!this.#microphones.has(entry.id)) return;
    try {
      if (!this.#ear || this.#ear.at.media.worker.closed) this.#ear = await this.#listen(entry.path.on);
      const { at, active, levels } = this.#ear;
      await this.#options.pipes.ensure(entry, at);
      await Promise.all([active.addProducer({ producerId: entry.id }), levels.addProducer({ producerId: entry.id })]);
    } catch (error) {
      // A microphone that closed or a worker that died meanwhile needs no ear; `lost` attaches those that remain.
      if (this.#microphones.has(entry.id) && this.#ear?.at.media.worker.closed === false) throw error;
    }
  }

  async #listen(at: SessionRouter): Promise<Ear> {
    const [active, levels] = await Promise.all([
      at.router.createActiveSpeakerObserver({ interval: 300 }),
      at.router.createAudioLevelObserver({ maxEntries: 1, threshold: THRESHOLD_DBOV, interval: 500 }),
    ]);
    active.on('dominantspeaker', ({ producer }) => {
      this.#dominant = this.#speakerOf(producer.id);
      // Somebody is dominant before anybody was heard.
      if (this.#speaking !== null && this.#dominant !== null) this.#tell(this.#dominant);
    });
    levels.on('volumes', ([loudest]) => this.#hear(loudest ? this.#speakerOf(loudest.producer.id) : null));
    levels.on('silence', () => this.#quiet());
    return { at, active, levels };
  }

  /** After a silence the first who is heard speaks; from then on mediasoup decides, which does not tell again what it told before. */
  #hear(loudest: ParticipantId | null): void {
    this.#cancelSilence?.();
    this.#cancelSilence = undefined;
    if (loudest !== null && (this.#speaking === null || loudest === this.#dominant)) this.#tell(loudest);
  }

  #quiet(): void {
    this.#cancelSilence ??= this.#options.timers.schedule(SILENCE_AFTER_MS, () => this.#tell(null));
  }

  #tell(now: ParticipantId | null): void {
    if (now === this.#speaking) return;
    this.#speaking = now;
    this.#options.announce(now);
  }

  #speakerOf(producerId: string): ParticipantId | null {
    return this.#microphones.get(producerId)?.path.participant.id ?? null;
  }
}
