import type { ProducerState } from '@conclave/protocol/media-api/internal';
import type { ConsumerUpdate, ConsumerView } from '@conclave/protocol/media-api/public';
import { LIMITS } from '@conclave/protocol/limits';
import type { WatchedVideo } from './state.ts';

/** What the media node knows of one of our consumers. */
export interface ConsumerTarget {
  id: ConsumerView['id'];
  type: ConsumerView['type'];
  paused: boolean;
  maxSpatialLayer: number | null;
  priority: number | null;
}

export interface ConsumptionInput {
  /** Everybody else's producers. */
  producers: readonly (ProducerState & { participantId: string })[];
  /** null: the layout has not spoken yet; then everything is taken as it comes. */
  watched: readonly WatchedVideo[] | null;
  /** Nobody looks at the page: sound goes on, pictures stop. */
  hidden: boolean;
  /** By producer. */
  consumers: ReadonlyMap<string, ConsumerTarget>;
}

export interface ConsumptionPlan {
  create: string[];
  update: ConsumerUpdate[];
}

/** For pictures alone: mediasoup never holds sound back for lack of bandwidth. */
const PRIORITY = { main: 200, tile: 100 } as const;

/**
 * What to ask of the media node so that exactly what is on screen flows, at the size it is shown. Videos are first consumed when
 * somebody looks at them and only paused afterwards, so that turning a page back costs no negotiation.
 */
export function planConsumption({ producers, watched, hidden, consumers }: ConsumptionInput): ConsumptionPlan {
  const plan: ConsumptionPlan = { create: [], update: [] };
  for (const producer of producers) {
    const want = wish(producer, watched, hidden);
    const consumer = consumers.get(producer.id);
    if (consumer === undefined) {
      if (!want.paused) plan.create.push(producer.id);
      continue;
    }
    const update = difference(consumer, want);
    if (update !== null) plan.update.push(update);
  }
  return { create: plan.create.slice(0, LIMITS.consumersPerRequest), update: plan.update.slice(0, LIMITS.consumersPerRequest) };
}

interface Wish {
  paused: boolean;
  maxSpatialLayer: number | null;
  priority: number | null;
}

function wish(producer: ConsumptionInput['producers'][number], watched: ConsumptionInput['watched'], hidden: boolean): Wish {
  if (producer.kind === 'audio') return { paused: false, maxSpatialLayer: null, priority: null };
  if (hidden) return { paused: true, maxSpatialLayer: null, priority: null };
  if (watched === null) return { paused: false, maxSpatialLayer: null, priority: null };
  const views = watched.filter((view) => view.participantId === producer.participantId && view.source === producer.source);
  if (views.length === 0) return { paused: true, maxSpatialLayer: null, priority: null };
  // The same video may be shown twice (main and in the strip): the larger view decides.
  return {
    paused: false,
    maxSpatialLayer: producer.source === 'camera' ? Math.max(...views.map(layerFor)) : null,
    priority: views.some((view) => view.priority === 'main') ? PRIORITY.main : PRIORITY.tile,
  };
}

/** Layers are 180, 360 and 720 lines; a layer may be stretched by a third before the next is worth its bits. */
export function layerFor({ heightPx }: Pick<WatchedVideo, 'heightPx'>): 0 | 1 | 2 {
  if (heightPx <= 240) return 0;
  return heightPx <= 480 ? 1 : 2;
}

/** Only what differs is sent; a paused consumer's size does not matter. */
function difference(consumer: ConsumerTarget, want: Wish): ConsumerUpdate | null {
  const update: ConsumerUpdate = { id: consumer.id };
  if (consumer.paused !== want.paused) update.paused = want.paused;
  const layered = consumer.type === 'simulcast' || consumer.type === 'svc';
  if (layered && want.maxSpatialLayer !== null && want.maxSpatialLayer !== consumer.maxSpatialLayer)
    update.maxSpatialLayer = want.maxSpatialLayer;
  if (want.priority !== null && want.priority !== consumer.priority) update.priority = want.priority;
  return Object.keys(update).length > 1 ? update : null;
}
