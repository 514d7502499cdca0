export interface JoinTimes {
  readonly p50Ms: number;
  readonly p95Ms: number;
}

/** What is in `bench/results/join.json`; null where a step was over before the press. */
export interface JoinResult {
  readonly joins: number;
  readonly others: number;
  readonly rows: readonly { readonly step: string; readonly atOnce: JoinTimes | null; readonly foreseen: JoinTimes | null }[];
}

const STEPS: Readonly<Record<string, string>> = {
  ticketMs: 'the ticket is there',
  socketOpenMs: 'the signalling connection is open',
  joinedMs: 'in the room',
  negotiatedMs: 'the browser has negotiated',
  iceMs: 'ICE is connected',
  dtlsMs: 'DTLS is done',
  firstPacketMs: 'the first media packet',
  firstFrameMs: 'the first frame is decoded',
};

/** For `docs/performance.md`. */
export function table({ rows }: JoinResult): string {
  const cells = (times: JoinTimes | null) => (times ? `${times.p50Ms} | ${times.p95Ms}` : 'before | before');
  const lines = rows.map(({ step, atOnce, foreseen }) => `| ${STEPS[step] ?? step} | ${cells(atOnce)} | ${cells(foreseen)} |`);
  return [
    '| since the press of *Join* | out of the blue: p50, ms | p95, ms | after a moment on the button: p50, ms | p95, ms |',
    '| --- | --- | --- | --- | --- |',
    ...lines,
  ].join('\n');
}
