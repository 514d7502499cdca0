import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { access, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createAuthority, createLeaf } from '@conclave/runtime/certificate-authority';
import { httpsClient } from '@conclave/cli/peer/https-client';
import { findTcpPort } from './ports.ts';

export const CERTIFICATE_LIFE_S = 90 * 24 * 60 * 60;

/** Let's Encrypt's own small ACME server, which does validate, with a DNS server for which every name is this host. */
export interface Pebble extends AsyncDisposable {
  readonly directoryUrl: string;
  /** PEM file of the CA that signed its own certificate. */
  readonly caFile: string;
  /** PEM of the root under which it issues; another one at each start. */
  readonly root: string;
  /** Where it asks for HTTP-01 instead of port 80. */
  readonly httpPort: number;
}

/** @throws when the Debian package `pebble` is not installed */
export async function startPebble(httpPort: number): Promise<Pebble> {
  await access('/usr/bin/pebble').catch(() => {
    throw new Error('Debian package pebble is missing: sudo apt-get install pebble');
  });
  await using began = new AsyncDisposableStack();
  const folder = began.adopt(await mkdtemp(join(tmpdir(), 'conclave-pebble-')), (path) => rm(path, { recursive: true }));
  const [port, managementPort, dnsPort] = [await findTcpPort(), await findTcpPort(), await findTcpPort()];
  const { caFile, ca } = await writeFiles(folder, { port, managementPort, httpPort });
  const dnsOnly = [
    '-http01',
    '',
    '-https01',
    '',
    '-tlsalpn01',
    '',
    '-management',
    '',
    '-defaultIPv6',
    '',
    '-dns01',
    `127.0.0.1:${dnsPort}`,
  ];
  began.use(run('/usr/bin/pebble-challtestsrv', dnsOnly));
  began.use(
    run('/usr/bin/pebble', ['-config', join(folder, 'pebble.json'), '-dnsserver', `127.0.0.1:${dnsPort}`], {
      PEBBLE_VA_NOSLEEP: '1',
      PEBBLE_AUTHZREUSE: '0',
    }),
  );
  const root = await askUntilAnswered(`https://localhost:${managementPort}`, '/roots/0', ca);
  const ends = began.move();
  return {
    directoryUrl: `https://localhost:${port}/dir`,
    caFile,
    root,
    httpPort,
    [Symbol.asyncDispose]: () => ends.disposeAsync(),
  };
}

async function writeFiles(folder: string, ports: { port: number; managementPort: number; httpPort: number }) {
  const nowMs = Date.now();
  const authority = await createAuthority({ commonName: 'Pebble here', days: 2, nowMs });
  const leaf = await createLeaf({ authority, commonName: 'Pebble', names: ['localhost'], usages: ['server'], days: 1, nowMs });
  const path = (name: string) => join(folder, name);
  await writeFile(path('ca.pem'), authority.cert);
  await writeFile(path('cert.pem'), leaf.cert);
  await writeFile(path('key.pem'), leaf.key);
  const pebble = {
    listenAddress: `127.0.0.1:${ports.port}`,
    managementListenAddress: `127.0.0.1:${ports.managementPort}`,
    certificate: path('cert.pem'),
    privateKey: path('key.pem'),
    httpPort: ports.httpPort,
    tlsPort: 1,
    ocspResponderURL: '',
    externalAccountBindingRequired: false,
    certificateValidityPeriod: CERTIFICATE_LIFE_S,
  };
  await writeFile(path('pebble.json'), JSON.stringify({ pebble }));
  return { caFile: path('ca.pem'), ca: authority.cert };
}

function run(program: string, args: string[], env: Record<string, string> = {}): AsyncDisposable {
  const child: ChildProcess = spawn(program, args, { stdio: 'ignore', env: { ...process.env, ...env } });
  return {
    [Symbol.asyncDispose]: async () => {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const ended = once(child, 'exit');
      child.kill('SIGKILL');
      await ended;
    },
  };
}

async function askUntilAnswered(origin: string, path: string, ca: string): Promise<string> {
  using client = httpsClient(origin, ca);
  const deadlineMs = Date.now() + 20_000;
  for (;;) {
    try {
      return (await client.ask('GET', path)).text;
    } catch (error) {
      if (Date.now() > deadlineMs) throw error;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}
