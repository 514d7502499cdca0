import { X509Certificate } from 'node:crypto';

const MINUTE_MS = 60_000;
const LONGEST_PAUSE_MS = 12 * 60 * MINUTE_MS;

/**
 * Whether it is time for another certificate: a third of its life is left (30 of 90 days, 2 of 6), it lacks one of the names, or there is none.
 */
export function isRenewalDue(pem: string | undefined, names: readonly string[], nowMs: number): boolean {
  if (pem === undefined) return true;
  const certificate = new X509Certificate(pem);
  const endsMs = certificate.validToDate.getTime();
  const lifeMs = endsMs - certificate.validFromDate.getTime();
  return endsMs - nowMs < lifeMs / 3 || names.some((name) => certificate.checkHost(name) === undefined);
}

/** The pause after so many failures in a row: 1 min, doubled each time up to 12 h; `random` (0–1) takes up to a quarter off it. */
export function pauseAfterFailures(failures: number, random: number): number {
  return Math.min(LONGEST_PAUSE_MS, MINUTE_MS * 2 ** (failures - 1)) * (1 - random / 4);
}
