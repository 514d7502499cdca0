import { tellShort, type Spread } from '../common/spread.ts';

/** People of one kind who come at one rate. */
export interface JoinRow {
  readonly subject: string;
  readonly joinsPerSecond: number;
  readonly notJoined: number;
  readonly p50Ms: Spread;
  readonly p95Ms: Spread;
  /** Of the whole way, not of an SFU alone: `POST /api/join`, while the connection is made; `room.join`; ICE, DTLS and the first consumers. */
  readonly ticketP50Ms?: Spread;
  readonly roomP50Ms?: Spread;
  readonly mediaP50Ms?: Spread;
  /** Which share of the sound came to those who stay in the room, over each whole turn. */
  readonly residentsReceivedRatio?: Spread;
}

/** What is in `bench/results/join-native.json`. */
export interface JoinNativeResult {
  readonly staySeconds: number;
  readonly rows: readonly JoinRow[];
}

const AIM = { joinsPerSecond: 10, p95Ms: 150 };

/** For `docs/performance.md`. */
export function table({ rows }: JoinNativeResult): string {
  const lines = rows.map((row) => {
    const { subject, joinsPerSecond, notJoined, p50Ms, p95Ms, ticketP50Ms, roomP50Ms, mediaP50Ms, residentsReceivedRatio: ratio } = row;
    const phases =
      ticketP50Ms && roomP50Ms && mediaP50Ms ? [ticketP50Ms, roomP50Ms, mediaP50Ms].map(({ median }) => median).join(' + ') : '';
    return [
      subject,
      joinsPerSecond,
      tellShort(p50Ms),
      tellShort(p95Ms),
      aimOf(row),
      phases,
      notJoined === 0 ? '' : notJoined,
      ratio ? tellShort(ratio, 0.01) : '',
    ];
  });
  const head = [
    'who is joined',
    'joins a second',
    'p50, ms',
    'p95, ms',
    'aim',
    'ticket + room + media, p50, ms',
    'did not get in',
    'sound that came to the rest, %',
  ];
  return [head, head.map(() => '---'), ...lines].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

function aimOf({ subject, joinsPerSecond, p95Ms }: JoinRow): string {
  if (joinsPerSecond !== AIM.joinsPerSecond || !subject.startsWith('Conclave')) return '';
  return `p95 < ${AIM.p95Ms}: ${p95Ms.median < AIM.p95Ms ? 'met' : '**missed**'}`;
}
