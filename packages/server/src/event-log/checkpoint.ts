import { openNote, type NoteSigner } from './signed-note.ts';

/** The head of the log at a size, as it is signed (https://c2sp.org/tlog-checkpoint). */
export interface Checkpoint {
  readonly origin: string;
  readonly size: number;
  readonly root: Buffer;
}

/** The note of a checkpoint; its origin is the name of the key. */
export function signCheckpoint(signer: NoteSigner, { size, root }: Omit<Checkpoint, 'origin'>): string {
  return signer.sign(`${signer.name}\n${size}\n${root.toString('base64')}\n`);
}

/** The checkpoint in a note; null unless the key signed it and its text is that of a checkpoint of that key's log. */
export function openCheckpoint(note: string, { name, verifierKey }: Pick<NoteSigner, 'name' | 'verifierKey'>): Checkpoint | null {
  const text = openNote(note, verifierKey);
  const [origin, size = '', root = '', ...rest] = text?.split('\n') ?? [];
  if (origin !== name || !/^(?:0|[1-9]\d{0,15})$/.test(size) || !/^[A-Za-z0-9+/]{43}=$/.test(root) || rest.join() !== '') return null;
  return { origin, size: Number(size), root: Buffer.from(root, 'base64') };
}
