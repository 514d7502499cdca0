import { setTimeout as delay } from 'node:timers/promises';
import { runLoadTest, type LoadReport, type OpenRoom } from '../common/load-test.ts';
import { quantile, spreadOf } from '../common/spread.ts';
import type { JoinedSfu } from '../fanout/joined-sfu.ts';

export const RATES = [
  { joinsPerSecond: 1, joins: 3 },
  { joinsPerSecond: 10, joins: 40 },
  { joinsPerSecond: 50, joins: 75 },
];
/** An SFU alone does not mind how seldom people come. */
export const BUSY_RATES = RATES.slice(1);
/** How long somebody who joined is there. */
export const STAY_S = 1;
const BETWEEN_MS = 1_000;

export type Rate = (typeof RATES)[number];

export interface Round {
  readonly joined: number;
  readonly begun: number;
  readonly p50Ms: number;
  readonly p95Ms: number;
  readonly phasesMs?: { readonly ticket: number; readonly room: number; readonly media: number };
}

type Join = (rate: Rate) => Promise<Round>;

/** Has sound in the room while `work` is done; answers which share of it came to those who are there, where there are such. */
export type WithSound = (work: () => Promise<void>) => Promise<number | undefined>;

/** What is joined, and what was measured of it at each rate. */
export interface Subject {
  readonly name: string;
  readonly join: Join;
  readonly rates: readonly Rate[];
  /** Where it is left out there is always sound. */
  readonly withSound?: WithSound;
  readonly rounds: Map<Rate, Round[]>;
  /** Of each turn, where that is known. */
  readonly receivedRatios: number[];
}

type SubjectOptions = Pick<Subject, 'name' | 'join'> & Partial<Pick<Subject, 'rates' | 'withSound'>>;

export const createSubject = (options: SubjectOptions): Subject => ({ rates: RATES, ...options, rounds: new Map(), receivedRatios: [] });

export const joinRoom =
  (room: OpenRoom): Join =>
  async ({ joins, joinsPerSecond }) => {
    const seconds = Math.ceil(joins / joinsPerSecond) + STAY_S + 2;
    return roundOf(await runLoadTest(room, { subscribers: joins, 'join-rate': joinsPerSecond, stay: STAY_S, seconds }));
  };

const number = (value: number | null) => value ?? Number.NaN;

function roundOf({ joins: { begun, joined, subscriberMs, phasesMs, refused, failed } }: LoadReport): Round {
  if (joined < begun) console.log('  not in:', { refused, failed });
  const { ticket, room, media } = phasesMs;
  return {
    begun,
    joined,
    p50Ms: number(subscriberMs.p50),
    p95Ms: number(subscriberMs.p95),
    phasesMs: { ticket: number(ticket.p50), room: number(room.p50), media: number(media.p50) },
  };
}

export const joinSfu =
  (sfu: JoinedSfu): Join =>
  async ({ joins, joinsPerSecond }) => {
    const tookMs = await sfu.join({ joins, joinsPerSecond, stayMs: STAY_S * 1_000 });
    return { begun: joins, joined: tookMs.length, p50Ms: quantile(tookMs, 0.5), p95Ms: quantile(tookMs, 0.95) };
  };

/** By turns. */
export async function measure(subjects: readonly Subject[], repeats: number): Promise<void> {
  for (let repeat = 1; repeat <= repeats; repeat++)
    for (const subject of subjects) {
      const turn = () => measureTurn(subject, repeat);
      if (!subject.withSound) {
        await turn();
        continue;
      }
      const receivedRatio = await subject.withSound(turn);
      if (receivedRatio === undefined) continue;
      subject.receivedRatios.push(receivedRatio);
      console.log(`${repeat}: ${subject.name}: ${(receivedRatio * 100).toFixed(1)} % of the sound came to those who stay`);
    }
}

async function measureTurn({ name, join, rates, rounds }: Subject, repeat: number): Promise<void> {
  for (const rate of rates) {
    const round = await join(rate);
    rounds.set(rate, [...(rounds.get(rate) ?? []), round]);
    const { joined, begun, p50Ms, p95Ms } = round;
    console.log(
      `${repeat}: ${name}, ${rate.joinsPerSecond} a second: ${joined} of ${begun} joined, p50 ${p50Ms.toFixed(0)} ms, p95 ${p95Ms.toFixed(0)} ms`,
    );
    await delay(BETWEEN_MS);
  }
}

export function rowsOf({ name, rounds, receivedRatios }: Subject) {
  return [...rounds].map(([{ joinsPerSecond }, all]) => {
    const phase = (of: 'ticket' | 'room' | 'media') => spreadOf(all.map(({ phasesMs }) => phasesMs?.[of] ?? Number.NaN));
    return {
      subject: name,
      joinsPerSecond,
      notJoined: all.reduce((sum, { begun, joined }) => sum + begun - joined, 0),
      p50Ms: spreadOf(all.map(({ p50Ms }) => p50Ms)),
      p95Ms: spreadOf(all.map(({ p95Ms }) => p95Ms)),
      ...(all[0]?.phasesMs && { ticketP50Ms: phase('ticket'), roomP50Ms: phase('room'), mediaP50Ms: phase('media') }),
      ...(receivedRatios.length > 0 && { residentsReceivedRatio: spreadOf(receivedRatios, 3) }),
    };
  });
}
