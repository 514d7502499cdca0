import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { createOnce } from '@conclave/runtime/key-files';
import { encodeSignerKey, noteSigner, type NoteSigner } from './signed-note.ts';

/**
 * Reads `<dataDir>/secrets/log-signing.key`, made on the first call (mode 0600), also by several processes at once. The file holds the
 * key together with its name, `<host>/conclave-log`, which is the origin of the log: a host that is renamed keeps its log.
 */
export async function loadSigningKey(dataDir: string, host: string): Promise<NoteSigner> {
  const path = join(dataDir, 'secrets', 'log-signing.key');
  const text = await createOnce(path, () => `${encodeSignerKey(`${host}/conclave-log`, randomBytes(32))}\n`);
  try {
    return noteSigner(text.trim());
  } catch (error) {
    throw new Error(`${path} is not a signing key`, { cause: error });
  }
}
