import { measureVariant, type Bench, type Measured } from './variant.ts';

/** 264, 528 and 1,056 kbit/s; less where clients cannot take it in. */
const PACKETS = [
  [1, 2, 4],
  [1, 1, 2],
];

/**
 * The publisher sends three layers, and a third of the subscribers asks for each: of Conclave by `maxSpatialLayer`, of Janus by `substream`. Packets of a layer that a
 * subscriber did not ask for count as not arrived.
 */
export function measureSimulcast(bench: Bench): Promise<Measured> {
  return measureVariant(bench, { variant: 'simulcast', layers: 3, packets: PACKETS });
}
