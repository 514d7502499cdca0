import { parseArgs } from 'node:util';
import { loadServerCertificate } from '@conclave/runtime/certificates';
import { ConfigError, loadConfig, type Config } from '@conclave/runtime/config';
import { runAdmin } from './admin.ts';
import { sampleConfig } from './sample-config.ts';
import { start } from './start.ts';
import { trust, untrust } from './trust.ts';
import { UsageError } from './usage-error.ts';

const USAGE = `conclave COMMAND

  start                             run everything until Ctrl-C
  trust, untrust                    make this machine's browsers trust the local CA, or take that back
  team create --name NAME [--json]  make a team
  team list [--json]
  key create --team NAME [--json]   make a developer key for the REST interface
  key list [--team NAME] [--json]   the ids of all keys, never the keys
  key revoke --key ID [--json]      end a key and the room tokens that it signed
  config check                      say what is wrong with the configuration
  config sample                     print a conclave.toml with every setting

Settings come from CONCLAVE_* variables and conclave.toml.`;

const OPTIONS = {
  name: { type: 'string' },
  team: { type: 'string' },
  key: { type: 'string' },
  json: { type: 'boolean' },
  help: { type: 'boolean', short: 'h' },
} as const;

const print = (line: string) => void process.stdout.write(`${line}\n`);

async function run(args: string[]): Promise<number> {
  const { values, positionals } = readArguments(args);
  const command = positionals.join(' ');
  if (values.help || command === '' || command === 'help') {
    print(USAGE);
    return command === '' && !values.help ? 2 : 0;
  }
  switch (command) {
    case 'start':
      return start(loadConfig());
    case 'trust':
      return trust(await localAuthority(loadConfig()), print);
    case 'untrust':
      return untrust(await localAuthority(loadConfig()), print);
    case 'config check':
      loadConfig();
      print('The configuration is fine.');
      return 0;
    case 'config sample':
      process.stdout.write(sampleConfig());
      return 0;
    case 'team create':
      return runAdmin(loadConfig(), ['team', 'create', '--name', needed(values.name, '--name'), ...json(values)]);
    case 'team list':
      return runAdmin(loadConfig(), ['team', 'list', ...json(values)]);
    case 'key create':
      return runAdmin(loadConfig(), ['key', 'create', '--team', needed(values.team, '--team'), ...json(values)]);
    case 'key list':
      return runAdmin(loadConfig(), ['key', 'list', ...(values.team ? ['--team', values.team] : []), ...json(values)]);
    case 'key revoke':
      return runAdmin(loadConfig(), ['key', 'revoke', '--key', needed(values.key, '--key'), ...json(values)]);
    default:
      throw new UsageError(`There is no command "${command}".\n\n${USAGE}`);
  }
}

function readArguments(args: string[]) {
  try {
    return parseArgs({ args, options: OPTIONS, allowPositionals: true });
  } catch (error) {
    throw new UsageError(`${error instanceof Error ? error.message : String(error)}\n\n${USAGE}`);
  }
}

function needed(value: string | undefined, option: string): string {
  if (!value) throw new UsageError(`${option} is missing.\n\n${USAGE}`);
  return value;
}

function json(values: { json?: boolean }): string[] {
  return values.json ? ['--json'] : [];
}

async function localAuthority(config: Config): Promise<string> {
  const { caFile } = await loadServerCertificate(config);
  if (!caFile) throw new UsageError('This installation has a certificate of its own (CONCLAVE_TLS_CERT); there is no local CA to trust.');
  return caFile;
}

try {
  process.exitCode = await run(process.argv.slice(2));
} catch (error) {
  const expected = error instanceof UsageError || error instanceof ConfigError;
  console.error(expected ? error.message : error);
  process.exitCode = expected ? 2 : 1;
}
