import { addGauges, createMetrics } from '@conclave/runtime/metrics';
import { Counter, type Registry } from 'prom-client';
import type { LiveRooms } from './rooms/live-rooms.ts';
import type { ReceiverCheck } from './rooms/receiver-check.ts';

interface Measured {
  readonly live: Pick<LiveRooms, 'summaries'>;
  readonly receivers: Pick<ReceiverCheck, 'counts'>;
}

/** The server's metrics, counted when they are read. `conclave_stray_receivers` above 0 is an alarm. */
export function createServerMetrics({ live, receivers }: Measured): Registry {
  const registry = createMetrics('server');
  addGauges(registry, [
    ['conclave_sessions', 'Meetings that run', () => live.summaries().length],
    [
      'conclave_participants',
      'People on the lists of all meetings',
      () => live.summaries().reduce((sum, one) => sum + one.participants, 0),
    ],
    ['conclave_receivers', 'People to whom the media node sends or may send', () => receivers.counts().receivers],
    ['conclave_stray_receivers', 'Receivers that are on no list, at the last look; must be 0', () => receivers.counts().strays],
    [
      'conclave_receivers_checked_at_seconds',
      'When receivers were last held against the lists',
      () => (receivers.counts().lookedAtMs ?? 0) / 1_000,
    ],
  ]);
  let told = 0;
  const closed = new Counter({
    name: 'conclave_stray_receivers_closed_total',
    help: 'Receivers on no list whose media path was closed; must not grow',
    registers: [],
    collect() {
      const now = receivers.counts().closed;
      this.inc(now - told);
      told = now;
    },
  });
  registry.registerMetric(closed);
  return registry;
}
