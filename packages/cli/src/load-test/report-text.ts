import type { KindReport, LoadReport, Spread } from './report.ts';

/** The report as people read it at a terminal. */
export function reportText(report: LoadReport): string {
  const { joins, streams, nacks, bitrate, plan, troubles } = report;
  const asked = plan.publishers + plan.subscribers;
  return [
    `${report.origin}/${report.room}: ${people(plan.publishers, 'publisher')}, ${people(plan.subscribers, 'subscriber')}, ${plan.audioOnly ? 'audio' : 'audio and video'}, ${report.lastedS} s` +
      (report.endedBy === 'time' ? '' : ` (ended by ${report.endedBy})`),
    '',
    row('joined', `${joins.joined} of ${asked}${joins.perSecond === null ? '' : `, ${joins.perSecond} a second`}`),
    ...Object.entries(joins.refused).map(([code, count]) => row('refused', `${count} × ${code}`)),
    ...Object.entries(joins.failed).map(([text, count]) => row('failed', `${count} × ${text}`)),
    ...(joins.subscriberMs.count > 0 ? [row('join, subscribers', `${times(joins.subscriberMs)} (to the first media packet)`)] : []),
    ...(joins.publisherMs.count > 0 ? [row('join, publishers', `${times(joins.publisherMs)} (until the node took the media)`)] : []),
    ...(joins.joined > 0 ? [row('of that, p50', phases(joins.phasesMs))] : []),
    ...Object.entries(troubles).map(([text, count]) => row('trouble', `${count} × ${text}`)),
    row('streams', `${streams.received} of ${streams.expected} received`),
    ...kindRows('audio', report.audio),
    ...kindRows('video', report.video),
    row('bitrate', `${megabits(bitrate.sentBps)} sent, ${megabits(bitrate.receivedBps)} received, by all while everybody was there`),
    row(
      'NACKs',
      `${nacks.sent} sent for ${nacks.sentPackets} packets; ${nacks.received} received for ${nacks.receivedPackets}, ${nacks.resent} sent again`,
    ),
    row('lost upstream', `${report.lostUpstreamPackets} packets, as the node says`),
    '',
    ...serverRows(report.server),
    '',
    ...generatorRows(report.generator),
    ...report.warnings.flatMap((warning) => ['', warning]),
    '',
  ].join('\n');
}

function people(count: number, word: string): string {
  return `${count} ${word}${count === 1 ? '' : 's'}`;
}

function phases({ ticket, room, media }: LoadReport['joins']['phasesMs']): string {
  return `ticket ${milliseconds(ticket.p50)}, room ${milliseconds(room.p50)}, media path ${milliseconds(media.p50)}`;
}

function kindRows(
  kind: string,
  { streams, expectedPackets, lostPackets, lossRatio, recoveredPackets, jitterMs, bitrateBps }: KindReport,
): string[] {
  if (streams === 0) return [];
  const kilobits = (bps: number | null) => `${((bps ?? 0) / 1000).toFixed(0)} kbit/s`;
  return [
    row(`${kind}, loss`, `${(lossRatio * 100).toFixed(3)} % (${lostPackets} of ${expectedPackets} packets; ${recoveredPackets} recovered)`),
    row(`${kind}, jitter`, times(jitterMs)),
    row(`${kind}, a stream`, `${kilobits(bitrateBps.p50)} (p50)`),
  ];
}

function serverRows(server: LoadReport['server']): string[] {
  if ('unknown' in server) return [row('server', `processes unknown: ${server.unknown}`)];
  return [
    columns('server process', 'CPU', 'CPU max', 'memory'),
    ...server.processes.map(({ name, cpuRatio, cpuRatioMax, residentBytesMax, restarts }) =>
      columns(
        `${name}${restarts > 0 ? ` (started again ${restarts} ×)` : ''}`,
        percent(cpuRatio),
        percent(cpuRatioMax),
        megabytes(residentBytesMax),
      ),
    ),
  ];
}

function generatorRows({ processes, dead }: LoadReport['generator']): string[] {
  return [
    columns('load generator', 'CPU', 'late p99', 'late max', 'not sent', 'memory'),
    ...processes.map(({ pid, cpuRatio, timersLateP99Ms, timersLateMaxMs, skippedFrames, residentBytes }) =>
      columns(
        `process ${pid}`,
        percent(cpuRatio),
        milliseconds(timersLateP99Ms),
        milliseconds(timersLateMaxMs),
        String(skippedFrames),
        megabytes(residentBytes),
      ),
    ),
    ...dead.map(({ pid, peers, how }) => row(`process ${pid}`, `died (${how}) with its ${peers} peers, of which nothing is known`)),
  ];
}

function row(name: string, text: string): string {
  return `${name.padEnd(19)}${text}`;
}

function columns(name: string, ...values: string[]): string {
  return `${name.padEnd(30)}${values.map((value) => value.padStart(12)).join('')}`;
}

function times({ p50, p95, p99, max }: Spread): string {
  return `p50 ${milliseconds(p50)}, p95 ${milliseconds(p95)}, p99 ${milliseconds(p99)}, max ${milliseconds(max)}`;
}

function milliseconds(value: number | null): string {
  return value === null ? '–' : `${value < 100 ? value.toFixed(1) : value.toFixed(0)} ms`;
}

/** Of one core. */
function percent(ratio: number): string {
  return `${(ratio * 100).toFixed(1)} %`;
}

function megabytes(bytes: number): string {
  return `${(bytes / 2 ** 20).toFixed(0)} MiB`;
}

function megabits(bps: number): string {
  return `${(bps / 1e6).toFixed(2)} Mbit/s`;
}
