import type { RequestType } from '@conclave/protocol/signalling/messages';
import type { ManualTime } from '@conclave/runtime/testing/manual-time';
import type { SignalClient } from '../signal-client.ts';
import type { Cell } from './oracle.ts';
import type { Scene } from './scene.ts';
import { VERB_ROWS, type Attempt, type Prepared, type Row } from './verbs.ts';
import type { Traces, Watcher } from './watcher.ts';

/** As whom the log must know the one who tries: `participant ID`, `visitor of knock ID`, `visitor`. */
export interface Tried {
  readonly client: SignalClient;
  readonly who: string;
  readonly attempt: Omit<Attempt, keyof Cell>;
}
interface Expected {
  readonly cell: Cell;
  readonly code: string;
}

export interface Matrix {
  readonly watcher: Watcher;
  readonly time: ManualTime;
  /** Somebody in another room. */
  readonly outsider: SignalClient;
  /** How many cells were tried so far. */
  tried: number;
}

const nameOf = ({ verb, target }: Cell): string => (target === null ? verb : `${verb} towards ${target}`);
export const rowOf = (verb: RequestType): Row<never> => VERB_ROWS[verb];

/** Everybody whom it concerns but the one who acts, and somebody whom it does not. */
export function everybodyElse({ outsider }: Pick<Matrix, 'outsider'>, { host, cast, waiting }: Scene, actor: SignalClient): SignalClient[] {
  return [outsider, ...[host, ...Object.values(cast), waiting].map(({ client }) => client)].filter((client) => client !== actor);
}

async function tryAll(
  matrix: Matrix,
  cells: readonly Cell[],
  { client, attempt }: Tried,
  how: { hearers: SignalClient[]; events: number; data?: object },
) {
  const answers: string[] = [];
  const act = async () => {
    for (const cell of cells) {
      // As fast as one may for ever.
      matrix.time.advance(50);
      const data: object = how.data ?? rowOf(cell.verb).data({ ...attempt, ...cell });
      const reply = await client.ask(cell.verb, data);
      answers.push(reply.ok ? 'ok' : reply.code);
    }
  };
  const traces = await matrix.watcher.traces(how.hearers, act, how.events);
  matrix.tried += cells.length;
  return { answers, traces };
}

const whoIn = ({ actor, target }: Traces['events'][number]) =>
  [
    actor.kind,
    ...(actor.id === null ? [] : [actor.id]),
    ...(actor.kind === 'visitor' && target ? [`of ${target.kind} ${target.id}`] : []),
  ].join(' ');

/** `WHO: CODE VERB` for each refusal that was written; another event as it is. */
export function refusalsIn({ events }: Pick<Traces, 'events'>): string[] {
  return events
    .map((event) => `${whoIn(event)}: ${event.name === 'request.refused' ? `${event.result} ${String(event.data['verb'])}` : event.name}`)
    .toSorted();
}

/**
 * What is wrong with cells that are to be refused: each with its code, each in the log in the name of who tried it, and nothing else
 * anywhere. They are tried together; if something is wrong, one by one.
 */
export async function faultsOfRefused(matrix: Matrix, cells: readonly Expected[], tried: Tried): Promise<string[]> {
  const { answers, traces } = await tryAll(
    matrix,
    cells.map(({ cell }) => cell),
    tried,
    { hearers: everybodyElse(matrix, tried.attempt.scene, tried.client), events: cells.length },
  );
  const faults = cells.flatMap(({ cell, code }, index) =>
    answers[index] === code ? [] : [`${nameOf(cell)}: ${String(answers[index])} instead of ${code}`],
  );
  const written = refusalsIn(traces);
  const expected = cells.map(({ cell, code }) => `${tried.who}: ${code} ${cell.verb}`).toSorted();
  const { changes, frames, media } = traces;
  if (changes.length + frames.length + media.length === 0 && JSON.stringify(written) === JSON.stringify(expected)) return faults;
  const [first] = cells;
  if (cells.length > 1 || !first) {
    for (const cell of cells) faults.push(...(await faultsOfRefused(matrix, [cell], tried)));
    return faults.length > 0 ? faults : [`together: ${JSON.stringify({ changes, frames, media, written })}`];
  }
  return [...faults, `${nameOf(first.cell)}: ${JSON.stringify({ changes, frames, media, written })}`];
}

/** What is wrong with a cell that is to be allowed: it writes its events and says who did it. */
export async function faultsOfAllowed(matrix: Matrix, cell: Cell, tried: Tried, given?: Prepared): Promise<string[]> {
  const prepared = given ?? (await rowOf(cell.verb).prepare?.({ ...tried.attempt, ...cell }));
  if (!prepared) return [`${nameOf(cell)}: nobody said how it is tried`];
  const { events: wanted, data } = prepared;
  const { answers, traces } = await tryAll(matrix, [cell], tried, { hearers: [], events: wanted.length, ...(data && { data }) });
  const faults = answers[0] === 'ok' ? [] : [`${nameOf(cell)}: ${String(answers[0])} instead of ok`];
  const events = traces.events.map(({ name }) => name).toSorted();
  if (JSON.stringify(events) !== JSON.stringify(wanted.toSorted()))
    faults.push(`${nameOf(cell)}: wrote [${events.join(', ')}] instead of [${wanted.join(', ')}]`);
  if (events.length > 0 && !traces.events.some((event) => whoIn(event).startsWith(tried.who)))
    faults.push(`${nameOf(cell)}: the log does not say that ${tried.who} did it`);
  await prepared.restore?.();
  return faults;
}
