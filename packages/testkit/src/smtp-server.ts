import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

/** The system's own Python: Debian's modules are found by no other. */
const PYTHON = '/usr/bin/python3';
const SCRIPT = fileURLToPath(new URL('smtp-server.py', import.meta.url));
const WAIT_TIMEOUT_MS = 15_000;

/** A mail as the server took it. */
export interface ReceivedMail {
  readonly from: string;
  readonly to: readonly string[];
  /** Header lines as they came, folded ones joined; names in lower case. */
  readonly headers: readonly (readonly [name: string, value: string])[];
  /** The body as it came, without decoding of its transfer encoding. */
  readonly rawBody: string;
  /** The body as text, its transfer encoding undone. */
  readonly text: string;
  readonly isEncrypted: boolean;
}

export interface SmtpServer extends AsyncDisposable {
  readonly port: number;
  readonly mails: readonly ReceivedMail[];
  /** Resolves when so many mails have come in all. @throws when they do not come within 15 s */
  received(count: number): Promise<readonly ReceivedMail[]>;
}

interface Options {
  /** A free one unless given. */
  readonly port?: number;
  /** Offers STARTTLS with this certificate and its key, both PEM files. */
  readonly tls?: { certFile: string; keyFile: string };
}

/**
 * Debian's aiosmtpd on loopback. `unknown@…` is refused for good (550), `later@…` for now (451); everybody else gets their mail.
 * @throws when the Debian package `python3-aiosmtpd` is not installed
 */
export async function startSmtpServer({ port = 0, tls }: Options = {}): Promise<SmtpServer> {
  await promisify(execFile)(PYTHON, ['-c', 'import aiosmtpd']).catch(() => {
    throw new Error('Debian package python3-aiosmtpd is missing: sudo apt-get install python3-aiosmtpd');
  });
  const args = [SCRIPT, String(port), ...(tls ? [tls.certFile, tls.keyFile] : [])];
  const child = spawn(PYTHON, args, { stdio: ['pipe', 'pipe', 'inherit'] });
  const mails: ReceivedMail[] = [];
  const waiting = new Set<() => void>();
  const listening = new Promise<number>((resolve, reject) => {
    child.once('exit', (code) => reject(new Error(`the SMTP server ended with ${code}`)));
    createInterface({ input: child.stdout }).on('line', (line) => {
      const told = JSON.parse(line) as { listening: number } | Told; // the script beside this file writes it
      if ('listening' in told) return resolve(told.listening);
      mails.push(parse(told));
      for (const look of waiting) look();
    });
  });
  return {
    port: await listening,
    mails,
    received: (count) =>
      new Promise((resolve, reject) => {
        const timer = setTimeout(() => reject(new Error(`${mails.length} of ${count} mails came`)), WAIT_TIMEOUT_MS);
        const look = () => {
          if (mails.length < count) return;
          clearTimeout(timer);
          waiting.delete(look);
          resolve(mails);
        };
        waiting.add(look);
        look();
      }),
    [Symbol.asyncDispose]: async () => {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const ended = once(child, 'exit');
      child.kill('SIGTERM');
      await ended;
    },
  };
}

interface Told {
  from: string;
  to: string[];
  data: string;
  tls: boolean;
}

function parse({ from, to, data, tls }: Told): ReceivedMail {
  const message = Buffer.from(data, 'base64').toString('utf8');
  const split = message.indexOf('\r\n\r\n');
  const lines = message
    .slice(0, split)
    .replaceAll(/\r\n[ \t]+/g, ' ')
    .split('\r\n');
  const headers = lines.map((line) => {
    const colon = line.indexOf(':');
    return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()] as const;
  });
  const rawBody = message.slice(split + 4);
  const encoding = headers.find(([name]) => name === 'content-transfer-encoding')?.[1].toLowerCase();
  return { from, to, headers, rawBody, text: decode(rawBody, encoding).replaceAll('\r\n', '\n'), isEncrypted: tls };
}

function decode(body: string, encoding: string | undefined): string {
  if (encoding === 'base64') return Buffer.from(body, 'base64').toString('utf8');
  if (encoding !== 'quoted-printable') return body;
  const bytes = body.replaceAll(/=\r\n/g, '').replaceAll(/=([0-9A-F]{2})/g, (_, hex: string) => String.fromCharCode(parseInt(hex, 16)));
  return Buffer.from(bytes, 'latin1').toString('utf8');
}
