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

export function createSpeakerWatch(options: SpeakerOptions): SpeakerWatch {
  return new OneEarWatch(options);
}

class OneEarWatch implements SpeakerWatch {
  readonly #options: SpeakerOptions;
  readonly #microphones = new Map<string, ProducerEntry>();
  readonly #lane = createLane();
  #ear: Ear | undefined;
  #dominant: ParticipantId | null = null;
  #audible = false;
  #told: ParticipantId | null = null;
  #cancelSilence: (() => void) | undefined;

  constructor(options: SpeakerOptions) {
    this.#options = options;
  }

  add(entry: ProducerEntry): void {
    this.#microphones.set(entry.id, entry);
    this.#options.background(this.#lane.run(() => this.#attach(entry)));
  }

  remove(entry: ProducerEntry): void {
    this.#microphones.delete(entry.id);
    if (this.#dominant !== entry.path.participant.id) return;
    this.#dominant = null;
    this.#tell();
  }

  lost(media: MediaWorker): void {
    if (this.#ear?.at.media !== media) return;
    this.#ear = undefined;
    for (const entry of this.#microphones.values()) this.#options.background(this.#lane.run(() => this.#attach(entry)));
  }

  current(): ParticipantId | null {
    return this.#told;
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
      this.#dominant = this.#speakerOf(producer.id) ?? this.#dominant;
      this.#tell();
    });
    levels.on('volumes', ([loudest]) => this.#hear(loudest?.producer.id));
    levels.on('silence', () => this.#quiet());
    return { at, active, levels };
  }

  #hear(producerId: string | undefined): void {
    this.#cancelSilence?.();
    this.#cancelSilence = undefined;
    this.#audible = true;
    // The dominant speaker is not told again when the same person goes on after a silence.
    this.#dominant ??= this.#speakerOf(producerId) ?? null;
    this.#tell();
  }

  #quiet(): void {
    this.#cancelSilence ??= this.#options.timers.after(SILENCE_AFTER_MS, () => {
      this.#audible = false;
      this.#tell();
    });
  }

  #tell(): void {
    const now = this.#audible ? this.#dominant : null;
    if (now === this.#told) return;
    this.#told = now;
    this.#options.announce(now);
  }

  #speakerOf(producerId: string | undefined): ParticipantId | undefined {
    return producerId === undefined ? undefined : this.#microphones.get(producerId)?.path.participant.id;
  }
}
