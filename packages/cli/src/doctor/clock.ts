import { CheckTime } from '@conclave/protocol/rest/connection-check';
import type { Section } from './finding.ts';
import { ask, jsonOf, messageOf } from './https.ts';
import type { Reached } from './target.ts';

/** As long as the connection check of browsers lets pass. */
export const CLOCK_TOLERANCE_MS = 30_000;
const REQUESTS = 3;

/** The server's clock against that of this machine, by the quickest of a few answers. */
export async function checkClock(target: Reached, section: Section): Promise<void> {
  try {
    let best: { tookMs: number; offsetMs: number } | undefined;
    for (let request = 0; request < REQUESTS; request++) {
      const beganMs = Date.now();
      const { nowMs } = CheckTime.parse(jsonOf(await ask(target, '/api/check')));
      const tookMs = Date.now() - beganMs;
      if (best === undefined || tookMs < best.tookMs) best = { tookMs, offsetMs: nowMs - (beganMs + tookMs / 2) };
    }
    if (best) judgeClock('clock', best.offsetMs, CLOCK_TOLERANCE_MS, section);
  } catch (error) {
    section.fail('clock', `GET /api/check: ${messageOf(error).split('\n', 1)[0] ?? ''}`, 'does the proxy pass /api on?');
  }
}

/** @param offsetMs positive: the other clock is ahead of ours. */
export function judgeClock(what: string, offsetMs: number, toleranceMs: number, section: Section): void {
  const text = `${describeMs(Math.abs(offsetMs))} ${offsetMs > 0 ? 'ahead of' : 'behind'} this machine`;
  if (Math.abs(offsetMs) <= toleranceMs) section.ok(what, text);
  else section.fail(what, text, 'keep both by NTP (systemd-timesyncd, chrony): tokens and credentials lapse at the wrong time');
}

function describeMs(ms: number): string {
  return ms < 1_000 ? `${Math.round(ms)} ms` : `${(ms / 1_000).toFixed(1)} s`;
}
