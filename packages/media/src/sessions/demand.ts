import type { ConsumerId, ProducerId } from '@conclave/protocol/ids';
import type { Timers } from '@conclave/runtime/timers';

/** Nobody watches: the publisher need not send. */
export const NOBODY = -1;
const SMALLEST = 0;
/** A layer that is no longer wanted is announced so late, in case somebody else wants it in a moment. */
const LOWER_AFTER_MS = 2000;

/** Adds up what all consumers of a video want, and announces to its publisher the largest layer that anybody watches. */
export interface Demand {
  /** A publisher begins with its smallest layer, as if that were wanted; without a consumer it is told so after 2 s. */
  open(producerId: ProducerId, topLayer: number): void;
  /** What one consumer wants from now on: a layer, or `NOBODY` while it is paused. Raises at once, lowers after 2 s. */
  want(producerId: ProducerId, consumerId: ConsumerId, layer: number): void;
  /** The consumer is gone. */
  drop(producerId: ProducerId, consumerId: ConsumerId): void;
  close(producerId: ProducerId): void;
  /** What the publisher was told last; undefined for a producer that is not followed. */
  announced(producerId: ProducerId): number | undefined;
}

interface Followed {
  topLayer: number;
  announced: number;
  wants: Map<ConsumerId, number>;
  cancelLowering: (() => void) | undefined;
}

export function createDemand({
  timers,
  announce,
}: {
  timers: Timers;
  announce: (producerId: ProducerId, maxSpatialLayer: number) => void;
}): Demand {
  const followed = new Map<ProducerId, Followed>();

  function wanted({ wants, topLayer }: Followed): number {
    return Math.min(Math.max(NOBODY, ...wants.values()), topLayer);
  }

  function tell(producerId: ProducerId, producer: Followed): void {
    producer.cancelLowering?.();
    producer.cancelLowering = undefined;
    const layer = wanted(producer);
    if (layer === producer.announced) return;
    producer.announced = layer;
    announce(producerId, layer);
  }

  function settle(producerId: ProducerId): void {
    const producer = followed.get(producerId);
    if (!producer) return;
    if (wanted(producer) >= producer.announced) return tell(producerId, producer);
    producer.cancelLowering ??= timers.schedule(LOWER_AFTER_MS, () => tell(producerId, producer));
  }

  return {
    open(producerId, topLayer) {
      followed.set(producerId, { topLayer, announced: SMALLEST, wants: new Map(), cancelLowering: undefined });
      settle(producerId);
    },
    want(producerId, consumerId, layer) {
      followed.get(producerId)?.wants.set(consumerId, layer);
      settle(producerId);
    },
    drop(producerId, consumerId) {
      followed.get(producerId)?.wants.delete(consumerId);
      settle(producerId);
    },
    close(producerId) {
      followed.get(producerId)?.cancelLowering?.();
      followed.delete(producerId);
    },
    announced: (producerId) => followed.get(producerId)?.announced,
  };
}
