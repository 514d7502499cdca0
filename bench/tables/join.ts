/** What is in `bench/results/join.json`. */
export interface JoinResult {
  readonly joins: number;
  readonly others: number;
  readonly rows: readonly { readonly step: string; readonly p50Ms: number; readonly p95Ms: number }[];
}

const STEPS: Readonly<Record<string, string>> = {
  ticketMs: 'the ticket is there',
  socketOpenMs: 'the signalling connection is open',
  joinedMs: 'in the room',
  connectSentMs: 'the media path is asked for',
  iceMs: 'ICE is connected',
  dtlsMs: 'DTLS is done',
  firstPacketMs: 'the first media packet',
  firstFrameMs: 'the first frame is decoded',
};

/** For `docs/performance.md`. */
export function table({ rows }: JoinResult): string {
  const lines = rows.map(({ step, p50Ms, p95Ms }) => `| ${STEPS[step] ?? step} | ${p50Ms} | ${p95Ms} |`);
  return ['| since the press of *Join* | p50, ms | p95, ms |', '| --- | --- | --- |', ...lines].join('\n');
}
