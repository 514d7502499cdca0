import type { ByPart } from '../common/native-site.ts';
import { spreadOf, type Spread } from '../common/spread.ts';

/** Of so many who came in one after the other. */
export interface Joining {
  /** Who are in afterwards. */
  readonly listeners: number;
  /** Processor time of each join. */
  readonly perJoinMs: ByPart;
  /** From the button to the media path. */
  readonly p50Ms: number;
  readonly p95Ms: number;
  readonly eventLoopP99Ms: number;
  readonly hostBusyRatio: number;
}

/** While somebody speaks: 50 packets a second to each. */
export interface Sound {
  readonly listeners: number;
  readonly cores: ByPart;
  readonly listenersCores: number;
  readonly lossRatio: number;
  readonly listenersTimersLateP99Ms: number;
}

export interface ChatPhase {
  readonly messages: number;
  /** Of messages, each at each of those who did not write it. */
  readonly delivered: number;
  readonly expected: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly maxMs: number;
  /** Processor time of each message to all, beyond what goes on anyway. */
  readonly perMessageMs: ByPart;
  readonly eventLoopP99Ms: number;
  readonly listenersTimersLateP99Ms: number;
  readonly listenersCores: number;
  readonly hostBusyRatio: number;
}

/** What is in `bench/results/webinar.json`. */
export interface WebinarResult {
  readonly asked: number;
  readonly listeners: number;
  /** By code or words. */
  readonly notJoined: Readonly<Record<string, number>>;
  readonly joinsPerSecond: number;
  readonly perJoinMs: ByPart;
  readonly joining: readonly Joining[];
  /** While all are in and nobody says anything. */
  readonly quiet: { readonly cores: ByPart; readonly listenersCores: number; readonly eventLoopP99Ms: number };
  readonly sound: readonly Sound[];
  readonly chat: {
    readonly messagesPerSecond: number;
    readonly p50Ms: Spread;
    readonly p99Ms: Spread;
    readonly perMessageMs: Readonly<Record<'server' | 'postgres', Spread>>;
    readonly eventLoopP99Ms: Spread;
    readonly phases: readonly ChatPhase[];
  };
  readonly aims: { readonly chatP99Ms: number; readonly eventLoopP99Ms: number };
}

/** For `docs/performance.md`. */
export function table({ listeners, perJoinMs, joining, quiet, sound, chat, aims }: WebinarResult): string {
  const [first, last] = [joining.at(0), joining.at(-1)];
  const heard = sound.at(-1);
  const lost = chat.phases.reduce((sum, { expected, delivered }) => sum + expected - delivered, 0);
  const workerCoresFor1000 = heard && (heard.cores.worker / heard.listeners) * 1_000;
  const rows: [string, string, string][] = [
    ['chat to all, p50', tell(chat.p50Ms, 'ms'), ''],
    ['chat to all, p99', tell(chat.p99Ms, 'ms'), aim(chat.p99Ms.median, aims.chatP99Ms)],
    [
      'cores that listeners took meanwhile',
      tell(
        spreadOf(
          chat.phases.map(({ listenersCores }) => listenersCores),
          2,
        ),
        '',
      ),
      '',
    ],
    ['chat messages that did not arrive', `${lost} of ${chat.phases.reduce((sum, { expected }) => sum + expected, 0)}`, ''],
    [
      "the server's event loop with chat, p99 late by",
      tell(chat.eventLoopP99Ms, 'ms'),
      aim(chat.eventLoopP99Ms.median, aims.eventLoopP99Ms),
    ],
    ['processor time of a message, server', tell(chat.perMessageMs.server, 'ms'), ''],
    ['processor time of a message, PostgreSQL', tell(chat.perMessageMs.postgres, 'ms'), ''],
    ['processor time of a join, all', joinText(perJoinMs), ''],
    ...(first && last && first !== last
      ? ([
          [`of that with the first ${first.listeners}`, joinText(first.perJoinMs), ''],
          [`with the last, up to ${last.listeners}`, joinText(last.perJoinMs), ''],
          ['join until the media path, p50 and p95 of the last', `${last.p50Ms} and ${last.p95Ms} ms`, ''],
          [
            "the server's event loop while the last join, p99 late by",
            `${last.eventLoopP99Ms} ms`,
            aim(last.eventLoopP99Ms, aims.eventLoopP99Ms),
          ],
        ] satisfies [string, string, string][])
      : []),
    ['nobody says anything: cores of server, media node, workers, PostgreSQL', coresText(quiet.cores), ''],
    ...sound.map(
      (one) =>
        [`somebody speaks to ${one.listeners}: cores of workers`, `${one.cores.worker.toFixed(2)}, loss ${percent(one.lossRatio)}`, ''] as [
          string,
          string,
          string,
        ],
    ),
    ...(workerCoresFor1000 === undefined
      ? []
      : [['from that, cores of workers for 1,000', workerCoresFor1000.toFixed(1), ''] as [string, string, string]]),
  ];
  return [
    `| ${listeners.toLocaleString('en')} listeners, ${chat.messagesPerSecond} messages a second | figure | aim |`,
    '| --- | --- | --- |',
    ...rows.map((row) => `| ${row.join(' | ')} |`),
  ].join('\n');
}

const tell = ({ median, min, max, repeats }: Spread, unit: string) =>
  `${[median, unit].join(' ').trim()} (${min} to ${max}, ${repeats} times)`;
const aim = (value: number, most: number) => `< ${most} ms: ${value < most ? 'met' : '**missed**'}`;
const percent = (ratio: number) => `${(ratio * 100).toFixed(2)} %`;

function joinText({ server, media, worker, postgres }: ByPart): string {
  return `server ${server} ms, media node ${media} ms, workers ${worker} ms, PostgreSQL ${postgres} ms`;
}

function coresText({ server, media, worker, postgres }: ByPart): string {
  return [server, media, worker, postgres].map((cores) => cores.toFixed(2)).join(', ');
}
