import { CheckTime, OpenCheckReply } from '@conclave/protocol/rest/connection-check';
import { CHECK_ROW_NAMES, type CheckResult, type CheckResults, type CheckRow } from '@conclave/protocol/support-code';
import { call } from '../app/api.ts';
import { openBoth, type OpenedTrack } from '../session/devices.ts';
import { judgeBps, measureBps, PIECE_TIMEOUT_MS, type PieceOutcome } from './bandwidth.ts';
import { openMediaProbe, reachesTurn } from './media-probe.ts';

/** How long somebody may think about the browser's question whether camera and microphone may be used. */
const DEVICES_TIMEOUT_MS = 60_000;
const SIGNALLING_TIMEOUT_MS = 8_000;
const TIME_REQUESTS = 3;
/** A clock that is as wrong as this matters to nobody. */
const CLOCK_TOLERANCE_MS = 30_000;

/** What was measured beside the results, for the words of the rows. */
export interface CheckFacts {
  /** `203.0.113.10` */
  readonly mediaAddresses: readonly string[];
  readonly mediaPort: number | null;
  readonly downloadBps: number | null;
  readonly uploadBps: number | null;
  /** Positive: this device's clock is ahead. */
  readonly clockOffsetMs: number | null;
}

export interface CheckState {
  readonly results: CheckResults;
  /** Rows whose result is not there yet. */
  readonly pending: ReadonlySet<CheckRow>;
  readonly facts: CheckFacts;
}

export const FRESH_CHECK: CheckState = {
  results: Object.fromEntries(CHECK_ROW_NAMES.map((row) => [row, 'notChecked'])) as CheckResults, // every row has that result
  pending: new Set(CHECK_ROW_NAMES),
  facts: { mediaAddresses: [], mediaPort: null, downloadBps: null, uploadBps: null, clockOffsetMs: null },
};

interface CheckOptions {
  readonly signal: AbortSignal;
  /** Whether the browser may ask for camera and microphone. */
  readonly withDevices: boolean;
}

type Settle = <R extends CheckRow>(row: R, result: CheckResult<R>, facts?: Partial<CheckFacts>) => void;

/** Checks everything once and tells each result as it comes; never rejects, and tells nothing more once `signal` has aborted. */
export async function runCheck(onChange: (state: CheckState) => void, { signal, withDevices }: CheckOptions): Promise<void> {
  let state = FRESH_CHECK;
  const settle: Settle = (row, result, facts = {}) => {
    if (signal.aborted || !state.pending.has(row)) return;
    const pending = new Set(state.pending);
    pending.delete(row);
    state = { results: { ...state.results, [row]: result }, pending, facts: { ...state.facts, ...facts } };
    onChange(state);
  };
  settle('secureContext', readContext());
  await Promise.all([withDevices ? checkDevices(settle) : skipDevices(settle), checkNetwork(settle, signal)]);
  for (const row of state.pending) settle(row, 'notChecked');
}

function readContext(): CheckResult<'secureContext'> {
  if (!isSecureContext) return 'insecure';
  return typeof RTCPeerConnection === 'undefined' || navigator.mediaDevices === undefined ? 'unsupported' : 'ok';
}

function skipDevices(settle: Settle): void {
  settle('microphone', 'notChecked');
  settle('camera', 'notChecked');
}

async function checkDevices(settle: Settle): Promise<void> {
  const opening = openBoth(null, null);
  // Whoever answers later has the devices closed again all the same.
  const opened = opening.then((both) => {
    for (const one of Object.values(both)) if (one.ok) one.track.stop();
    return both;
  });
  const both = await Promise.race([opened, new Promise<null>((resolve) => setTimeout(() => resolve(null), DEVICES_TIMEOUT_MS))]);
  settle('microphone', both === null ? 'notChecked' : judgeTrack(both.microphone));
  settle('camera', both === null ? 'notChecked' : judgeTrack(both.camera));
}

function judgeTrack(opened: OpenedTrack): CheckResult<'camera'> {
  if (opened.ok) return 'ok';
  if (opened.problem === 'permission_denied' || opened.problem === 'not_granted') return 'denied';
  if (opened.problem === 'not_found') return 'missing';
  return opened.problem === 'in_use' ? 'busy' : 'failed';
}

async function checkNetwork(settle: Settle, signal: AbortSignal): Promise<void> {
  const [roundTripMs] = await Promise.all([
    checkHttps(settle, signal),
    opensSignalling().then((opens) => settle('signalling', opens ? 'ok' : 'blocked')),
  ]);
  if (roundTripMs === null) return;
  await checkMedia(settle, signal);
  // After the paths, so that what is measured here does not get in their way.
  const now = () => performance.now();
  const downloadBps = await measureBps((bytes) => download(bytes, signal), roundTripMs, now);
  settle('download', judgeBps(downloadBps), { downloadBps });
  const uploadBps = await measureBps((bytes) => upload(bytes, signal), roundTripMs, now);
  settle('upload', judgeBps(uploadBps), { uploadBps });
}

/** The quickest round trip in milliseconds; null when the server does not answer. */
async function checkHttps(settle: Settle, signal: AbortSignal): Promise<number | null> {
  let best: { roundTripMs: number; offsetMs: number } | null = null;
  for (let request = 0; request < TIME_REQUESTS; request++) {
    const [beganMs, atMs] = [performance.now(), Date.now()];
    const answer = await call('/api/check', { reply: CheckTime, signal });
    const roundTripMs = performance.now() - beganMs;
    if (!answer.ok) break;
    if (best === null || roundTripMs < best.roundTripMs) best = { roundTripMs, offsetMs: atMs + roundTripMs / 2 - answer.data.nowMs };
  }
  settle('https', best === null ? 'blocked' : 'ok');
  if (best === null) return null;
  settle('clock', judgeClock(best.offsetMs), { clockOffsetMs: best.offsetMs });
  return best.roundTripMs;
}

function judgeClock(offsetMs: number): CheckResult<'clock'> {
  if (Math.abs(offsetMs) <= CLOCK_TOLERANCE_MS) return 'ok';
  return offsetMs > 0 ? 'ahead' : 'behind';
}

/** Whether a WebSocket opens. Nothing is said on it. */
function opensSignalling(): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = new WebSocket(`wss://${location.host}/signal`);
    const end = (opens: boolean) => {
      clearTimeout(timer);
      socket.close();
      resolve(opens);
    };
    const timer = setTimeout(() => end(false), SIGNALLING_TIMEOUT_MS);
    socket.addEventListener('open', () => end(true));
    socket.addEventListener('error', () => end(false));
  });
}

async function checkMedia(settle: Settle, signal: AbortSignal): Promise<void> {
  try {
    using probe = await openMediaProbe();
    const body = { dtlsParameters: probe.dtlsParameters };
    const answer = await call('/api/check', { method: 'POST', body, reply: OpenCheckReply, signal });
    if (!answer.ok) return;
    const { udp, tcp, iceServers } = answer.data;
    const facts = { mediaAddresses: [...new Set(udp.iceCandidates.map(({ ip }) => ip))], mediaPort: udp.iceCandidates[0]?.port ?? null };
    await Promise.all([
      probe.connect('udp', udp).then((up) => settle('udp', up ? 'ok' : 'blocked', facts)),
      tcp === null ? settle('tcp', 'notOffered') : probe.connect('tcp', tcp).then((up) => settle('tcp', up ? 'ok' : 'blocked', facts)),
      iceServers.length === 0
        ? settle('turn', 'notOffered')
        : reachesTurn(iceServers).then((reached) => settle('turn', reached ? 'ok' : 'blocked')),
    ]);
  } catch {
    // A browser without WebRTC: the first row says so.
  }
}

const PATH = '/api/check/bytes';

function download(bytes: number, signal: AbortSignal): Promise<PieceOutcome> {
  return carry(signal, async (limited) => {
    const response = await fetch(`${PATH}?size=${bytes}`, { signal: limited, cache: 'no-store' });
    await response.arrayBuffer();
    return response.ok;
  });
}

function upload(bytes: number, signal: AbortSignal): Promise<PieceOutcome> {
  // Nothing in between may find it easy to compress.
  const body = new Uint8Array(bytes);
  for (let at = 0; at < bytes; at += 65_536) crypto.getRandomValues(body.subarray(at, at + 65_536));
  return carry(signal, async (limited) => {
    const response = await fetch(PATH, { method: 'POST', signal: limited, body, headers: { 'content-type': 'application/octet-stream' } });
    return response.ok;
  });
}

async function carry(signal: AbortSignal, run: (limited: AbortSignal) => Promise<boolean>): Promise<PieceOutcome> {
  const timeout = AbortSignal.timeout(PIECE_TIMEOUT_MS);
  try {
    return (await run(AbortSignal.any([signal, timeout]))) ? 'sent' : 'refused';
  } catch {
    return timeout.aborted ? 'late' : 'refused';
  }
}
