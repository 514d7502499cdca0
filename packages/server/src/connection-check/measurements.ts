import { AppError } from '@conclave/protocol/errors';
import { LIMITS } from '@conclave/protocol/limits';
import { clientNetwork } from '../access/limits.ts';

/** Of one address, so that one slow client does not take the places of all. */
const AT_ONCE_OF_ONE = 2;

/** Counts pieces that are on their way to measure bandwidth. */
export interface Measurements {
  /** Takes a place until the returned function is called, once or more. @throws AppError `no_capacity` */
  begin(address: string): () => void;
}

export function createMeasurements(): Measurements {
  const running = new Map<symbol, string>();
  return {
    begin: (address) => {
      const network = clientNetwork(address);
      const own = [...running.values()].filter((other) => other === network).length;
      if (own >= AT_ONCE_OF_ONE || running.size >= LIMITS.checkMeasurementsAtOnce) throw new AppError('no_capacity');
      const place = Symbol('measurement');
      running.set(place, network);
      return () => void running.delete(place);
    },
  };
}
