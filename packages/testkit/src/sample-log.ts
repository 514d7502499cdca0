import { createHash, generateKeyPairSync, sign } from 'node:crypto';

type Hash = Buffer;

/** A valid event log that is made up, line by line, by other means than the server's and the verifier's. */
export interface SampleLog {
  /** `name+hash+base64`, for `--key`. */
  readonly verifierKey: string;
  readonly size: () => number;
  header(size: number): string;
  /** The line of the next entry; `changes` replace members of the event. */
  entry(changes?: Record<string, unknown>): string;
  /** The line of the next entry as retention leaves it. */
  cut(changes?: Record<string, unknown>): string;
  /** The signed note of the log at a size, by default all of it. */
  checkpoint(size?: number): string;
  /** Signs any text as a note. */
  signNote(text: string): string;
}

/** What a checkpoint is in the file. */
export const checkpointLine = (note: string): string => JSON.stringify({ checkpoint: note });

export function createSampleLog(origin = 'meet.example/conclave-log'): SampleLog {
  const { publicKey, privateKey } = generateKeyPairSync('ed25519');
  const typedKey = Buffer.concat([Buffer.of(1), publicKey.export({ format: 'der', type: 'spki' }).subarray(-32)]);
  const keyId = sha256(Buffer.from(`${origin}\n`), typedKey).subarray(0, 4);
  const tree = createLevels();

  function next(changes: Record<string, unknown>): { text: string; leaf: string } {
    const text = sampleEvent(tree.size(), changes);
    const leaf = sha256(Buffer.of(0), Buffer.from(text));
    tree.add(leaf);
    return { text, leaf: leaf.toString('base64') };
  }
  function signNote(text: string): string {
    return `${text}\n\u2014 ${origin} ${Buffer.concat([keyId, sign(null, Buffer.from(text), privateKey)]).toString('base64')}\n`;
  }
  return {
    verifierKey: `${origin}+${keyId.toString('hex')}+${typedKey.toString('base64')}`,
    size: tree.size,
    header: (size) => JSON.stringify({ format: 'conclave-log/1', origin, size }),
    entry: (changes = {}) => {
      const { text, leaf } = next(changes);
      return `{"entry":${text},"leaf":"${leaf}"}`;
    },
    cut: (changes = {}) => {
      const seq = tree.size();
      return JSON.stringify({ cut: seq, leaf: next(changes).leaf });
    },
    checkpoint: (size = tree.size()) => signNote(`${origin}\n${size}\n${tree.root(size).toString('base64')}\n`),
    signNote,
  };
}

/** Members are written in the order of RFC 8785, so that `JSON.stringify` makes the canonical form. */
function sampleEvent(seq: number, changes: Record<string, unknown>): string {
  const digits = seq.toString(16).padStart(12, '0');
  const event = {
    actor: { authenticatedBy: 'room-link', id: `5f0c2f86-0000-4000-9000-${digits}`, kind: 'participant' },
    category: 'session',
    data: { producerId: `5f0c2f86-0001-4000-9000-${digits}`, source: 'camera' },
    id: `5f0c2f86-0002-4000-9000-${digits}`,
    name: 'producer.paused',
    personal: {
      address: { key: 'a7c1b7f0-2b1f-4a3e-9a55-0a4c6f9d1e01', sealed: 'TqkVg4dKkTQbqvYp0Hn1m9p3oQ3ZtN0yUuJw8cXK5sQ2m1Bv' },
      name: { key: 'a7c1b7f0-2b1f-4a3e-9a55-0a4c6f9d1e02', sealed: 'Zx0m2QbqvYp0Hn1m9p3oQ3ZtN0yUuJw8cXK5sQ2m1BvTqkVg4dKk' },
    },
    result: 'done',
    room: '0b9f7a52-9f0e-4f4b-8f5a-3f0c7a1d2e3f',
    seq,
    session: '1c8e6b43-8e1d-4e3a-9e4b-2e1d6b0c3d4e',
    target: null,
    team: '2d7d5c34-7d2c-4d29-8d3c-1d2c5c1b4c5d',
    time: new Date(Date.UTC(2026, 10, 24, 9) + seq * 37).toISOString(),
    v: 1,
  };
  return JSON.stringify({ ...event, ...changes });
}

/** All complete subtrees, level by level, each level in one piece of memory. */
function createLevels() {
  const levels: { hashes: Hash; count: number }[] = [];
  function put(level: number, hash: Hash): void {
    const row = (levels[level] ??= { hashes: Buffer.alloc(32 * 64), count: 0 });
    if (row.count * 32 === row.hashes.length) row.hashes = Buffer.concat([row.hashes, Buffer.alloc(row.hashes.length)]);
    hash.copy(row.hashes, row.count * 32);
    row.count += 1;
    if (row.count % 2 === 0) put(level + 1, sha256(Buffer.of(1), row.hashes.subarray((row.count - 2) * 32, row.count * 32)));
  }
  /** MTH of RFC 9162 §2.1.1 over `count` leaves from `first` on. */
  function root(first: number, count: number): Hash {
    if (count === 0) return sha256();
    const level = Math.floor(Math.log2(count));
    const width = 2 ** level;
    const complete = levels[level]?.hashes.subarray((first / width) * 32, (first / width + 1) * 32) ?? sha256();
    return width === count ? complete : sha256(Buffer.of(1), complete, root(first + width, count - width));
  }
  return { add: (leaf: Hash) => put(0, leaf), size: () => levels[0]?.count ?? 0, root: (size: number) => root(0, size) };
}

function sha256(...parts: Buffer[]): Hash {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part);
  return hash.digest();
}
