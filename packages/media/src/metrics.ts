import { addGauges, createMetrics } from '@conclave/runtime/metrics';
import type { Registry } from 'prom-client';
import type { NodeContext } from './node-context.ts';
import type { MediaPath } from './sessions/session.ts';

/** The node's gauges, counted when they are read. */
export function createNodeMetrics(ctx: NodeContext): Registry {
  const registry = createMetrics('media');
  const paths = () => [...ctx.sessions.values()].flatMap((session) => [...session.participants.values()].flatMap(({ path }) => path ?? []));
  const sum = (count: (path: MediaPath) => number) => paths().reduce((total, path) => total + count(path), 0);
  addGauges(registry, [
    ['conclave_media_workers', 'Media workers that run', () => ctx.pool.alive().length],
    ['conclave_media_sessions', 'Sessions with a participant', () => ctx.sessions.size],
    ['conclave_media_paths', 'Participants with open transports', () => sum(({ state }) => Number(state === 'open'))],
    ['conclave_media_producers', 'Streams received', () => sum(({ producers }) => producers.size)],
    ['conclave_media_journal_entries', 'Entries that the server has not stored yet', () => ctx.journal.size()],
    ['conclave_media_checks', 'Connection checks with open transports', () => ctx.checks.size],
    ['conclave_media_consumers', 'Streams sent', () => sum(({ consumers }) => consumers.size)],
  ]);
  return registry;
}
