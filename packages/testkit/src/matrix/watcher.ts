import { loadInternalIdentity } from '@conclave/runtime/internal-identity';
import { expectAccounted, watchChanges, type WatchedPart, type WatchedTransaction } from '../changes.ts';
import type { Platform } from '../platform.ts';
import type { SignalClient } from '../signal-client.ts';
import { vi } from 'vitest';
import { createMediaClient } from '@conclave/server/media-link/client';

/** What was done to the database and told to others since the last look. */
export interface Traces {
  readonly events: readonly WatchedPart[];
  /** `participants update` */
  readonly changes: readonly string[];
  /** What others were told. */
  readonly frames: readonly string[];
  /** Who can receive, and what is sent, at the media node; only what differs. */
  readonly media: readonly string[];
}

export interface Watcher extends AsyncDisposable {
  /** Resolves when the media node has nothing of them any more. */
  gone(participantIds: readonly string[]): Promise<void>;
  /**
   * What `act` does: what these people hear of it, what differs at the media node, the events, of which there are to be so many. With
   * nobody to hear it the database alone is looked at.
   */
  traces(others: readonly SignalClient[], act: () => Promise<unknown>, events: number): Promise<Traces>;
}

const LATE = ['producer.opened', 'producer.resumed', 'producer.closed', 'alert.raised'];

/**
 * Written when the media node has told of it, or when somebody's time to come back was over: it may be of something before. So may be
 * what the node refused to somebody whom it does not know (any more); what it refuses to a participant is theirs.
 */
function isLate({ name, data, actor }: WatchedPart): boolean {
  if (name === 'request.refused') return actor.id === null && String(data['verb']).includes(' /media/v1');
  return LATE.includes(name) || (name === 'knock.left' && ['connection_lost', 'not_arrived'].includes(String(data['reason'])));
}

/** Looks at the whole platform from outside: database, everybody's connections, the media node's own lists. */
export async function watchPlatform(platform: Platform): Promise<Watcher> {
  const changes = await watchChanges(platform.db);
  const identity = await loadInternalIdentity(platform.config.dataDir, 'server');
  const node = createMediaClient({ url: platform.media.url, identity });
  const sent = () => [...platform.media.ctx.producers.values()].map(({ id, producer }) => `${id} ${producer.paused ? 'paused' : 'sends'}`);
  const receivers = async () => (await node.receivers()).map(({ participantId, consumers }) => `${participantId} ${consumers}`);
  const media = async () => [...(await receivers()), ...sent()].toSorted();

  async function take(into: WatchedTransaction[]): Promise<number> {
    into.push(...(await changes.take()));
    return inTime(into).reduce((sum, { name, data }) => sum + timesOf(name, data), 0);
  }

  return {
    gone: async (ids) => {
      const left = async () => (await node.receivers()).filter(({ participantId }) => ids.includes(participantId)).length;
      await vi.waitUntil(async () => (await left()) === 0, { timeout: 5_000, interval: 20 });
    },
    traces: async (others, act, expected) => {
      await changes.take();
      const isWatched = others.length > 0;
      const before = isWatched ? await media() : [];
      const heard = others.map(({ frames }) => frames.length);
      await act();
      // What is sent to somebody is sent in order: it is there when the answer to this is.
      await Promise.all(others.map((client) => client.ask('connection.ping', {}).catch(() => undefined)));
      const frames = others.flatMap((client, index) => client.frames.slice(heard[index]).filter((frame) => !isPong(frame)));
      const transactions: WatchedTransaction[] = [];
      if ((await take(transactions)) < expected)
        await vi.waitUntil(async () => (await take(transactions)) >= expected, { timeout: 5_000, interval: 10 }).catch(() => undefined);
      expectAccounted(transactions);
      const after = isWatched ? await media() : [];
      return {
        events: inTime(transactions),
        changes: transactions
          .filter(({ events }) => events.length === 0 || inTime([{ changes: [], events }]).length > 0)
          .flatMap((one) => one.changes.map(({ table, operation }) => `${table} ${operation}`)),
        frames,
        media: [...after.filter((line) => !before.includes(line)), ...before.filter((line) => !after.includes(line))],
      };
    },
    [Symbol.asyncDispose]: () => node[Symbol.asyncDispose](),
  };
}

function inTime(transactions: readonly WatchedTransaction[]): WatchedPart[] {
  return transactions.flatMap(({ events }) => events.filter((event) => !isLate(event)));
}

function timesOf(name: string, data: Record<string, unknown>): number {
  return name === 'request.refused' ? Number(data['count']) : 1;
}

const isPong = (frame: string) => /^\{"id":\d+,"ok":true,"data":\{\}\}$/.test(frame);
