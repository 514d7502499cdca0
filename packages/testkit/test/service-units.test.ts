import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { chmod, chown, copyFile, cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { createAuthority, createLeaf } from '@conclave/runtime/certificate-authority';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { canMakeNetworks, createFirewalledNetwork, FIREWALLED, type FirewalledNetwork } from '../src/network-namespaces.ts';
import type { HeldMeeting } from '../src/programs/meeting.ts';

const execute = promisify(execFile);
const repository = fileURLToPath(new URL('../../..', import.meta.url));
const program = (name: string) => fileURLToPath(new URL(`../src/programs/${name}`, import.meta.url));
const unitFile = (part: string) => join(repository, `deploy/systemd/conclave-${part}.service`);
const hasSystemd = existsSync('/usr/bin/systemd-analyze');

describe.skipIf(!hasSystemd)('[T3] the service units (skipped where systemd is not installed)', () => {
  test.each(['identities', 'server', 'media', 'turn'])('conclave-%s is exposed less than 2.0 of 10', async (part) => {
    // It ends with an error when the exposure is above the threshold, in tenths.
    const { stdout } = await execute('systemd-analyze', ['security', '--offline=true', '--threshold=20', unitFile(part)]);
    expect(stdout).toMatch(/Overall exposure level for .*: [01]\.\d/);
  });
});

const NAME = 'meet.example';
/** Nobody's on this machine. */
const UIDS = { server: 64_101, media: 64_102 } as const;
type Part = keyof typeof UIDS;

const stack = new AsyncDisposableStack();
let network: FirewalledNetwork;
let folder: string;
let output = '';

async function readUnit(part: Part): Promise<string[]> {
  return (await readFile(unitFile(part), 'utf8')).split('\n');
}

const valuesOf = (unit: readonly string[], key: string) =>
  unit.filter((line) => line.startsWith(`${key}=`)).map((line) => line.slice(key.length + 1));

/** As systemd would: the paths of an installation become those of this test. */
function inPlace(value: string, part: Part): string {
  return value
    .replaceAll('%S', join(folder, 'state'))
    .replaceAll('%d', join(folder, 'credentials', part))
    .replaceAll('/opt/conclave/', repository);
}

/** The files that LoadCredential names, for this user alone. */
async function giveCredentials(unit: readonly string[], part: Part): Promise<void> {
  const credentials = join(folder, 'credentials', part);
  await mkdir(credentials, { recursive: true });
  for (const value of valuesOf(unit, 'LoadCredential')) {
    const [name = '', source = ''] = value.split(':');
    await copyFile(source.replace('/var/lib', join(folder, 'state')), join(credentials, name));
    await chmod(join(credentials, name), 0o400);
    await chown(join(credentials, name), UIDS[part], UIDS[part]);
  }
  const state = join(folder, 'state/conclave', part);
  await mkdir(state, { recursive: true, mode: 0o700 });
  await chown(state, UIDS[part], UIDS[part]);
}

/** Runs what the unit runs, as a user of its own, with the unit's environment, capabilities and view of /proc. */
async function startPart(part: Part, secrets: Record<string, string> = {}): Promise<void> {
  const unit = await readUnit(part);
  await giveCredentials(unit, part);
  const environment = valuesOf(unit, 'Environment').map((value) => inPlace(value, part));
  const [command = ''] = valuesOf(unit, 'ExecStart').map((value) => inPlace(value, part));
  const capabilities = valuesOf(unit, 'CapabilityBoundingSet')[0] === 'CAP_NET_BIND_SERVICE' ? '-all,+net_bind_service' : '-all';
  const subset = valuesOf(unit, 'ProcSubset')[0] === 'pid' ? 'subset=pid,' : '';
  const user = [`--reuid=${UIDS[part]}`, `--regid=${UIDS[part]}`, '--clear-groups', '--no-new-privs'];
  const limits = [`--bounding-set=${capabilities}`, `--inh-caps=${capabilities}`, `--ambient-caps=${capabilities}`];
  const mounted = `mount -t proc -o ${subset}hidepid=invisible proc /proc && cd '${join(folder, 'etc')}' && exec "$@"`;
  const env = ['env', '-i', 'PATH=/usr/bin:/bin', ...environment, ...Object.entries(secrets).map(([key, value]) => `${key}=${value}`)];
  const args = ['--mount', 'sh', '-c', mounted, part, 'setpriv', ...user, ...limits, ...env, ...command.split(' ')];
  const child = network.server.start('unshare', args, { stdio: ['ignore', 'pipe', 'pipe'] });
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', (chunk) => (output += String(chunk)));
}

async function makeFiles(): Promise<void> {
  folder = stack.adopt(await mkdtemp(join(tmpdir(), 'conclave-units-')), (path) => rm(path, { recursive: true, force: true }));
  await chmod(folder, 0o755);
  const etc = join(folder, 'etc');
  await mkdir(etc);
  await mkdir(join(folder, 'state/conclave'), { recursive: true }); // by systemd, for the first StateDirectory
  const nowMs = Date.now();
  const authority = await createAuthority({ commonName: 'Somebody', days: 2, nowMs });
  const leaf = await createLeaf({ authority, commonName: NAME, names: [NAME], usages: ['server'], days: 1, nowMs });
  await writeFile(join(folder, 'ca.pem'), authority.cert);
  await writeFile(join(etc, 'cert.pem'), leaf.cert);
  await writeFile(join(etc, 'key.pem'), leaf.key, { mode: 0o600 });
  await chown(join(etc, 'key.pem'), UIDS.server, UIDS.server);
  await cp(process.env['MEDIASOUP_WORKER_BIN'] ?? '', join(folder, 'worker'));
  await chmod(join(folder, 'worker'), 0o755);
  const toml = ['env = "production"', `host = "${NAME}"`, 'tls_cert = "cert.pem"', 'tls_key = "key.pem"', 'media_workers = 1'];
  await writeFile(join(etc, 'conclave.toml'), [...toml, `mediasoup_worker_bin = "${join(folder, 'worker')}"`].join('\n'));
}

async function conclave(...args: string[]): Promise<string> {
  const { stdout } = await execute(process.execPath, [join(repository, 'packages/cli/src/main.ts'), ...args], {
    cwd: join(folder, 'etc'),
    env: { ...process.env, CONCLAVE_INTERNAL_DIR: join(folder, 'state/conclave/internal') },
  });
  return stdout;
}

async function startDatabase(): Promise<string> {
  const database = network.server.start(process.execPath, [program('database.ts'), join(folder, 'database')], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  if (!database.stdout) throw new Error('no output');
  for await (const line of createInterface({ input: database.stdout })) return line;
  throw new Error('the database did not start');
}

async function holdMeeting(databaseUrl: string): Promise<HeldMeeting> {
  const shell = (...args: string[]) =>
    network.server.run(process.execPath, [join(repository, 'packages/cli/src/main.ts'), ...args, '--json'], {
      env: {
        ...process.env,
        DATABASE_URL: databaseUrl,
        CONCLAVE_HOST: NAME,
        CONCLAVE_HTTPS_PORT: '443',
        CONCLAVE_DATA_DIR: join(folder, 'state/conclave/server'),
      },
    });
  const team = JSON.parse(await shell('team', 'create', '--name', 'harbour')) as { host: string }; // the command's own output
  const { developer_key: key } = JSON.parse(await shell('key', 'create', '--team', 'harbour')) as { developer_key: string };
  await network.client.know({ [team.host]: FIREWALLED.server.ipv4 });
  const args = [program('meeting.ts'), `https://${team.host}`, join(folder, 'ca.pem'), key, 'hall'];
  return JSON.parse(await network.client.run(process.execPath, args, { timeoutMs: 120_000 })) as HeldMeeting; // printed by that program
}

const canRun = canMakeNetworks() && existsSync('/usr/bin/setpriv');

beforeAll(async () => {
  if (!canRun) return;
  network = stack.use(await createFirewalledNetwork());
  await makeFiles();
});
afterAll(() => stack.disposeAsync());

describe.skipIf(!canRun)('[T3] the parts as their units run them (skipped where this user may not make network namespaces)', () => {
  test('each as a user of its own with its own key alone: the server binds 443 and 80, and a meeting is held', async () => {
    await conclave('identities');
    const databaseUrl = await startDatabase();
    await startPart('media');
    await startPart('server', { DATABASE_URL: databaseUrl });
    await expect.poll(() => output, { timeout: 90_000, interval: 200 }).toMatch(/owner link: https:\/\/meet\.example\/setup#token=/);

    // Nobody reads another's key, nor the state of another.
    const reads = (part: Part, file: string) =>
      execute('setpriv', [`--reuid=${UIDS[part]}`, `--regid=${UIDS[part]}`, '--clear-groups', 'cat', join(folder, file)]);
    await expect(reads('media', 'credentials/media/media-key.pem')).resolves.toBeTruthy();
    await expect(reads('media', 'credentials/server/server-key.pem')).rejects.toThrow('Permission denied');
    await expect(reads('media', 'state/conclave/server/secrets/master.key')).rejects.toThrow('Permission denied');
    await expect(reads('server', 'state/conclave/internal/media-key.pem')).rejects.toThrow('Permission denied');

    const { ann, ben } = await holdMeeting(databaseUrl);
    expect(Math.min(ann, ben)).toBeGreaterThan(50_000);
  }, 240_000);
});
