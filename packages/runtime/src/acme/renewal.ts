import { join } from 'node:path';
import type { Clock } from '../clock.ts';
import type { Config } from '../config.ts';
import { readIfPresent, writeWhole } from '../key-files.ts';
import type { Log } from '../log.ts';
import type { Timers } from '../timers.ts';
import { createAccountKey, orderCertificate } from './order.ts';
import { isRenewalDue, pauseAfterFailures } from './rules.ts';

const CHECK_EVERY_MS = 60 * 60_000;

type AcmeConfig = Pick<Config, 'dataDir' | 'host' | 'acme'>;

interface RenewalOptions {
  config: AcmeConfig;
  log: Log;
  clock: Clock;
  timers: Timers;
  /** 0–1 */
  random?: () => number;
}

/** Keeps a certificate from an ACME server current. Disposing stops the next attempts; one that runs comes to its end. */
export interface AcmeRenewal extends Disposable {
  /** What port 80 answers meanwhile: token → key authorisation. */
  readonly challenges: ReadonlyMap<string, string>;
  /** Begins; call it when port 80 is open. */
  begin(): void;
}

/** Key and chain from the ACME server, in one file, so that they are replaced together. */
export function acmeCertificateFile(dataDir: string): string {
  return join(dataDir, 'acme', 'certificate.pem');
}

/** The account's key; only this user can read it. */
export function acmeAccountKeyFile(dataDir: string): string {
  return join(dataDir, 'acme', 'account-key.pem');
}

/** Orders when there is none and renews when a third of its life is left. After a failure it tries again with growing pauses. */
export function startRenewal({ config, log, clock, timers, random = Math.random }: RenewalOptions): AcmeRenewal {
  const { acme } = config;
  const challenges = new Map<string, string>();
  const door = {
    open: (token: string, answer: string) => void challenges.set(token, answer),
    close: (token: string) => void challenges.delete(token),
  };
  let cancel = () => undefined as void;
  let ended = false;
  let failures = 0;

  async function check(): Promise<void> {
    if (!acme) return;
    const names = [config.host, ...acme.names];
    try {
      if (isRenewalDue(await readIfPresent(acmeCertificateFile(config.dataDir)), names, clock.nowMs())) {
        log.info({ names, server: new URL(acme.directoryUrl).host }, 'ordering a certificate');
        const key = await accountKey(config.dataDir);
        const made = await orderCertificate({ ...acme, key }, names, door);
        await writeWhole(acmeCertificateFile(config.dataDir), `${made.key.trim()}\n${made.cert.trim()}\n`);
        log.info({ names }, 'the ACME server gave a certificate');
      }
      failures = 0;
    } catch (error) {
      failures++;
      log.warn({ err: error, failures }, 'no certificate from the ACME server; trying again later');
    }
    if (!ended) cancel = timers.schedule(failures === 0 ? CHECK_EVERY_MS : pauseAfterFailures(failures, random()), () => void check());
  }

  return {
    challenges,
    begin: () => void check(),
    [Symbol.dispose]: () => {
      ended = true;
      cancel();
    },
  };
}

async function accountKey(dataDir: string): Promise<string> {
  const file = acmeAccountKeyFile(dataDir);
  const found = await readIfPresent(file);
  if (found !== undefined) return found;
  const key = await createAccountKey();
  await writeWhole(file, key);
  return key;
}
