import { createPrivateKey, createPublicKey, hash, sign, verify, type KeyObject } from 'node:crypto';

/*
 * Signed notes with Ed25519 (https://c2sp.org/signed-note): text that ends in a newline, an empty line, and lines
 * `— <key name> base64(key id || signature)`. Keys are written as Go's golang.org/x/mod/sumdb/note writes them.
 */

const ED25519 = 0x01;
/** DER of PKCS #8 and SubjectPublicKeyInfo for Ed25519 (RFC 8410 §7, §4) up to the key itself. */
const PRIVATE_PREFIX = Buffer.from('302e020100300506032b657004220420', 'hex');
const PUBLIC_PREFIX = Buffer.from('302a300506032b6570032100', 'hex');
const SIGNER_START = 'PRIVATE+KEY+';

/** A key that signs notes. */
export interface NoteSigner {
  readonly name: string;
  /** `name+id+base64(0x01 || public key)`, by which others verify. */
  readonly verifierKey: string;
  /** The note of a text that ends in a newline. */
  sign(text: string): string;
}

/** The signer's key for a name and a seed of 32 bytes, `PRIVATE+KEY+name+id+base64(0x01 || seed)`. @throws Error for names that no key may have */
export function encodeSignerKey(name: string, seed: Buffer): string {
  if (!isKeyName(name)) throw new Error('a key name that is empty or has spaces or plus signs');
  const id = keyId(name, publicBytes(createPublicKey(privateKey(seed))));
  return `${SIGNER_START}${name}+${id.toString('hex')}+${typed(seed).toString('base64')}`;
}

/** @throws Error when it is not the key that `encodeSignerKey` makes */
export function noteSigner(signerKey: string): NoteSigner {
  const { name, id, bytes: seed } = signerKey.startsWith(SIGNER_START) ? decodeKey(signerKey.slice(SIGNER_START.length)) : bad();
  const key = privateKey(seed);
  const publicKey = publicBytes(createPublicKey(key));
  if (!id.equals(keyId(name, publicKey))) bad();
  return {
    name,
    verifierKey: `${name}+${id.toString('hex')}+${typed(publicKey).toString('base64')}`,
    sign: (text) => {
      if (!isNoteText(text)) throw new Error('a text that no note can have');
      return `${text}\n— ${name} ${Buffer.concat([id, sign(null, Buffer.from(text), key)]).toString('base64')}\n`;
    },
  };
}

/**
 * The text of a note if the key of the verifier signed it; null if not, or if a signature in its name is wrong.
 * Signatures of other keys are ignored, as the specification asks.
 * @throws Error when `verifierKey` is not a verifier key for Ed25519
 */
export function openNote(note: string, verifierKey: string): string | null {
  const { name, id, bytes } = decodeKey(verifierKey);
  if (!id.equals(keyId(name, bytes))) bad();
  const key = createPublicKey({ key: Buffer.concat([PUBLIC_PREFIX, bytes]), format: 'der', type: 'spki' });
  const end = note.lastIndexOf('\n\n');
  const text = note.slice(0, end + 1);
  if (end === -1 || !isNoteText(text) || !note.endsWith('\n')) return null;
  const ours = note
    .slice(end + 2, -1)
    .split('\n')
    .map((line) => /^— (\S+) ([A-Za-z0-9+/]+=*)$/.exec(line))
    .filter((match) => match?.[1] === name)
    // Base64 has several spellings of some bytes; a note has one.
    .filter((match) => Buffer.from(match?.[2] ?? '', 'base64').toString('base64') === match?.[2])
    .map((match) => Buffer.from(match?.[2] ?? '', 'base64'))
    .filter((signature) => signature.subarray(0, 4).equals(id));
  const good = ours.length > 0 && ours.every((signature) => verify(null, Buffer.from(text), key, signature.subarray(4)));
  return good ? text : null;
}

function decodeKey(key: string): { name: string; id: Buffer; bytes: Buffer } {
  const { name = '', id = '', data = '' } = /^(?<name>[^+]+)\+(?<id>[0-9a-f]{8})\+(?<data>[A-Za-z0-9+/]{44})$/.exec(key)?.groups ?? {};
  const bytes = Buffer.from(data, 'base64');
  if (!isKeyName(name) || bytes.length !== 33 || bytes[0] !== ED25519) bad();
  return { name, id: Buffer.from(id, 'hex'), bytes: bytes.subarray(1) };
}

function keyId(name: string, publicKey: Buffer): Buffer {
  return hash('sha256', Buffer.concat([Buffer.from(`${name}\n`), typed(publicKey)]), 'buffer').subarray(0, 4);
}

function typed(bytes: Buffer): Buffer {
  return Buffer.concat([Buffer.of(ED25519), bytes]);
}

function privateKey(seed: Buffer): KeyObject {
  return createPrivateKey({ key: Buffer.concat([PRIVATE_PREFIX, seed]), format: 'der', type: 'pkcs8' });
}

function publicBytes(key: KeyObject): Buffer {
  return key.export({ format: 'der', type: 'spki' }).subarray(PUBLIC_PREFIX.length);
}

function isKeyName(name: string): boolean {
  return /^[^\s+]+$/u.test(name) && name.isWellFormed();
}

function isNoteText(text: string): boolean {
  // eslint-disable-next-line no-control-regex -- they are what is looked for
  return text.endsWith('\n') && text.isWellFormed() && !/[\u0000-\u0009\u000b-\u001f]/.test(text);
}

function bad(): never {
  throw new Error('not a key for signed notes with Ed25519');
}
