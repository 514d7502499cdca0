import { isIPv4 } from 'node:net';
import type { Secret } from '@conclave/runtime/secret';
import { createTransport } from 'nodemailer';
import type { Mail } from './message.ts';

/** A mail with what makes a repeat recognizable. */
export interface Letter extends Mail {
  /** Its Message-ID is made of it: the same at each attempt. */
  readonly id: string;
  readonly queuedAt: Date;
}

/** Hands letters to a mail server, one connection each. */
export interface Transport {
  /** Resolves once the server has taken the letter. @throws Error of nodemailer; see `isRefusedForGood` */
  send(letter: Letter): Promise<void>;
}

interface Settings {
  /** `smtp://` or `smtps://`, as `CONCLAVE_SMTP_URL` */
  readonly url: Secret;
  readonly from: string;
  /** The host that Message-IDs end in. */
  readonly host: string;
}

export function createMailTransport({ url, from, host }: Settings): Transport {
  const transport = createTransport({ ...connectionOf(url), name: host, disableFileAccess: true, disableUrlAccess: true });
  return {
    send: async ({ id, to, subject, text, calendar, queuedAt }) => {
      await transport.sendMail({
        messageId: `<${id}@${host}>`,
        date: queuedAt,
        from: { name: 'Conclave', address: from },
        to: { name: '', address: to },
        envelope: { from, to: [to] },
        subject,
        text,
        ...(calendar && { icalEvent: { method: calendar.method, filename: 'invite.ics', content: calendar.text } }),
        // RFC 3834 §5: no vacation notice is to answer.
        headers: { 'Auto-Submitted': 'auto-generated' },
      });
    },
  };
}

/** How the server is spoken to: TLS at once or by STARTTLS, verified; on loopback, where nobody listens in, if it is offered. */
export function connectionOf(url: Secret) {
  const { protocol, hostname, port, username, password } = new URL(url.reveal());
  const host = hostname.replace(/^\[(.*)\]$/, '$1');
  const secure = protocol === 'smtps:';
  const isLoopback = host === 'localhost' || host === '::1' || (isIPv4(host) && host.startsWith('127.'));
  return {
    host,
    port: port === '' ? (secure ? 465 : 587) : Number(port),
    secure,
    requireTLS: !secure && !isLoopback,
    opportunisticTLS: isLoopback,
    tls: { rejectUnauthorized: !isLoopback },
    ...(username !== '' && { auth: { user: decodeURIComponent(username), pass: decodeURIComponent(password) } }),
    dnsTimeout: 10_000,
    connectionTimeout: 20_000,
    greetingTimeout: 20_000,
    socketTimeout: 60_000,
  };
}

/** Whether the server will say no to this letter each time: it does not know the recipient or does not want the text. */
export function isRefusedForGood(error: unknown): boolean {
  if (!(error instanceof Error) || !('code' in error) || !('permanent' in error)) return false;
  return error.permanent === true && (error.code === 'EENVELOPE' || error.code === 'EMESSAGE');
}
