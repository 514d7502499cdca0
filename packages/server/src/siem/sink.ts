import type { SinkRecord } from './record.ts';

/** Where events are exported to. One batch at a time is sent, confirmed or abandoned. */
export interface Sink {
  /** Sends records in their order. Whether they have come is known only after `confirm`. Fails also, even with no records, when what was sent before is lost. */
  send(records: readonly SinkRecord[]): Promise<void>;
  /** Resolves once everything sent is as safe as this sink can make it. @throws when that is not known */
  confirm(): Promise<void>;
  /** Gives up what is not confirmed; it will be sent again. A `send` or `confirm` under way fails. */
  abandon(): Promise<void>;
  /** How long something sent may wait for its confirmation, in milliseconds; a confirmation costs something. */
  readonly confirmAfterMs: number;
}
