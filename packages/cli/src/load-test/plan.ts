import { availableParallelism } from 'node:os';
import { ArgumentError } from '../usage-error.ts';

/** What `conclave load-test` was called with. */
export interface LoadTestOptions {
  url?: string;
  token?: string;
  publishers?: string;
  subscribers?: string;
  'audio-only'?: boolean;
  'video-bitrate'?: string;
  seconds?: string;
  'join-rate'?: string;
  stay?: string;
  processes?: string;
  ca?: string;
  'i-own-this-server'?: boolean;
  json?: boolean;
}

/** What is asked of a test; all in range. */
export interface LoadPlan {
  readonly origin: string;
  readonly room: string;
  readonly token: string | undefined;
  readonly publishers: number;
  readonly subscribers: number;
  readonly audioOnly: boolean;
  readonly videoBitrateBps: number;
  /** From the first button to the end. */
  readonly seconds: number;
  /** How many press the button in a second, evenly. */
  readonly joinsPerSecond: number;
  /** How long a subscriber stays once it is in; null: to the end. */
  readonly staySeconds: number | null;
  readonly processes: number;
}

const LONGEST_SECONDS = 3_600;
const DEFAULT_SECONDS = 30;
const DEFAULT_JOINS_PER_SECOND = 5;
/** A camera of medium size. */
const DEFAULT_VIDEO_BITRATE_BPS = 500_000;
const PEERS_PER_PROCESS = 100;
const USUAL_PROCESSES = 4;
const MOST_PROCESSES = 64;
const MOST_PEERS = 5_000;

/** @throws ArgumentError that says which option is wrong and how. */
export function readPlan(options: LoadTestOptions): LoadPlan {
  const { origin, room, token } = readUrl(options.url);
  const publishers = count('publishers', options.publishers, { min: 0, max: MOST_PEERS, usual: 0 });
  const subscribers = count('subscribers', options.subscribers, { min: 0, max: MOST_PEERS, usual: 0 });
  const peers = publishers + subscribers;
  if (peers === 0) throw new ArgumentError('Nobody is to join: give --publishers, --subscribers or both.');
  const seconds = count('seconds', options.seconds, { min: 1, max: LONGEST_SECONDS, usual: DEFAULT_SECONDS });
  const joinsPerSecond = number('join-rate', options['join-rate'], { min: 0.1, max: 1_000, usual: DEFAULT_JOINS_PER_SECOND });
  const lastJoinS = (peers - 1) / joinsPerSecond;
  if (lastJoinS >= seconds)
    throw new ArgumentError(
      `At ${joinsPerSecond} joins a second the last of ${peers} joins after ${lastJoinS.toFixed(0)} s, and the test ends after ${seconds} s: give more --seconds or a higher --join-rate.`,
    );
  const usual = Math.max(Math.ceil(peers / PEERS_PER_PROCESS), Math.min(availableParallelism(), USUAL_PROCESSES));
  return {
    origin,
    room,
    token: options.token ?? token,
    publishers,
    subscribers,
    audioOnly: options['audio-only'] ?? false,
    videoBitrateBps: count('video-bitrate', options['video-bitrate'], { min: 10_000, max: 20_000_000, usual: DEFAULT_VIDEO_BITRATE_BPS }),
    seconds,
    joinsPerSecond,
    staySeconds: options.stay === undefined ? null : number('stay', options.stay, { min: 0, max: LONGEST_SECONDS, usual: 0 }),
    processes: Math.min(
      peers,
      count('processes', options.processes, { min: 1, max: MOST_PROCESSES, usual: Math.min(usual, MOST_PROCESSES) }),
    ),
  };
}

/** A room's link as people have it: `https://HOST/ROOM`, with `?token=` for a private one. */
function readUrl(url: string | undefined): { origin: string; room: string; token: string | undefined } {
  if (!url) throw new ArgumentError('--url is missing.');
  if (!URL.canParse(url)) throw new ArgumentError('--url is not a URL.');
  const { protocol, origin, pathname, searchParams, username, password } = new URL(url);
  const [room = '', ...more] = pathname.slice(1).split('/');
  if (protocol !== 'https:' || username || password || room === '' || more.some((part) => part !== ''))
    throw new ArgumentError('--url is to be the link of a room: https://HOST/ROOM');
  return { origin, room: decodeURIComponent(room), token: searchParams.get('token') ?? undefined };
}

interface Range {
  min: number;
  max: number;
  usual: number;
}

function number(name: string, given: string | undefined, { min, max, usual }: Range): number {
  if (given === undefined) return usual;
  const value = /^\d+(\.\d+)?$/.test(given) ? Number(given) : Number.NaN;
  if (!(value >= min && value <= max)) throw new ArgumentError(`--${name} is to be a number from ${min} to ${max}.`);
  return value;
}

function count(name: string, given: string | undefined, range: Range): number {
  const value = number(name, given, range);
  if (!Number.isInteger(value)) throw new ArgumentError(`--${name} is to be a whole number.`);
  return value;
}
