import { loadServerCertificate } from '@conclave/runtime/certificates';
import { loadConfig, type Config } from '@conclave/runtime/config';
import { loadInternalIdentity } from '@conclave/runtime/internal-identity';
import { runAdmin } from './admin.ts';
import { runDoctor } from './doctor/doctor.ts';
import type { LoadTestOptions } from './load-test/plan.ts';
import { exportLog } from './log-export.ts';
import { sampleConfig } from './sample-config.ts';
import { start } from './start.ts';
import { trust, untrust } from './trust.ts';
import { ArgumentError, UsageError } from './usage-error.ts';
import { verifyLog } from './verify.ts';

/** Every option of every command, as `parseArgs` reads them. */
export const OPTIONS = {
  name: { type: 'string' },
  team: { type: 'string' },
  key: { type: 'string' },
  person: { type: 'string' },
  checkpoint: { type: 'string', multiple: true },
  readable: { type: 'boolean' },
  ca: { type: 'string' },
  http: { type: 'string' },
  url: { type: 'string' },
  token: { type: 'string' },
  publishers: { type: 'string' },
  subscribers: { type: 'string' },
  'audio-only': { type: 'boolean' },
  'video-bitrate': { type: 'string' },
  seconds: { type: 'string' },
  'join-rate': { type: 'string' },
  stay: { type: 'string' },
  processes: { type: 'string' },
  'i-own-this-server': { type: 'boolean' },
  json: { type: 'boolean' },
  help: { type: 'boolean', short: 'h' },
} as const;

export interface Options extends LoadTestOptions {
  name?: string;
  team?: string;
  key?: string;
  person?: string;
  checkpoint?: string[];
  readable?: boolean;
  http?: string;
  json?: boolean;
}

export interface Command {
  /** How it is called, behind its name. */
  readonly usage: string;
  /** What it does, for the list of commands. */
  readonly help: string;
  readonly takes: readonly (keyof Options)[];
  /** How many operands it wants. */
  readonly operands: readonly [min: number, max: number];
  /** Resolves with the exit code. */
  run(options: Options, operands: readonly string[]): Promise<number>;
}

const none = [0, 0] as const;
const LOAD_TEST_OPTIONS = [
  'url',
  'token',
  'publishers',
  'subscribers',
  'audio-only',
  'video-bitrate',
  'seconds',
  'join-rate',
  'stay',
  'processes',
  'ca',
  'i-own-this-server',
  'json',
] as const satisfies readonly (keyof LoadTestOptions)[];
const admin = (...args: string[]): Promise<number> => runAdmin(loadConfig(), args);

/** By name, in the order in which they are listed. */
export const COMMANDS: Readonly<Record<string, Command>> = {
  start: { usage: '', help: 'run everything until Ctrl-C', takes: [], operands: none, run: () => start(loadConfig()) },
  identities: {
    usage: '',
    help: 'make the certificates by which the parts know each other, where each runs as a user of its own',
    takes: [],
    operands: none,
    run: async () => {
      const { dataDir, internalDir } = loadConfig();
      await loadInternalIdentity(dataDir, 'server', internalDir);
      return 0;
    },
  },
  doctor: {
    usage: '[HOST[:PORT]] [--ca FILE] [--http PORT] [--json]',
    help: 'look at a Conclave from outside; without HOST at that of this machine, from inside too',
    takes: ['ca', 'http', 'json'],
    operands: [0, 1],
    run: async ({ ca, http, json = false }, [host]) => runDoctor({ host, ca, http, json }),
  },
  trust: {
    usage: '',
    help: "make this machine's browsers trust the local CA",
    takes: [],
    operands: none,
    run: async () => trust(await localAuthority(loadConfig()), print),
  },
  untrust: {
    usage: '',
    help: 'take that back',
    takes: [],
    operands: none,
    run: async () => untrust(await localAuthority(loadConfig()), print),
  },
  'team create': {
    usage: '--name NAME [--json]',
    help: 'make a team',
    takes: ['name', 'json'],
    operands: none,
    run: async (options) => admin('team', 'create', '--name', needed(options, 'name'), ...json(options)),
  },
  'team list': {
    usage: '[--json]',
    help: 'all teams',
    takes: ['json'],
    operands: none,
    run: async (options) => admin('team', 'list', ...json(options)),
  },
  'key create': {
    usage: '--team NAME [--json]',
    help: 'make a developer key for the REST interface',
    takes: ['team', 'json'],
    operands: none,
    run: async (options) => admin('key', 'create', '--team', needed(options, 'team'), ...json(options)),
  },
  'key list': {
    usage: '[--team NAME] [--json]',
    help: 'the ids of all keys, never the keys',
    takes: ['team', 'json'],
    operands: none,
    run: async (options) => admin('key', 'list', ...(options.team ? ['--team', options.team] : []), ...json(options)),
  },
  'key revoke': {
    usage: '--key ID [--json]',
    help: 'end a key and the room tokens that it signed',
    takes: ['key', 'json'],
    operands: none,
    run: async (options) => admin('key', 'revoke', '--key', needed(options, 'key'), ...json(options)),
  },
  'log export': {
    usage: '[FILE] [--readable]',
    help: 'the event log with its checkpoints; readable: with names and addresses in the clear',
    takes: ['readable'],
    operands: [0, 1],
    run: async ({ readable = false }, [file]) => exportLog(loadConfig(), { file, readable }),
  },
  'log verify': {
    usage: 'FILE --key KEY [--checkpoint OLD]... [--json]',
    help: 'judge an export, or the proof of an entry; needs no database and no configuration',
    takes: ['key', 'checkpoint', 'json'],
    operands: [1, 1],
    run: async (options, files) => verifyLog(files, options, needed(options, 'key')),
  },
  'log prove': {
    usage: 'SEQ',
    help: 'the proof that an entry is in the log',
    takes: [],
    operands: [1, 1],
    run: async (_options, [seq = '']) => admin('log', 'prove', '--seq', seq),
  },
  'log consistency': {
    usage: 'OLD NEW',
    help: 'the proof that the log of size NEW begins with that of size OLD',
    takes: [],
    operands: [2, 2],
    run: async (_options, [older = '', newer = '']) => admin('log', 'consistency', '--old', older, '--new', newer),
  },
  'log verify-consistency': {
    usage: 'OLD [NEW] PROOF --key KEY [--json]',
    help: 'judge such a proof between two checkpoints',
    takes: ['key', 'json'],
    operands: [2, 3],
    run: async (options, files) => verifyLog(['consistency', ...files], options, needed(options, 'key')),
  },
  'log key': { usage: '', help: "the log's verifier key", takes: [], operands: none, run: async () => admin('log', 'key') },
  'log checkpoint': {
    usage: '',
    help: 'sign the log as it is now',
    takes: [],
    operands: none,
    run: async () => admin('log', 'checkpoint'),
  },
  'log erase': {
    usage: "--person 'member ID'|'participant ID'|'external TEAM-ID ID'",
    help: 'make a person unreadable in the whole log, for good',
    takes: ['person'],
    operands: none,
    run: async (options) => admin('log', 'erase', '--person', needed(options, 'person')),
  },
  'load-test': {
    usage:
      '--url ROOM_URL [--publishers N] [--subscribers M] [--audio-only] [--video-bitrate BPS] [--seconds S] [--join-rate R] [--stay S] [--token TOKEN] ' +
      '[--processes P] [--ca FILE] [--i-own-this-server] [--json]',
    help: 'send people into a room and measure how they fare: how much this host carries',
    takes: LOAD_TEST_OPTIONS,
    operands: none,
    // Native code, which no other command has a use for.
    run: async (options) => (await import('./load-test/load-test.ts')).runLoadTest(options),
  },
  'config check': {
    usage: '',
    help: 'say what is wrong with the configuration',
    takes: [],
    operands: none,
    run: async () => {
      loadConfig();
      print('The configuration is fine.');
      return 0;
    },
  },
  'config sample': {
    usage: '',
    help: 'print a conclave.toml with every setting',
    takes: [],
    operands: none,
    run: async () => {
      process.stdout.write(sampleConfig());
      return 0;
    },
  },
};

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}

function needed(options: Options, name: 'name' | 'team' | 'key' | 'person'): string {
  const value = options[name];
  if (!value) throw new ArgumentError(`--${name} is missing.`);
  return value;
}

function json(options: Options): string[] {
  return options.json ? ['--json'] : [];
}

async function localAuthority(config: Config): Promise<string> {
  const { caFile } = await loadServerCertificate(config);
  if (!caFile) throw new UsageError('This installation has a certificate of its own (CONCLAVE_TLS_CERT); there is no local CA to trust.');
  return caFile;
}
