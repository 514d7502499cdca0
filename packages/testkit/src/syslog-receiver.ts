import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { access, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { createAuthority, createLeaf } from '@conclave/runtime/certificate-authority';
import { findTcpPort } from './ports.ts';

const RSYSLOGD = '/usr/sbin/rsyslogd';
const WAIT_TIMEOUT_MS = 15_000;

/** A message as rsyslog understood it. */
export interface ReceivedMessage {
  readonly severity: string;
  readonly facility: string;
  readonly time: string;
  readonly hostname: string;
  readonly app: string;
  readonly msgid: string;
  readonly structuredData: string;
  readonly text: string;
}

export interface SyslogReceiver extends AsyncDisposable {
  readonly port: number;
  /** PEM files: who signed for the receiver, and a client's certificate by the same CA. */
  readonly caFile: string;
  readonly certFile: string;
  readonly keyFile: string;
  /** What is in its file now; each line is a message. */
  messages(): Promise<ReceivedMessage[]>;
  /** Resolves when what came fits. @throws when it does not within 15 s */
  until(fits: (messages: readonly ReceivedMessage[]) => boolean): Promise<ReceivedMessage[]>;
  /** SIGKILL. */
  kill(): Promise<void>;
  start(): Promise<void>;
}

/**
 * Debian's rsyslog on a free port of loopback, with TLS by a CA of its own. It writes each message before it reads on, so that what it has
 * read is in its file even when it is killed.
 * @param options.asksForCertificate whether clients must show a certificate of its CA
 * @throws when the Debian packages `rsyslog` and `rsyslog-openssl` are not installed
 */
export async function startSyslogReceiver({ asksForCertificate = false } = {}): Promise<SyslogReceiver> {
  await access(RSYSLOGD).catch(() => {
    throw new Error('Debian packages are missing: sudo apt-get install rsyslog rsyslog-openssl');
  });
  const directory = await mkdtemp(join(tmpdir(), 'conclave-rsyslog-'));
  const file = (name: string) => join(directory, name);
  await writeIdentities(file);
  const port = await findTcpPort();
  await writeFile(file('conf'), configuration(file, port, asksForCertificate ? 'x509/certvalid' : 'anon'));
  let child: ChildProcess | undefined;

  async function start(): Promise<void> {
    child = spawn(RSYSLOGD, ['-n', '-f', file('conf'), '-i', file('pid')], { stdio: 'ignore' });
    await waitUntilListening(port);
  }
  async function kill(): Promise<void> {
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, 'exit');
    child.kill('SIGKILL');
    await ended;
    await rm(file('pid'), { force: true });
  }
  const messages = async () => parse(await readFile(file('messages'), 'utf8').catch(() => ''));

  await start();
  return {
    port,
    caFile: file('ca.pem'),
    certFile: file('client.pem'),
    keyFile: file('client-key.pem'),
    messages,
    until: async (fits) => {
      for (const deadlineMs = Date.now() + WAIT_TIMEOUT_MS; ; await sleep(50)) {
        const came = await messages();
        if (fits(came)) return came;
        if (Date.now() > deadlineMs)
          throw new Error(`what came does not fit: ${came.length} messages, the last ${JSON.stringify(came.at(-1))}`);
      }
    },
    kill,
    start,
    [Symbol.asyncDispose]: async () => {
      await kill();
      await rm(directory, { recursive: true, force: true });
    },
  };
}

async function writeIdentities(file: (name: string) => string): Promise<void> {
  const nowMs = Date.now();
  const authority = await createAuthority({ commonName: 'syslog test CA', days: 2, nowMs });
  await writeFile(file('ca.pem'), authority.cert);
  for (const [name, usage] of [
    ['server', 'server'],
    ['client', 'client'],
  ] as const) {
    const leaf = await createLeaf({ authority, commonName: name, names: ['127.0.0.1', 'localhost'], usages: [usage], days: 2, nowMs });
    await writeFile(file(`${name}.pem`), leaf.cert);
    await writeFile(file(`${name}-key.pem`), leaf.key, { mode: 0o600 });
  }
}

/** Queues of the type `direct`: the thread that reads also writes. */
function configuration(file: (name: string) => string, port: number, authMode: string): string {
  const fields = {
    severity: 'syslogseverity',
    facility: 'syslogfacility',
    time: 'timereported:::date-rfc3339',
    hostname: 'hostname',
    app: 'app-name',
    msgid: 'msgid',
    structuredData: 'structured-data',
    text: 'msg',
  } satisfies Record<keyof ReceivedMessage, string>;
  const members = Object.entries(fields).map(([name, property]) => {
    const [source, options = ''] = property.split(':::');
    return `  constant(value="\\"${name}\\":\\"") property(name="${source}" ${options ? 'dateFormat="rfc3339"' : 'format="json"'}) constant(value="\\"")`;
  });
  return `global(workDirectory="${file('')}" defaultNetstreamDriver="ossl" defaultNetstreamDriverCAFile="${file('ca.pem')}"
  defaultNetstreamDriverCertFile="${file('server.pem')}" defaultNetstreamDriverKeyFile="${file('server-key.pem')}")
main_queue(queue.type="direct")
module(load="imtcp" streamDriver.name="ossl" streamDriver.mode="1" streamDriver.authMode="${authMode}")
template(name="fields" type="list") {
  constant(value="{")
${members.join('\n  constant(value=",")\n')}
  constant(value="}\\n")
}
ruleset(name="events") { action(type="omfile" file="${file('messages')}" template="fields") }
input(type="imtcp" port="${port}" address="127.0.0.1" ruleset="events")
`;
}

async function waitUntilListening(port: number): Promise<void> {
  for (const deadlineMs = Date.now() + WAIT_TIMEOUT_MS; ; await sleep(50)) {
    const socket = connect({ host: '127.0.0.1', port });
    try {
      await once(socket, 'connect');
      return;
    } catch (error) {
      if (Date.now() > deadlineMs) throw error;
    } finally {
      socket.destroy();
    }
  }
}

/** The last line may be half written. */
function parse(text: string): ReceivedMessage[] {
  const lines = text
    .slice(0, text.lastIndexOf('\n') + 1)
    .split('\n')
    .slice(0, -1);
  return lines.map((line) => JSON.parse(line) as ReceivedMessage); // our template writes it
}
