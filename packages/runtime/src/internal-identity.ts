import { join } from 'node:path';
import type { Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import { createAuthority, createLeaf } from './certificate-authority.ts';
import { systemClock } from './clock.ts';
import { createDirectoryOnce, readIfPresent } from './key-files.ts';
import type { TlsIdentity } from './tls-options.ts';

/** The parts that talk to each other over mutual TLS. */
export type Part = 'server' | 'media';

const PARTS: readonly Part[] = ['server', 'media'];
/** Internal certificates end with the installation: nobody but its own processes ever sees them. */
const DAYS = 3650;

/**
 * The key and certificate by which a part shows the others who it is, and the internal CA to check theirs against.
 * All are made together in `folder` on first use; processes may call this at the same time.
 */
export async function loadInternalIdentity(
  dataDir: string,
  part: Part,
  folder: string = join(dataDir, 'internal'),
): Promise<Required<TlsIdentity>> {
  const present = await readIdentity(folder, part);
  if (present) return present;
  await createDirectoryOnce(folder, await createIdentities());
  const made = await readIdentity(folder, part);
  if (!made) throw new Error(`no internal certificate for ${part} could be made in ${folder}`);
  return made;
}

/** The host name in a part's internal certificate: what a client gives as TLS `servername`. */
export function internalHostName(part: Part): string {
  return `${part}.conclave.internal`;
}

/** Which part is at the other end, or undefined if it showed no certificate of our internal CA. */
export function peerName(socket: Socket): Part | undefined {
  if (!(socket instanceof TLSSocket) || !socket.authorized) return undefined;
  const subject = socket.getPeerCertificate().subject as { CN?: string } | undefined; // empty when a session was resumed without one
  return PARTS.find((part) => part === subject?.CN);
}

async function createIdentities(): Promise<Record<string, string>> {
  const nowMs = systemClock.nowMs();
  const authority = await createAuthority({ commonName: 'Conclave internal CA', days: DAYS, nowMs });
  const files = PARTS.map(async (part) => {
    const names = [internalHostName(part), 'localhost', '127.0.0.1', '::1'];
    const leaf = await createLeaf({ authority, commonName: part, names, usages: ['server', 'client'], days: DAYS, nowMs });
    return [
      [`${part}.pem`, leaf.cert],
      [`${part}-key.pem`, leaf.key],
    ] as const;
  });
  // The CA's key is not kept: it has signed all that it will ever sign.
  return { 'ca.pem': authority.cert, ...Object.fromEntries((await Promise.all(files)).flat()) };
}

async function readIdentity(folder: string, part: Part): Promise<Required<TlsIdentity> | undefined> {
  const [ca, cert, key] = await Promise.all(['ca.pem', `${part}.pem`, `${part}-key.pem`].map((name) => readIfPresent(join(folder, name))));
  return ca === undefined || cert === undefined || key === undefined ? undefined : { ca, cert, key };
}
