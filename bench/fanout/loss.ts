import { measureVariant, type Bench, type Measured } from './variant.ts';

const LOSS_RATIO = 0.02;

/**
 * Subscribers drop 2 % of what comes and ask for it again by NACK, with retransmissions in a stream of their own, transport-wide feedback every 100 ms and receiver
 * reports every second. The cost is of a distinct packet that was delivered, whether at once or after it was asked for. A window that loses packets by itself counts for
 * nothing here, too: that is judged by what came for the first time, those that are then dropped among it.
 */
export function measureLoss(bench: Bench): Promise<Measured> {
  return measureVariant(bench, { variant: 'loss', lossRatio: LOSS_RATIO });
}
