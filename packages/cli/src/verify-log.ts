/**
 * Verifies an export of Conclave's event log. This one file needs nothing but Node 22.18 or later: no network, no database, no other
 * file of Conclave. It shares no code with the server, so that a fault there is not repeated here.
 *
 *   node verify-log.ts FILE --key KEY [--checkpoint OLD]... [--json]   an export (`-` is standard input) or the proof of one entry
 *   node verify-log.ts consistency OLD [NEW] PROOF --key KEY [--json]   that the log of checkpoint NEW begins with that of OLD
 *
 * KEY is the log's verifier key, `name+hash+base64`, or a file that holds it. OLD is a checkpoint that was kept elsewhere, or a
 * history.jsonl with many. Exit code 0: all is as it was signed. 1: it is not; one sentence names the first fault. 2: the input
 * cannot be judged.
 *
 * An entry is one line of the log; its leaf is SHA-256 of 0x00 and its canonical JSON (RFC 8785). Leaves make the Merkle tree of
 * RFC 9162 §2.1. A checkpoint (c2sp.org/tlog-checkpoint) is its size and root, signed with Ed25519 (c2sp.org/signed-note).
 */
import { isUtf8 } from 'node:buffer';
import { createPublicKey, hash, verify, type KeyObject } from 'node:crypto';
import { closeSync, createReadStream, openSync, readSync, statSync } from 'node:fs';
import { parseArgs } from 'node:util';

const FORMAT = 'conclave-log/1';
const MAX_LINE_BYTES = 1024 * 1024;
const MAX_NOTE_BYTES = 64 * 1024;
const USAGE = `node verify-log.ts FILE --key KEY [--checkpoint OLD]... [--json]
node verify-log.ts consistency OLD [NEW] PROOF --key KEY [--json]`;

type Json = null | boolean | number | string | Json[] | { [key: string]: Json };
type JsonObject = { [key: string]: Json };

/** What is wrong with the log; `code` and the numbers are for programs, the message for people. */
class Fault extends Error {
  readonly code: string;
  readonly where: Record<string, number>;

  constructor(code: string, message: string, where: Record<string, number> = {}) {
    super(message);
    this.code = code;
    this.where = where;
  }
}

/** The input is not what this program can judge. */
class InputError extends Error {}

// ---- Merkle tree (RFC 9162 §2.1)

const EMPTY_ROOT = hash('sha256', '', 'buffer');

const leafHash = (entry: string): Buffer => hash('sha256', `\u0000${entry}`, 'buffer');
const nodeHash = (left: Buffer, right: Buffer): Buffer => hash('sha256', Buffer.concat([Buffer.of(1), left, right]), 'buffer');

interface Tree {
  add(leaf: Buffer): void;
  size(): number;
  root(): Buffer;
}

function createTree(): Tree {
  // The roots of the complete subtrees that the leaves so far make up, the largest first: one for each 1 in the binary size.
  const subtrees: Buffer[] = [];
  let size = 0;
  return {
    add: (leaf) => {
      let node = leaf;
      for (let rest = size; rest % 2 === 1; rest = Math.floor(rest / 2)) node = nodeHash(subtrees.pop() ?? EMPTY_ROOT, node);
      subtrees.push(node);
      size += 1;
    },
    size: () => size,
    root: () => (size === 0 ? EMPTY_ROOT : subtrees.reduceRight((right, left) => nodeHash(left, right))),
  };
}

/** RFC 9162 §2.1.3.2: the root that an audit path leads to; undefined if the path is not of this index and size. */
function rootByInclusion(leaf: Buffer, index: number, size: number, path: readonly Buffer[]): Buffer | undefined {
  let [node, place, last] = [leaf, index, size - 1];
  for (const sibling of path) {
    if (last === 0) return undefined;
    if (place % 2 === 1 || place === last) {
      node = nodeHash(sibling, node);
      while (place % 2 === 0 && place !== 0) [place, last] = [half(place), half(last)];
    } else node = nodeHash(node, sibling);
    [place, last] = [half(place), half(last)];
  }
  return last === 0 ? node : undefined;
}

/** RFC 9162 §2.1.4.2: whether the tree of `newer` begins with that of `older`. */
function isConsistent(older: Checkpoint, newer: Checkpoint, path: readonly Buffer[]): boolean {
  if (older.size === newer.size) return path.length === 0 && older.root.equals(newer.root);
  if (older.size === 0) return path.length === 0;
  let [place, last] = [older.size - 1, newer.size - 1];
  while (place % 2 === 1) [place, last] = [half(place), half(last)];
  // Where the old tree is one complete subtree, its root is the first node of the path.
  const [first, ...rest] = place === 0 ? [older.root, ...path] : path;
  if (first === undefined || path.length === 0) return false;
  let [oldNode, newNode] = [first, first];
  for (const node of rest) {
    if (last === 0) return false;
    if (place % 2 === 1 || place === last) {
      [oldNode, newNode] = [nodeHash(node, oldNode), nodeHash(node, newNode)];
      while (place % 2 === 0 && place !== 0) [place, last] = [half(place), half(last)];
    } else newNode = nodeHash(newNode, node);
    [place, last] = [half(place), half(last)];
  }
  return last === 0 && oldNode.equals(older.root) && newNode.equals(newer.root);
}

const half = (number: number): number => Math.floor(number / 2);

// ---- Signed notes and checkpoints (c2sp.org/signed-note, c2sp.org/tlog-checkpoint)

interface VerifierKey {
  readonly name: string;
  /** The first four bytes of a signature that this key claims to have made. */
  readonly id: Buffer;
  readonly key: KeyObject;
}

interface Checkpoint {
  readonly origin: string;
  readonly size: number;
  readonly root: Buffer;
}

function readKey(argument: string): VerifierKey {
  const text = VERIFIER_KEY.test(argument) ? argument : readText(argument, 'a verifier key').trim();
  const [, name = '', id = '', encoded = ''] = VERIFIER_KEY.exec(text) ?? [];
  const material = Buffer.from(encoded, 'base64');
  if (material.length !== 33 || material[0] !== 1) throw new InputError('--key is not an Ed25519 verifier key: name+hash+base64');
  const expected = hash('sha256', Buffer.concat([Buffer.from(`${name}\n`), material]), 'buffer').subarray(0, 4);
  if (expected.toString('hex') !== id) throw new InputError('--key is damaged: its hash does not fit its name and key');
  const x = material.subarray(1).toString('base64url');
  return { name, id: expected, key: createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x }, format: 'jwk' }) };
}
const VERIFIER_KEY = /^([^\s+]+)\+([0-9a-f]{8})\+([A-Za-z0-9+/]+=*)$/;

/** The checkpoint of a note that `key` has signed. `what` names the note in the fault. */
function openCheckpoint(note: string, key: VerifierKey, what: string): Checkpoint {
  const cut = note.lastIndexOf('\n\n');
  const isNote = cut >= 0 && note.endsWith('\n') && note.length <= MAX_NOTE_BYTES && note.isWellFormed() && !FORBIDDEN_IN_NOTES.test(note);
  if (!isNote) throw new Fault('not_a_checkpoint', `${what} is not a signed note`);
  const text = note.slice(0, cut + 1);
  if (!isSigned(text, note.slice(cut + 2, -1).split('\n'), key, what))
    throw new Fault('not_signed', `${what} is not signed by the key ${shown(key.name)}`);
  const [origin = '', size = '', root = '', ...extensions] = text.slice(0, -1).split('\n');
  const rootHash = decodeHash(root);
  if (origin === '' || !DECIMAL.test(size) || rootHash === undefined || extensions.includes(''))
    throw new Fault('not_a_checkpoint', `${what} is signed, but is not a checkpoint`);
  if (origin !== key.name) throw new Fault('other_log', `${what} is of another log, ${shown(origin)}`);
  return { origin, size: Number(size), root: rootHash };
}
const DECIMAL = /^(0|[1-9][0-9]{0,14})$/;
// oxlint-disable-next-line no-control-regex -- the signed-note format forbids exactly these
const FORBIDDEN_IN_NOTES = /[\u0000-\u0009\u000b-\u001f]/;

/** Signatures by other keys do not count, for or against; a wrong one that claims to be by this key refuses the note. */
function isSigned(text: string, signatures: readonly string[], key: VerifierKey, what: string): boolean {
  let good = false;
  for (const line of signatures) {
    const [, name, encoded = ''] = SIGNATURE.exec(line) ?? [];
    const signature = Buffer.from(encoded, 'base64');
    if (name === undefined || signature.toString('base64') !== encoded) throw new Fault('not_a_checkpoint', `${what} is not a signed note`);
    if (name !== key.name || !signature.subarray(0, 4).equals(key.id)) continue;
    if (!verify(null, Buffer.from(text), key.key, signature.subarray(4)))
      throw new Fault('bad_signature', `${what} has a signature that is wrong: it was changed, or was not made with this key`);
    good = true;
  }
  return good;
}
const SIGNATURE = /^\u2014 ([^\s+]+) ([A-Za-z0-9+/]+=*)$/;

function decodeHash(text: string): Buffer | undefined {
  const bytes = Buffer.from(text, 'base64');
  return bytes.length === 32 && bytes.toString('base64') === text ? bytes : undefined;
}

interface KeptCheckpoint extends Checkpoint {
  readonly file: string;
}

/** Checkpoints that were kept elsewhere, smallest first: single notes, or files of them with one JSON object a line. */
async function readKept(files: readonly string[], key: VerifierKey): Promise<KeptCheckpoint[]> {
  const kept: KeptCheckpoint[] = [];
  for (const file of files) {
    const isHistory = readStart(file, 1).toString() === '{';
    if (isHistory) kept.push(...(await readHistory(file, key)));
    else kept.push({ ...openCheckpoint(readText(file, 'a checkpoint'), key, `the checkpoint in ${shown(file)}`), file });
  }
  return kept.sort((a, b) => a.size - b.size);
}

async function readHistory(file: string, key: VerifierKey): Promise<KeptCheckpoint[]> {
  const kept: KeptCheckpoint[] = [];
  let number = 0;
  // A line that is being written, or was when the power failed, has no end yet.
  for await (const batch of linesOf(file, { tornEnd: true })) {
    for (const line of batch) {
      number += 1;
      const note = parseObject(line)?.['checkpoint'];
      if (typeof note !== 'string') throw new InputError(`line ${number} of ${shown(file)} is not a checkpoint of a history`);
      kept.push({ ...openCheckpoint(note, key, `the checkpoint in line ${number} of ${shown(file)}`), file });
    }
  }
  return kept;
}

// ---- Canonical JSON (RFC 8785)

/** @throws TypeError for what RFC 8785 cannot write, RangeError for what is nested too deeply. */
function canonical(value: Json): string {
  if (typeof value === 'string') {
    if (!value.isWellFormed()) throw new TypeError('a lone surrogate');
    return JSON.stringify(value);
  }
  if (value === null || typeof value !== 'object') return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  const members: string[] = [];
  for (const key of Object.keys(value).sort()) members.push(`${canonical(key)}:${canonical(value[key] as Json)}`); // its own key
  return `{${members.join(',')}}`;
}

function canonicalOrUndefined(value: Json): string | undefined {
  try {
    // What is in order already, as all of a sound log is, JSON.stringify writes in canonical form, and faster.
    return isInOrder(value) ? JSON.stringify(value) : canonical(value);
  } catch {
    return undefined;
  }
}

function isInOrder(value: Json): boolean {
  if (typeof value === 'string') return value.isWellFormed();
  if (value === null || typeof value !== 'object') return true;
  if (Array.isArray(value)) return value.every(isInOrder);
  let before: string | undefined;
  for (const key of Object.keys(value)) {
    if ((before !== undefined && key <= before) || !key.isWellFormed() || !isInOrder(value[key] as Json)) return false; // its own key
    before = key;
  }
  return true;
}

function parseObject(line: Buffer): JsonObject | undefined {
  if (!isUtf8(line)) return undefined;
  try {
    const value = JSON.parse(line.toString()) as Json;
    return value !== null && typeof value === 'object' && !Array.isArray(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

// ---- Reading

/**
 * The lines of a file without their ends, in batches.
 * @throws InputError for a line that is too long or, unless `tornEnd` is fine, has no end
 */
async function* linesOf(file: string, { tornEnd = false } = {}): AsyncGenerator<Buffer[]> {
  const name = shown(file);
  let rest: Buffer = Buffer.alloc(0);
  let count = 0;
  const source: AsyncIterable<Buffer> = file === '-' ? process.stdin : createReadStream(file, { highWaterMark: MAX_LINE_BYTES });
  for await (const chunk of source) {
    const bytes = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    const batch: Buffer[] = [];
    let start = 0;
    for (let end = bytes.indexOf(NEWLINE); end >= 0 && end - start <= MAX_LINE_BYTES; end = bytes.indexOf(NEWLINE, start)) {
      batch.push(bytes.subarray(start, end));
      start = end + 1;
    }
    rest = bytes.subarray(start);
    count += batch.length;
    yield batch;
    if (rest.length > MAX_LINE_BYTES) throw new InputError(`line ${count + 1} of ${name} is longer than 1 MiB: this is not a log`);
  }
  if (rest.length > 0 && !tornEnd) throw new InputError(`line ${count + 1} of ${name} has no end: the file is incomplete`);
}
const NEWLINE = 10;

/** The first bytes of a file. */
function readStart(file: string, length: number): Buffer {
  const bytes = Buffer.alloc(length);
  const descriptor = openSync(file, 'r');
  try {
    return bytes.subarray(0, readSync(descriptor, bytes, 0, length, null));
  } finally {
    closeSync(descriptor);
  }
}

/** A file that is read at once. @throws InputError if it is larger than `what` can be, or is not text */
function readText(file: string, what: string, maxBytes = MAX_NOTE_BYTES): string {
  const bytes = readStart(file, maxBytes + 1);
  if (bytes.length === 0 || bytes.length > maxBytes || !isUtf8(bytes)) throw new InputError(`${shown(file)} is not ${what}`);
  return bytes.toString();
}

// ---- The log

interface Summary {
  origin: string;
  entries: number;
  cut: number;
  /** Checkpoints in the file, and those that were given beside it. */
  checkpoints: number;
  kept: number;
  /** How many entries are covered by a signature. */
  signed: number;
  /** Times of the earliest and the latest entry, as they say. */
  from: string | null;
  to: string | null;
}

/** What is known of the log so far. */
interface Progress extends Summary {
  readonly key: VerifierKey;
  readonly tree: Tree;
  /** Checkpoints to compare with as soon as the tree has their size, the next one last. */
  readonly waiting: KeptCheckpoint[];
  /** What the header says. */
  size: number;
  /** The largest sizes whose roots were found right: of any checkpoint, and of one that was kept elsewhere. */
  good: number;
  goodKept: number;
  readonly cuts: Ranges;
  /** What `log.cut` events name, each with the seq of the event. */
  readonly named: { first: number; last: number; by: number }[];
}

const NOTHING_YET = { entries: 0, cut: 0, checkpoints: 0, signed: 0, from: null, to: null, good: 0, goodKept: 0 };

type Ranges = { first: number; last: number }[];

async function verifyLog(file: string, key: VerifierKey, kept: KeptCheckpoint[]): Promise<Summary> {
  let state: Progress | undefined;
  let number = 0;
  let gap: Gap | undefined;
  for await (const batch of linesOf(file)) {
    for (const line of batch) {
      number += 1;
      if (state === undefined) state = begin(line, file, key, kept);
      else if (gap !== undefined) lookForMissing(line, gap);
      else gap = takeLine(state, line, `line ${number} of ${shown(file)}`);
    }
  }
  if (gap !== undefined) throw missing(gap);
  if (state === undefined) throw new InputError(`${shown(file)} is empty`);
  return finish(state);
}

function begin(line: Buffer, file: string, key: VerifierKey, kept: KeptCheckpoint[]): Progress {
  const name = shown(file);
  if (line.subarray(0, 3).equals(Buffer.of(0xef, 0xbb, 0xbf)))
    throw new InputError(`${name} begins with a byte order mark: another program has saved it; use the file as it was exported`);
  if (line.at(-1) === 13)
    throw new InputError(`${name} has lines that end in CR LF: another program has saved it; use the file as it was exported`);
  const header = parseObject(line);
  if (typeof header?.['format'] !== 'string' || !header['format'].startsWith('conclave-log/'))
    throw new InputError(`${name} is not an export of the event log`);
  const { format, origin, size, from = 0 } = header;
  if (format !== FORMAT) throw new InputError(`${name} has the format ${shown(format)}, which a newer verifier knows`);
  if (typeof origin !== 'string' || typeof size !== 'number' || !Number.isSafeInteger(size) || size < 0)
    throw new InputError(`${name} has a header that is not complete`);
  if (from !== 0) throw new InputError(`${name} is a part of the log; only a whole export can be verified`);
  if (origin !== key.name) throw new Fault('other_log', `this is the log of ${shown(origin)}, but the key is of ${shown(key.name)}`);
  const state: Progress = {
    key,
    origin,
    size,
    tree: createTree(),
    waiting: kept.toReversed(),
    kept: kept.length,
    cuts: [],
    named: [],
    ...NOTHING_YET,
  };
  compareKept(state);
  return state;
}

/** Takes one line into account. A gap is given back, so that it can be said whether its entry is elsewhere or nowhere. */
function takeLine(state: Progress, line: Buffer, where: string): Gap | undefined {
  const start = line.toString('latin1', 0, 10);
  if (start.startsWith('{"entry":')) return takeEntry(state, line, where);
  if (start.startsWith('{"cut":')) return takeCut(state, line, where);
  if (!start.startsWith('{"checkp')) throw new InputError(`${where} is no entry, no cut and no checkpoint`);
  const note = parseObject(line)?.['checkpoint'];
  if (typeof note !== 'string') throw new InputError(`${where} is not a checkpoint`);
  takeCheckpoint(state, note, where);
  return undefined;
}

function takeEntry(state: Progress, line: Buffer, where: string): Gap | undefined {
  const seq = state.entries;
  const { entry, text, leaf } = readEntry(line, seq, where);
  if (leafHash(text).toString('base64') !== leaf) throw contentFault(seq);
  const gap = gapBefore(entry['seq'], seq);
  if (gap !== undefined) return gap;
  if (entry['v'] !== 1) throw new InputError(`entry ${seq} has a version that a newer verifier knows`);
  noteTime(state, entry['time']);
  if (entry['name'] === 'log.cut') noteCuts(state, entry['data'], seq);
  addLeaf(state, Buffer.from(leaf, 'base64'));
  return undefined;
}

/** The line must be, byte for byte, the canonical form of its entry in its frame; who is who in the clear is not hashed. */
function readEntry(line: Buffer, seq: number, where: string): { entry: JsonObject; text: string; leaf: string } {
  const parsed = parseObject(line);
  const { entry, leaf, personal, ...others } = parsed ?? {};
  if (isObject(entry) && typeof leaf === 'string' && Object.keys(others).length === 0) {
    const text = canonicalOrUndefined(entry);
    const start = `{"entry":${text},"leaf":"${leaf}"${personal === undefined ? '}' : ',"personal":{'}`;
    const whole = line.toString();
    if (text !== undefined && (personal === undefined ? whole === start : whole.startsWith(start))) return { entry, text, leaf };
  }
  const { raw, hashed } = ENTRY_FRAME.exec(line.toString('latin1'))?.groups ?? {};
  if (raw === undefined) throw new InputError(`${where} is not an entry`);
  const bytes = Buffer.concat([Buffer.of(0), Buffer.from(raw, 'latin1')]);
  if (hash('sha256', bytes, 'base64') !== hashed) throw contentFault(seq);
  throw new Fault('not_canonical', `entry ${seq}: its content is not in the one form that is hashed (RFC 8785)`, { entry: seq });
}
const ENTRY_FRAME = /^\{"entry":(?<raw>.*),"leaf":"(?<hashed>[A-Za-z0-9+/]{43}=)"(?:,"personal":\{.*\})?\}$/s;

function contentFault(seq: number): Fault {
  return new Fault('content_changed', `entry ${seq}: its content does not match its hash`, { entry: seq });
}

function takeCut(state: Progress, line: Buffer, where: string): Gap | undefined {
  const { cut, leaf } = parseObject(line) ?? {};
  const bytes = typeof leaf === 'string' ? decodeHash(leaf) : undefined;
  if (bytes === undefined || line.toString() !== JSON.stringify({ cut, leaf })) throw new InputError(`${where} is not a cut entry`);
  const gap = gapBefore(cut, state.entries);
  if (gap !== undefined) return gap;
  const last = state.cuts.at(-1);
  if (last !== undefined && last.last === state.entries - 1) last.last += 1;
  else state.cuts.push({ first: state.entries, last: state.entries });
  state.cut += 1;
  addLeaf(state, bytes);
  return undefined;
}

function addLeaf(state: Progress, leaf: Buffer): void {
  state.tree.add(leaf);
  state.entries += 1;
  if (state.entries > state.size)
    throw new Fault('too_long', `the log has more entries than the ${state.size} that its header says`, { size: state.size });
  compareKept(state);
}

function noteTime(state: Progress, time: Json | undefined): void {
  if (typeof time !== 'string') return;
  if (state.from === null || time < state.from) state.from = time;
  if (state.to === null || time > state.to) state.to = time;
}

// ---- Gaps

/** An entry that is not where it belongs, and the seq of the one that is there instead. */
interface Gap {
  readonly expected: number;
  readonly found: number;
}

function gapBefore(found: Json | undefined, expected: number): Gap | undefined {
  if (found === expected) return undefined;
  if (typeof found === 'number' && found > expected) return { expected, found };
  throw new Fault(
    'misplaced',
    `entry ${expected} is not in its place: an entry that says it is ${shown(JSON.stringify(found ?? null))} stands there`,
    {
      entry: expected,
    },
  );
}

/** An entry that comes later was moved; otherwise it is missing, which only the end of the file shows. */
function lookForMissing(line: Buffer, { expected, found }: Gap): void {
  const { entry, cut } = parseObject(line) ?? {};
  if ((isObject(entry) ? entry['seq'] : cut) !== expected) return;
  throw new Fault('misplaced', `entry ${expected} is not in its place: entry ${found} stands there`, { entry: expected });
}

function missing({ expected, found }: Gap): Fault {
  const range = rangeOf(expected, found - 1);
  return new Fault('missing', `${range.text} missing`, range.where);
}

function rangeOf(first: number, last: number): { text: string; where: Record<string, number> } {
  if (first === last) return { text: `entry ${first} is`, where: { entry: first } };
  return { text: `entries ${first} to ${last} are`, where: { from: first, to: last } };
}

// ---- Checkpoints against the tree

function takeCheckpoint(state: Progress, note: string, where: string): void {
  const checkpoint = openCheckpoint(note, state.key, `the checkpoint in ${where}`);
  if (checkpoint.size !== state.entries)
    throw new Fault('misplaced', `the checkpoint of size ${checkpoint.size} stands after ${state.entries} entries`, {
      size: checkpoint.size,
    });
  if (!checkpoint.root.equals(state.tree.root())) throw rootFault(checkpoint.size, state.good, '');
  state.good = checkpoint.size;
  state.checkpoints += 1;
}

function compareKept(state: Progress): void {
  for (let next = state.waiting.at(-1); next?.size === state.entries; next = state.waiting.at(-1)) {
    // Another copy of this log may have been signed since: only what was kept elsewhere narrows down where it parts.
    if (!next.root.equals(state.tree.root())) throw rootFault(next.size, state.goodKept, ` (${shown(next.file)})`);
    state.goodKept = next.size;
    state.good = next.size;
    state.waiting.pop();
  }
}

function rootFault(size: number, good: number, source: string): Fault {
  const checkpoint = `the checkpoint of size ${size}${source}`;
  if (good >= size) return new Fault('fork', `another checkpoint of size ${size} is right, so ${checkpoint} is of another log`, { size });
  const range = rangeOf(good, size - 1);
  return new Fault('not_as_signed', `${range.text} not what ${checkpoint} signed`, { ...range.where, size });
}

function finish(state: Progress): Summary {
  const { entries, size, waiting, good } = state;
  if (entries < size)
    throw new Fault('ends_early', `the log ends at ${entries}, but its header says that there are ${size} entries`, { entries, size });
  const largest = waiting[0];
  if (largest !== undefined) {
    const text = `the log ends at ${entries}, but the checkpoint of size ${largest.size} (${shown(largest.file)}) shows that there were more: `;
    const lost = largest.size - entries;
    throw new Fault('tail_cut', `${text}its last ${lost} were cut off, or this is an older copy`, { entries, size: largest.size });
  }
  if (entries > 0 && good === 0) throw new Fault('unsigned', `no checkpoint vouches for any of the ${entries} entries`, { entries });
  checkCuts(state, good);
  const { origin, cut, checkpoints, kept, from, to } = state;
  return { origin, entries, cut, checkpoints, kept, signed: good, from, to };
}

// ---- Retention

function noteCuts(state: Progress, data: Json | undefined, by: number): void {
  const seqs = isObject(data) ? data['seqs'] : undefined;
  if (typeof seqs !== 'string' || !SEQ_RANGES.test(seqs)) return;
  for (const range of seqs.split(',')) {
    const [first = Number.NaN, last = first] = range.split('-').map(Number);
    if (first <= last && last < by) state.named.push({ first, last, by });
  }
}
const SEQ_RANGES = /^\d{1,15}(?:-\d{1,15})?(?:,\d{1,15}(?:-\d{1,15})?)*$/;

/** Each cut entry must be named by a `log.cut` event that is signed: anybody could have written one that is not. */
function checkCuts({ cuts, named }: Progress, signed: number): void {
  const proven = union(named.filter(({ by }) => by < signed));
  const claimed = union(named);
  for (const { first, last } of cuts) {
    const bad = firstOutside(first, last, proven);
    if (bad === undefined) continue;
    const isClaimed = firstOutside(bad, bad, claimed) === undefined;
    const why = isClaimed ? 'only an event that is not signed yet says that retention did it' : 'no log.cut event names it';
    throw new Fault('unexplained_cut', `entry ${bad} was cut out, and ${why}`, { entry: bad });
  }
}

function union(ranges: Ranges): Ranges {
  const merged: Ranges = [];
  for (const { first, last } of ranges.toSorted((a, b) => a.first - b.first)) {
    const before = merged.at(-1);
    if (before !== undefined && first <= before.last + 1) before.last = Math.max(before.last, last);
    else merged.push({ first, last });
  }
  return merged;
}

/** The first number of a range that is in none of the others, which are sorted and apart. */
function firstOutside(first: number, last: number, ranges: Ranges): number | undefined {
  let [low, high] = [0, ranges.length];
  while (low < high) {
    const middle = half(low + high);
    if ((ranges[middle]?.last ?? 0) < first) low = middle + 1;
    else high = middle;
  }
  const range = ranges[low];
  if (range === undefined || range.first > first) return first;
  return range.last >= last ? undefined : range.last + 1;
}

// ---- Proofs

const PROOF_HEADER = 'c2sp.org/tlog-proof@v1';

/** A proof that one entry is in the log (c2sp.org/tlog-proof); its extra data is the entry. */
function verifyInclusion(file: string, key: VerifierKey) {
  const name = shown(file);
  const text = readText(file, 'the proof of an entry', 4 * MAX_LINE_BYTES);
  const end = text.indexOf('\n\n');
  const [, extraLine = '', ...lines] = text.slice(0, Math.max(end, 0)).split('\n');
  const [, extra] = /^extra ([A-Za-z0-9+/]+=*)$/.exec(extraLine) ?? [];
  const [, index] = /^index (0|[1-9][0-9]{0,14})$/.exec(lines[0] ?? '') ?? [];
  const path = lines.slice(1).map(decodeHash);
  if (extra === undefined || index === undefined || !path.every((node) => node !== undefined))
    throw new InputError(`${name} is not the proof of an entry that brings its content`);
  const seq = Number(index);
  const checkpoint = openCheckpoint(text.slice(end + 2), key, `the checkpoint in ${name}`);
  const bytes = Buffer.from(extra, 'base64');
  const entry = parseObject(bytes);
  if (entry === undefined || canonicalOrUndefined(entry) !== bytes.toString() || entry['seq'] !== seq)
    throw new Fault('not_canonical', `the proof does not carry entry ${seq} as it is hashed`, { entry: seq });
  const root = seq < checkpoint.size ? rootByInclusion(leafHash(bytes.toString()), seq, checkpoint.size, path) : undefined;
  if (root === undefined || !root.equals(checkpoint.root))
    throw new Fault('not_included', `entry ${seq} is not in the log that the checkpoint of size ${checkpoint.size} signed`, { entry: seq });
  return { origin: checkpoint.origin, entry: seq, size: checkpoint.size, content: entry };
}

/**
 * A proof that the log of one checkpoint goes on in another, as the body of a request to a witness (c2sp.org/tlog-witness): `old` and
 * the older size, the hashes of RFC 9162 §2.1.4, an empty line and the newer checkpoint. `newFile`: what that must be.
 */
function verifyConsistency(files: readonly string[], key: VerifierKey) {
  const [oldFile = '', newFile, proofFile = ''] = files.length === 2 ? [files[0], undefined, files[1]] : files;
  const read = (file: string) => openCheckpoint(readText(file, 'a checkpoint'), key, `the checkpoint in ${shown(file)}`);
  const older = read(oldFile);
  const text = readText(proofFile, 'a consistency proof');
  const end = text.indexOf('\n\n');
  const [start, ...lines] = text.slice(0, Math.max(end, 0)).split('\n');
  const path = lines.map(decodeHash);
  if (!/^old \d{1,15}$/.test(start ?? '') || !path.every((node) => node !== undefined))
    throw new InputError(`${shown(proofFile)} is not a consistency proof`);
  const newer = openCheckpoint(text.slice(end + 2), key, `the checkpoint in ${shown(proofFile)}`);
  const wanted = newFile === undefined ? newer : read(newFile);
  if (older.size > newer.size || start !== `old ${older.size}` || wanted.size !== newer.size)
    throw new InputError(`${shown(proofFile)} is the proof of other sizes: ${shown(start ?? '')}, new ${newer.size}`);
  if (!wanted.root.equals(newer.root))
    throw new Fault('fork', `two checkpoints of size ${newer.size} are signed that are not of the same log`, { size: newer.size });
  if (!isConsistent(older, newer, path)) {
    const message = `the proof does not show that the log of size ${newer.size} begins with that of size ${older.size}`;
    throw new Fault('inconsistent', message, { size: older.size });
  }
  return { origin: newer.origin, oldSize: older.size, newSize: newer.size };
}

// ---- The program

/** What comes from a file or the command line, so that it cannot do anything to a terminal or feign a line of ours. */
function shown(text: string): string {
  const cut = text.length > 120 ? `${text.slice(0, 120)}…` : text;
  return cut.toWellFormed().replaceAll(UNPRINTABLE, (letter) => `\\u{${(letter.codePointAt(0) ?? 0).toString(16)}}`);
}
/** Controls, formats (among them those of direction), separators but the space, private and unassigned letters. */
const UNPRINTABLE = /[\p{C}\p{Zl}\p{Zp}]|(?! )\p{Zs}/gu;

function isObject(value: Json | undefined): value is JsonObject {
  return value !== undefined && value !== null && typeof value === 'object' && !Array.isArray(value);
}

/** What was verified: for people, and as an object for programs. */
interface Verdict {
  readonly text: string;
  readonly facts: Record<string, Json>;
}

async function judge(args: string[]): Promise<Verdict> {
  const { values, positionals } = readArguments(args);
  if (values.key === undefined) throw new InputError(`--key is missing.\n${USAGE}`);
  const key = readKey(values.key);
  const kept = values.checkpoint ?? [];
  const [file = '', ...others] = positionals;
  if (file === 'consistency' && (others.length === 2 || others.length === 3) && kept.length === 0) return consistencyVerdict(others, key);
  if (file === '' || others.length > 0) throw new InputError(USAGE);
  if (!isProof(file)) return logVerdict(await verifyLog(file, key, await readKept(kept, key)));
  if (kept.length > 0) throw new InputError('--checkpoint goes with an export; the proof of an entry brings its own');
  return inclusionVerdict(file, key);
}

function readArguments(args: string[]) {
  const options = { key: { type: 'string' }, checkpoint: { type: 'string', multiple: true }, json: { type: 'boolean' } } as const;
  try {
    return parseArgs({ args, options, allowPositionals: true });
  } catch (error) {
    throw new InputError(`${error instanceof Error ? error.message : String(error)}\n${USAGE}`);
  }
}

/** What is not a plain file can be read once only, and is an export. */
function isProof(file: string): boolean {
  return file !== '-' && statSync(file).isFile() && readStart(file, PROOF_HEADER.length).toString() === PROOF_HEADER;
}

function logVerdict(summary: Summary): Verdict {
  const { origin, entries, cut, checkpoints, kept, signed, from, to } = summary;
  const unsigned = entries - signed;
  const time = from === null || to === null ? '' : `, ${shown(from)} to ${shown(to)}`;
  const lines = [
    'The log is whole, and is what was signed.',
    `  log          ${shown(origin)}`,
    `  entries      ${entries}${time}`,
    `  cut          ${cut}${cut > 0 ? ' by retention; their hashes are in place' : ''}`,
    `  checkpoints  ${checkpoints} in the log, ${kept} kept elsewhere; the newest that fits has size ${signed}`,
    `  unsigned     ${unsigned}${unsigned > 0 ? ` at the end, from entry ${signed} on: no signature vouches for them yet` : ''}`,
  ];
  return { text: lines.join('\n'), facts: { ...summary, unsigned } };
}

function inclusionVerdict(file: string, key: VerifierKey): Verdict {
  const { origin, entry, size, content } = verifyInclusion(file, key);
  const lines = [
    `Entry ${entry} is in the log.`,
    `  log          ${shown(origin)}`,
    `  checkpoint   of size ${size}`,
    ...['name', 'time', 'result'].map((field) => `  ${field.padEnd(12)} ${shown(JSON.stringify(content[field] ?? null))}`),
  ];
  return { text: lines.join('\n'), facts: { origin, entry, size, content } };
}

function consistencyVerdict(files: readonly string[], key: VerifierKey): Verdict {
  const { origin, oldSize, newSize } = verifyConsistency(files, key);
  const text = `The log of ${shown(origin)} with ${newSize} entries begins with the ${oldSize} of the older checkpoint.`;
  return { text, facts: { origin, oldSize, newSize } };
}

/** JSON in ASCII, which no terminal takes for anything else. */
function asciiJson(value: Json): string {
  return JSON.stringify(value).replaceAll(/[^ -~]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

/** A fault of the input or the system; never a stack. */
function reasonOf(error: unknown): string {
  if (error instanceof InputError) return error.message;
  const { code, path } = error as NodeJS.ErrnoException;
  if (code === 'ENOENT') return `there is no file ${shown(path ?? '')}`;
  return `it cannot be read: ${shown(error instanceof Error ? error.message : String(error))}`;
}

async function main(args: string[]): Promise<number> {
  const asJson = args.includes('--json');
  try {
    const { text, facts } = await judge(args);
    process.stdout.write(`${asJson ? asciiJson({ ok: true, ...facts }) : text}\n`);
    return 0;
  } catch (error) {
    const [code, where, message] =
      error instanceof Fault ? [error.code, error.where, error.message] : (['not_judged', {}, reasonOf(error)] as const);
    if (asJson) process.stdout.write(`${asciiJson({ ok: false, code, ...where, message })}\n`);
    else process.stderr.write(`${message}\n`);
    return error instanceof Fault ? 1 : 2;
  }
}

process.exitCode = await main(process.argv.slice(2));
