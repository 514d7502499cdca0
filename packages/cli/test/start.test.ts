import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { isRunning } from '@conclave/runtime/process-info';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';

const SUPERVISOR = fileURLToPath(new URL('supervisor.ts', import.meta.url));
let dataDir: string;
let children: ChildProcess[];

beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'conclave-start-'));
  children = [];
});
afterEach(async () => {
  for (const child of children) if (child.exitCode === null && child.signalCode === null) await end(child, 'SIGINT');
  const left = await postgresPid();
  if (left !== undefined && isRunning(left)) process.kill(left, 'SIGINT');
  if (left !== undefined) await until(() => !isRunning(left));
  await rm(dataDir, { recursive: true });
});

/** Looks until something holds; the processes looked at tell of it in no other way. */
async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  const deadlineMs = performance.now() + 20_000;
  while (!(await holds())) {
    if (performance.now() > deadlineMs) throw new Error('did not come to hold in 20 s');
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

function startSupervisor(env: Record<string, string> = {}) {
  const child = spawn(process.execPath, [SUPERVISOR], {
    env: {
      ...process.env,
      CONCLAVE_ENV: 'test',
      CONCLAVE_DATA_DIR: dataDir,
      CONCLAVE_HTTPS_PORT: '0',
      CONCLAVE_HTTP_PORT: '0',
      CONCLAVE_MEDIA_PORT: '0',
      ...env,
    },
    detached: true,
    // With an IPC channel, as the launcher of `npm start` gives it.
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  children.push(child);
  const lines: string[] = [];
  const ready = new Promise<void>((resolve) => {
    for (const stream of [child.stdout, child.stderr]) {
      if (!stream) continue;
      createInterface({ input: stream }).on('line', (line) => {
        lines.push(line);
        if (line.startsWith('ready ')) resolve();
      });
    }
  });
  const ended = once(child, 'close').then(() => child.exitCode);
  const endedEarly = ended.then((code) => Promise.reject(new Error(`ended with ${code}:\n${lines.join('\n')}`)));
  const readyOrEnded = Promise.race([ready, endedEarly]);
  readyOrEnded.catch(() => undefined); // some tests want it to end
  return { child, lines, ready: readyOrEnded, ended, text: () => lines.join('\n') };
}

async function end(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  const ended = once(child, 'exit');
  child.kill(signal);
  await ended;
}

interface Started {
  pid: number;
  mediaNodeUrl?: string;
  mediaInternalPort: number;
  hasDatabase: boolean;
}

async function started(name: 'media' | 'server'): Promise<Started> {
  return JSON.parse(await readFile(join(dataDir, `${name}.started`), 'utf8')) as Started; // written by part.ts
}

async function postgresPid(): Promise<number | undefined> {
  const text = await readFile(join(dataDir, 'postgres/cluster/postmaster.pid'), 'utf8').catch(() => undefined);
  return text === undefined ? undefined : Number(text.split('\n')[0]);
}

async function allPids(): Promise<number[]> {
  return [(await started('media')).pid, (await started('server')).pid, (await postgresPid()) ?? 0];
}

describe('conclave start', { timeout: 60_000 }, () => {
  test('says ready and the owner link, gives each part what it needs, and Ctrl-C ends all of it within 5 s', async () => {
    const { child, ready, lines, ended, text } = startSupervisor();
    await ready;
    await until(() => text().includes('owner link: '));
    expect(lines.find((line) => line.startsWith('ready '))).toMatch(/^ready https:\/\/localhost:\d+$/);
    expect(text()).toContain('owner link: https://localhost/setup#token=x');
    expect(text()).toContain('npx conclave trust');
    const [media, server] = [await started('media'), await started('server')];
    expect(server).toMatchObject({ mediaNodeUrl: `https://127.0.0.1:${media.mediaInternalPort}`, hasDatabase: true });
    expect(media.hasDatabase).toBe(false);
    const pids = await allPids();
    const beganMs = performance.now();
    child.kill('SIGINT');
    expect(await ended).toBe(0);
    expect(performance.now() - beganMs).toBeLessThan(5000);
    expect(pids.filter(isRunning)).toEqual([]);
    await expect(stat(join(dataDir, 'run.json'))).rejects.toMatchObject({ code: 'ENOENT' });
  });

  test('a Ctrl-C that the terminal and npm both send to the whole group counts once, and a hanging part does not keep the others', async () => {
    const { child, ready, ended } = startSupervisor({ TEST_HANGS: 'server' });
    await ready;
    const pids = await allPids();
    const beganMs = performance.now();
    process.kill(-(child.pid ?? 0), 'SIGINT');
    child.kill('SIGINT');
    expect(await ended).toBe(0);
    expect(performance.now() - beganMs).toBeLessThan(5000);
    expect(pids.filter(isRunning)).toEqual([]);
  });

  test('a crashed part is started again where it was, and the others go on', async () => {
    const { ready, text } = startSupervisor();
    await ready;
    const [media, server] = [await started('media'), await started('server')];
    process.kill(media.pid, 'SIGKILL');
    await until(async () => (await started('media').catch(() => media)).pid !== media.pid);
    expect((await started('media')).mediaInternalPort).toBe(media.mediaInternalPort);
    expect((await started('server')).pid).toBe(server.pid);
    expect(text()).toContain('media ended; it is started again');
  });

  test('a crashed PostgreSQL is started again', async () => {
    const { ready, text } = startSupervisor({ CONCLAVE_LOG_LEVEL: 'info' });
    await ready;
    const before = (await postgresPid()) ?? 0;
    process.kill(before, 'SIGKILL');
    await until(() => text().includes('PostgreSQL is back'));
    const after = (await postgresPid()) ?? 0;
    expect(after).not.toBe(before);
    expect(isRunning(after)).toBe(true);
  });

  test('when the supervisor is killed the parts end by themselves, and the next start uses the PostgreSQL that goes on', async () => {
    const first = startSupervisor();
    await first.ready;
    const [media, server, postgres] = await allPids();
    await end(first.child, 'SIGKILL');
    const second = startSupervisor();
    await second.ready;
    expect([media, server].filter((pid) => pid !== undefined && isRunning(pid))).toEqual([]);
    expect(await postgresPid()).toBe(postgres);
    expect(second.text()).toContain('was left running and is used again');
    await end(second.child, 'SIGINT');
    expect(isRunning(postgres ?? 0)).toBe(false);
  });

  test('a second start in the same data directory says so and leaves the first alone', async () => {
    const first = startSupervisor();
    await first.ready;
    const second = startSupervisor();
    expect(await second.ended).toBe(2);
    expect(second.text()).toContain(`Conclave already runs in ${dataDir} (process ${first.child.pid})`);
    expect((await allPids()).every(isRunning)).toBe(true);
  });

  test('taken ports are all named, with who has them, before anything is started', async () => {
    const blocker = createServer().listen(0, '127.0.0.1');
    await once(blocker, 'listening');
    const address = blocker.address();
    const port = typeof address === 'object' ? String(address?.port) : '';
    const { ended, text } = startSupervisor({ CONCLAVE_HTTPS_PORT: port, CONCLAVE_HTTP_PORT: port });
    expect(await ended).toBe(2);
    blocker.close();
    expect(text()).toContain(`${port}/tcp (CONCLAVE_HTTPS_PORT): taken by`);
    expect(text()).toContain(`${port}/tcp (CONCLAVE_HTTP_PORT): taken by`);
    expect(text()).toContain(`(process ${process.pid})`);
    await expect(stat(join(dataDir, 'postgres'))).rejects.toMatchObject({ code: 'ENOENT' });
  });

  test('a part that cannot start ends the start, with nothing left running', async () => {
    const { ended, text } = startSupervisor({ TEST_SERVER: 'failing' });
    expect(await ended).not.toBe(0);
    expect(text()).toContain('server ended 3 times before it was ready');
    expect(isRunning((await started('media')).pid)).toBe(false);
    expect(await postgresPid()).toBeUndefined();
  });
});
