import { loudnessOfLevel } from './level-meter.ts';

/** Older than this a level says nothing any more: with DTX a silent microphone sends no packets. */
const FRESH_MS = 400;

/**
 * How loud a received track is now, 0 to 1, from what the packets themselves say; no audio is decoded for it.
 * Browsers disagree whether `timestamp` counts from the page's start or from 1970, so both are tried.
 */
export function receivedLevel(receiver: Pick<RTCRtpReceiver, 'getSynchronizationSources'>, nowMs: number, timeOriginMs: number): number {
  const [source] = receiver.getSynchronizationSources();
  if (source?.audioLevel === undefined) return 0;
  const ageMs = Math.min(Math.abs(nowMs - source.timestamp), Math.abs(timeOriginMs + nowMs - source.timestamp));
  return ageMs > FRESH_MS ? 0 : loudnessOfLevel(source.audioLevel);
}
