import type { EventDetail, EventView } from '@conclave/protocol/rest/log';
import { sameJson } from './same-json.ts';

/** `unknown` is only for the signature: some browsers cannot check Ed25519. */
export type Outcome = 'good' | 'bad' | 'unknown';

export interface ProofChecks {
  /** The entry says the same as the view that is shown. */
  shown: Outcome;
  /** SHA-256 of the entry is the hash that the server gave for it. */
  leaf: Outcome;
  /** The audit path leads from that hash at the event's position to the root of the checkpoint. */
  path: Outcome;
  /** The checkpoint carries a good signature by the log's key. */
  signature: Outcome;
}

export interface Checkpoint {
  origin: string;
  size: number;
  root: string;
}

/**
 * Checks a proof here, with the browser's own cryptography: RFC 9162 §2.1.3.2 for the path, C2SP signed-note and tlog-checkpoint
 * for the checkpoint. null when there is no checkpoint yet. Never throws: what cannot be read is `bad`.
 */
export async function checkProof(
  detail: EventDetail,
  { publicKey, origin }: { publicKey: string; origin: string },
): Promise<ProofChecks | null> {
  const { proof, view, entry, leafHash } = detail;
  if (!proof) return null;
  const leaf = await hash(0, new TextEncoder().encode(entry));
  const checkpoint = readCheckpoint(proof.checkpoint);
  const fits = checkpoint !== null && checkpoint.size === proof.size && checkpoint.origin === origin;
  const root = await rootByPath(leaf, { index: view.seq, size: proof.size, path: proof.path });
  return {
    shown: isShown(view, entry) ? 'good' : 'bad',
    leaf: toBase64(leaf) === leafHash ? 'good' : 'bad',
    path: fits && root !== null && toBase64(root) === checkpoint.root ? 'good' : 'bad',
    signature: await checkSignature(proof.checkpoint, { publicKey, origin }),
  };
}

/** What the checks mean together: one that fails spoils all. */
export function overall(checks: ProofChecks): Outcome {
  const outcomes = Object.values(checks) as Outcome[]; // ProofChecks holds outcomes alone
  if (outcomes.includes('bad')) return 'bad';
  return outcomes.includes('unknown') ? 'unknown' : 'good';
}

/** Origin, size and root of a checkpoint's note; null when it is none. */
export function readCheckpoint(note: string): Checkpoint | null {
  const [origin = '', size = '', root = ''] = note.split('\n');
  if (origin === '' || !/^(?:0|[1-9]\d{0,15})$/.test(size) || fromBase64(root)?.length !== 32) return null;
  return { origin, size: Number(size), root };
}

/** Everything but the clear personal fields, which the entry has encrypted, must say the same. */
function isShown(view: EventView, entry: string): boolean {
  try {
    const { personal: stored, v: _version, ...said } = JSON.parse(entry) as Record<string, unknown>; // sameJson looks at all of it
    const { personal: clear, ...shown } = view;
    const names = typeof stored === 'object' && stored !== null ? Object.keys(stored) : [];
    return sameJson(said, shown) && Object.keys(clear).every((name) => names.includes(name));
  } catch {
    return false;
  }
}

/** The root that a path leads to (RFC 9162 §2.1.3.2); null when its length cannot fit. Safe for sizes over 2³¹, hence no bit operators. */
async function rootByPath(
  leaf: Bytes,
  { index, size, path }: { index: number; size: number; path: readonly string[] },
): Promise<Bytes | null> {
  if (index >= size) return null;
  let position = index;
  let last = size - 1;
  let root = leaf;
  for (const step of path) {
    const sibling = fromBase64(step);
    if (last === 0 || sibling?.length !== 32) return null;
    if (position % 2 === 1 || position === last) {
      root = await hash(1, sibling, root);
      while (position % 2 === 0 && position > 0) {
        position = Math.floor(position / 2);
        last = Math.floor(last / 2);
      }
    } else {
      root = await hash(1, root, sibling);
    }
    position = Math.floor(position / 2);
    last = Math.floor(last / 2);
  }
  return last === 0 ? root : null;
}

async function checkSignature(note: string, { publicKey, origin }: { publicKey: string; origin: string }): Promise<Outcome> {
  const key = await readVerifierKey(publicKey);
  const end = note.lastIndexOf('\n\n');
  if (!key || key.name !== origin || end === -1) return 'bad';
  const text = note.slice(0, end + 1);
  const signature = signatureOf(note.slice(end + 2), key);
  if (!signature) return 'bad';
  try {
    const imported = await crypto.subtle.importKey('raw', key.bytes, 'Ed25519', false, ['verify']);
    return (await crypto.subtle.verify('Ed25519', imported, signature, new TextEncoder().encode(text))) ? 'good' : 'bad';
  } catch {
    return 'unknown'; // this browser does not know Ed25519
  }
}

interface VerifierKey {
  name: string;
  /** Hexadecimal of the four bytes that say which key signed. */
  id: string;
  bytes: Bytes;
}

/** `name+hash+key` of C2SP signed-note; null when it is broken or not of Ed25519. */
async function readVerifierKey(text: string): Promise<VerifierKey | null> {
  const [, name = '', id = '', encoded = ''] = /^([^+\s]+)\+([\da-f]{8})\+(\S+)$/.exec(text) ?? [];
  const typed = fromBase64(encoded);
  if (typed?.length !== 33 || typed[0] !== 1) return null;
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', concat(new TextEncoder().encode(`${name}\n`), typed)));
  return toHex(digest.slice(0, 4)) === id ? { name, id, bytes: typed.slice(1) } : null;
}

/** The signature by that key among the lines `— name base64`; those of others, such as witnesses, are passed over. */
function signatureOf(lines: string, { name, id }: VerifierKey): Bytes | null {
  for (const line of lines.split('\n')) {
    const [dash, signer, encoded = ''] = line.split(' ');
    const bytes = dash === '—' && signer === name ? fromBase64(encoded) : null;
    if (bytes?.length === 68 && toHex(bytes.slice(0, 4)) === id) return bytes.slice(4);
  }
  return null;
}

type Bytes = Uint8Array<ArrayBuffer>;

async function hash(prefix: 0 | 1, ...parts: readonly Bytes[]): Promise<Bytes> {
  return new Uint8Array(await crypto.subtle.digest('SHA-256', concat(Uint8Array.of(prefix), ...parts)));
}

function concat(...parts: readonly Bytes[]): Bytes {
  const all = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

const toHex = (bytes: Bytes) => [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('');
const toBase64 = (bytes: Bytes) => btoa(String.fromCharCode(...bytes));

function fromBase64(text: string): Bytes | null {
  try {
    return Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
  } catch {
    return null;
  }
}
