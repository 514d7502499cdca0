import type { MediaEvent } from '@conclave/protocol/media-api/internal';
import type { ProducerId, SessionId } from '@conclave/protocol/ids';
import type { Background } from '@conclave/runtime/background';
import type { Clock } from '@conclave/runtime/clock';
import type { Log } from '@conclave/runtime/log';
import type { Timers } from '@conclave/runtime/timers';
import type { Check } from './checks/checks.ts';
import type { Journal } from './journal/journal.ts';
import type { Capabilities } from './sessions/capabilities.ts';
import type { Demand } from './sessions/demand.ts';
import type { MediaPath, Participant, ProducerEntry, Session } from './sessions/session.ts';
import type { QualityWatch } from './sessions/quality.ts';
import type { WorkerPool } from './workers/pool.ts';

/** What the parts of one media node share. */
export interface NodeContext {
  readonly log: Log;
  readonly background: Background;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly pool: WorkerPool;
  /** Whether the workers take media over TCP, too. */
  readonly mediaTcp: boolean;
  readonly consumersPerWorker: number;
  readonly sessions: Map<SessionId, Session>;
  /** Of all sessions. */
  readonly producers: Map<ProducerId, ProducerEntry>;
  /** Connection checks that have transports now; they belong to no session. */
  readonly checks: Set<Check>;
  readonly capabilities: Capabilities<MediaPath>;
  readonly demand: Demand;
  readonly quality: QualityWatch<Participant>;
  /** What participants do and what is refused them, for the event log. */
  readonly journal: Journal;
  emit(event: MediaEvent): void;
}
