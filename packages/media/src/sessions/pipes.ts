import type { ProducerId } from '@conclave/protocol/ids';
import type { ProducerEntry, SessionRouter } from './session.ts';

/** Brings producers of a session to its routers on other workers, each at most once per router. */
export interface Pipes {
  /**
   * Resolves when the producer can be consumed on the router.
   * @throws when the producer closed meanwhile or a worker died.
   */
  ensure(entry: ProducerEntry, to: SessionRouter): Promise<void>;
}

/** Loopback ports that pipes between workers use; away from the media ports, below the kernel's own range. */
const PORT_RANGE = { min: 20_000, max: 31_999 };

export function createPipes(): Pipes {
  const made = new Map<ProducerId, Map<SessionRouter, Promise<void>>>();

  function forget(id: ProducerId, to: SessionRouter): void {
    const routers = made.get(id);
    routers?.delete(to);
    if (routers?.size === 0) made.delete(id);
  }

  async function pipe(entry: ProducerEntry, to: SessionRouter): Promise<void> {
    const listenInfo = { protocol: 'udp', ip: '127.0.0.1', portRange: PORT_RANGE } as const;
    const { pipeProducer } = await entry.path.on.router.pipeToRouter({
      producerId: entry.producer.id,
      router: to.router,
      listenInfo,
      enableSctp: false,
    });
    // Closes with the original, and also when the pipe breaks because a worker died.
    pipeProducer?.observer.once('close', () => forget(entry.id, to));
    if (pipeProducer?.closed) forget(entry.id, to);
  }

  return {
    ensure(entry, to) {
      if (entry.path.on === to) return Promise.resolve();
      const routers = made.get(entry.id) ?? new Map<SessionRouter, Promise<void>>();
      made.set(entry.id, routers);
      const present = routers.get(to);
      if (present) return present;
      const piping = pipe(entry, to);
      routers.set(to, piping);
      piping.catch(() => forget(entry.id, to));
      return piping;
    },
  };
}
