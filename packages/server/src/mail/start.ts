import type { Clock } from '@conclave/runtime/clock';
import type { Config } from '@conclave/runtime/config';
import type { Log } from '@conclave/runtime/log';
import type { Timers } from '@conclave/runtime/timers';
import type { Db } from '../db/connection.ts';
import { startOutbox, type OnLeft, type Outbox } from './outbox.ts';
import { createMailTransport } from './transport.ts';

interface Options {
  readonly db: Db;
  readonly log: Log;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly config: Pick<Config, 'smtpUrl' | 'mailFrom' | 'host'>;
  readonly onLeft?: OnLeft;
}

/** Mail as the configuration has it; call `begin` once the schema is there. Without a mail server it says so once. */
export function startMail({ db, log, clock, timers, config, ...rest }: Options): Outbox {
  const { smtpUrl, mailFrom: from, host } = config;
  if (smtpUrl === undefined) log.warn('no mail is sent: CONCLAVE_SMTP_URL is not set');
  const transport = smtpUrl === undefined ? null : createMailTransport({ url: smtpUrl, from, host });
  return startOutbox({ db, log, clock, timers, transport, ...rest });
}
