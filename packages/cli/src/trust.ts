import { X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { findDesktopUser } from './desktop-user.ts';
import { addToNssStores, CERTUTIL_HINT, hasCertutil, isInChromiumStore, removeFromNssStores } from './nss-stores.ts';
import { addToSystemStore, removeFromSystemStore, type SystemOutcome } from './system-store.ts';

type Print = (line: string) => void;

/** Puts the local CA into the system's store and into those of Chromium and Firefox. Resolves with the exit code: 0 if the browsers trust it. */
export async function trust(caFile: string, print: Print, env: NodeJS.ProcessEnv = process.env): Promise<number> {
  const { nickname, fileName } = await describe(caFile);
  print(`system: ${explain(await addToSystemStore(caFile, fileName), 'trusts the CA')}`);
  if (!hasCertutil()) {
    print(`browsers: ${CERTUTIL_HINT}, then run this again`);
    return 1;
  }
  for (const store of await addToNssStores(await findDesktopUser(env), caFile, nickname)) print(`browsers: ${store} trusts the CA`);
  print(`"${nickname}" is trusted; restart browsers that are open.`);
  return 0;
}

/** Takes back what `trust` did. */
export async function untrust(caFile: string, print: Print, env: NodeJS.ProcessEnv = process.env): Promise<number> {
  const { nickname, fileName } = await describe(caFile);
  const system = await removeFromSystemStore(fileName);
  print(`system: ${explain(system, 'no longer has the CA')}`);
  if (!hasCertutil()) {
    print(`browsers: ${CERTUTIL_HINT}, then run this again`);
    return 1;
  }
  for (const store of await removeFromNssStores(await findDesktopUser(env), nickname)) print(`browsers: ${store} no longer has the CA`);
  return system.kind === 'refused' ? 1 : 0;
}

/** Whether Chromium of this user trusts the CA. */
export async function isTrusted(caFile: string, env: NodeJS.ProcessEnv = process.env): Promise<boolean> {
  return isInChromiumStore(await findDesktopUser(env), (await describe(caFile)).nickname);
}

/** Names that hold the fingerprint's first bytes, so that CAs of several data directories do not meet. */
async function describe(caFile: string): Promise<{ nickname: string; fileName: string }> {
  const certificate = new X509Certificate(await readFile(caFile));
  const mark = certificate.fingerprint256.replaceAll(':', '').slice(0, 8).toLowerCase();
  return { nickname: `${certificate.subject.replace(/^CN=/, '')} ${mark}`, fileName: `conclave-${mark}` };
}

function explain(outcome: SystemOutcome, done: string): string {
  switch (outcome.kind) {
    case 'done':
      return done;
    case 'unchanged':
      return 'did not have the CA';
    case 'refused':
      return outcome.advice;
  }
}
