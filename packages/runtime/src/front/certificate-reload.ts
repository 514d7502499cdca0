import { createPrivateKey, X509Certificate } from 'node:crypto';
import { stat } from 'node:fs/promises';
import { createSecureContext, type Server } from 'node:tls';
import type { Log } from '../log.ts';
import type { Timers } from '../timers.ts';
import { TLS_OPTIONS, type TlsIdentity } from '../tls-options.ts';

const LOOK_EVERY_MS = 500;
/** Loaded anew without a change too: that is when the local CA renews what it signed. */
const LOOKS_UNTIL_LOADED = (12 * 60 * 60_000) / LOOK_EVERY_MS;

interface ReloadOptions {
  server: Server;
  log: Log;
  timers: Timers;
  /** What the server was started with. */
  loaded: TlsIdentity;
  /** Files that may change; they need not be there yet. */
  files: readonly string[];
  load: () => Promise<TlsIdentity>;
}

/**
 * Serves a changed certificate within a second: new handshakes see it, open connections stay. What is half-written, or whose key does not fit,
 * is named in a warning and the old one stays. Files are looked at rather than watched, because links to them may be what changes.
 */
export function reloadCertificate({ server, log, timers, loaded, files, load }: ReloadOptions): Disposable {
  let served = loaded;
  let seen: string | undefined;
  let looks = 0;
  let cancel = timers.schedule(LOOK_EVERY_MS, () => void look());
  let ended = false;

  async function look(): Promise<void> {
    const now = (await Promise.all(files.map(stateOf))).join(' ');
    // At first sight too: a file may have changed between its being read and the first look.
    if ((now !== seen || looks++ % LOOKS_UNTIL_LOADED === 0) && !ended) await takeOver();
    seen = now;
    if (!ended) cancel = timers.schedule(LOOK_EVERY_MS, () => void look());
  }

  async function takeOver(): Promise<void> {
    try {
      const { key, cert } = await load();
      if (key === served.key && cert === served.cert) return;
      requireUsable({ key, cert });
      server.setSecureContext({ ...TLS_OPTIONS, key, cert });
      served = { key, cert };
      log.info({ files }, 'a new certificate is served');
    } catch (error) {
      log.warn({ err: error, files }, 'the certificate changed and cannot be used; the one before is still served');
    }
  }

  return {
    [Symbol.dispose]: () => {
      ended = true;
      cancel();
    },
  };
}

/** An empty text is no certificate for X509Certificate, but is none that is wrong for the secure context, which sees the whole chain. */
function requireUsable({ key, cert }: TlsIdentity): void {
  if (!new X509Certificate(cert).checkPrivateKey(createPrivateKey(key))) throw new Error('the key does not fit the certificate');
  createSecureContext({ key, cert });
}

/** Changes whenever the file does, also when it is replaced by a link to another. */
async function stateOf(file: string): Promise<string> {
  const state = await stat(file, { bigint: true }).catch(() => undefined);
  return state ? `${state.dev}:${state.ino}:${state.size}:${state.mtimeNs}` : 'none';
}
