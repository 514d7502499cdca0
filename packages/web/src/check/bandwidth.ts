/** Sizes grow until a piece takes long enough to say something. */
const PIECES_BYTES = [64 * 1024, 256 * 1024, 1024 * 1024] as const;
const ENOUGH_MS = 1_000;
export const PIECE_TIMEOUT_MS = 8_000;

/** A camera in its layers and sound. */
const GOOD_BPS = 1_500_000;
/** Sound and a small picture. */
const FAIR_BPS = 300_000;

/** `sent`, `refused` when the server does not measure now, `late` when it took longer than `PIECE_TIMEOUT_MS`. */
export type PieceOutcome = 'sent' | 'refused' | 'late';

/**
 * Measures by a few pieces, at most 1.4 MB; null when the server does not measure now.
 * @param roundTripMs what a request takes that carries nothing; it is not counted.
 */
export async function measureBps(
  carry: (bytes: number) => Promise<PieceOutcome>,
  roundTripMs: number,
  now: () => number,
): Promise<number | null> {
  let bps: number | null = null;
  for (const bytes of PIECES_BYTES) {
    const beganMs = now();
    const outcome = await carry(bytes);
    if (outcome === 'refused') return bps;
    const tookMs = outcome === 'late' ? PIECE_TIMEOUT_MS : Math.max(1, now() - beganMs - roundTripMs);
    bps = (bytes * 8_000) / tookMs;
    if (outcome === 'late' || tookMs > ENOUGH_MS) return bps;
  }
  return bps;
}

export function judgeBps(bps: number | null): 'notChecked' | 'ok' | 'fair' | 'poor' {
  if (bps === null) return 'notChecked';
  if (bps >= GOOD_BPS) return 'ok';
  return bps >= FAIR_BPS ? 'fair' : 'poor';
}
