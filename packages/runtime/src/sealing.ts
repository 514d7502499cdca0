import {
  createCipheriv,
  createDecipheriv,
  createHash,
  createSecretKey,
  hkdfSync,
  randomBytes,
  randomFillSync,
  type KeyObject,
} from 'node:crypto';
import { join } from 'node:path';
import { createOnce } from './key-files.ts';
import { Secret } from './secret.ts';

const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/** Keys derived from the installation's master key, one for each use. */
export interface MasterKeys {
  /** Seals the developer keys. */
  readonly sealing: Secret;
  /** Signs the cookie of signed-in members. */
  readonly cookies: Secret;
  /** Wraps the keys under which the event log holds who somebody is. */
  readonly persons: Secret;
  /** Keys the hashes by which somebody is found again without being named. */
  readonly lookup: Secret;
  /** Signs the cookie by which a device is known again. */
  readonly devices: Secret;
}

/**
 * Reads `<dataDir>/secrets/master.key`, made on the first call (32 random bytes, mode 0600); several processes that make
 * it at once end up with the same. Without this file what was sealed under it cannot be read again: it belongs in the backup.
 */
export async function loadMasterKeys(dataDir: string): Promise<MasterKeys> {
  const path = join(dataDir, 'secrets', 'master.key');
  const text = await createOnce(path, () => `${randomBytes(32).toString('base64url')}\n`);
  const master = Buffer.from(text.trim(), 'base64url');
  if (master.length !== 32) throw new Error(`${path} is not a key of 32 bytes`);
  const derive = (use: string) => new Secret(Buffer.from(hkdfSync('sha256', master, '', `conclave ${use}`, 32)).toString('base64url'));
  return {
    sealing: derive('developer keys'),
    cookies: derive('member cookies'),
    persons: derive('persons'),
    lookup: derive('lookup'),
    devices: derive('devices'),
  };
}

/** Encrypts and authenticates with AES-256-GCM; `context` must be the same to open it again. */
export function seal(key: Secret, plaintext: string, context: string): Buffer {
  const nonce = nextNonce();
  const cipher = createCipheriv('aes-256-gcm', keyObjectOf(key), nonce).setAAD(Buffer.from(context));
  return Buffer.concat([nonce, cipher.update(plaintext, 'utf8'), cipher.final(), cipher.getAuthTag()]);
}

/** @throws Error when it was sealed under another key or context, or was changed. */
export function unseal(key: Secret, sealed: Buffer, context: string): string {
  const decipher = createDecipheriv('aes-256-gcm', keyObjectOf(key), sealed.subarray(0, NONCE_BYTES), { authTagLength: TAG_BYTES });
  decipher.setAAD(Buffer.from(context)).setAuthTag(sealed.subarray(-TAG_BYTES));
  return decipher.update(sealed.subarray(NONCE_BYTES, -TAG_BYTES), undefined, 'utf8') + decipher.final('utf8');
}

/** Made once for each key: that costs three times as much as sealing a name. */
const keyObjects = new WeakMap<Secret, KeyObject>();

function keyObjectOf(key: Secret): KeyObject {
  const known = keyObjects.get(key) ?? createSecretKey(Buffer.from(key.reveal(), 'base64url'));
  keyObjects.set(key, known);
  return known;
}

/** Random bytes ahead, so that the kernel is not asked for each nonce; none is given twice. */
const nonces = Buffer.alloc(NONCE_BYTES * 256);
let noncesUsed = nonces.length;

function nextNonce(): Buffer {
  if (noncesUsed === nonces.length) {
    randomFillSync(nonces);
    noncesUsed = 0;
  }
  noncesUsed += NONCE_BYTES;
  return Buffer.from(nonces.subarray(noncesUsed - NONCE_BYTES, noncesUsed));
}

/** How secrets that need not be recovered are stored: they are 256 random bits, so a plain hash cannot be searched. */
export function digestOf(secret: string): Buffer {
  return createHash('sha256').update(secret, 'utf8').digest();
}
