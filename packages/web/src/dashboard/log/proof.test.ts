import { createHash, generateKeyPairSync, sign } from 'node:crypto';
import { RoomId } from '@conclave/protocol/ids';
import type { EventDetail } from '@conclave/protocol/rest/log';
import { describe, expect, test, vi } from 'vitest';
import { checkProof, overall, readCheckpoint } from './proof.ts';

// The tree is built here by the recursive definition of RFC 9162 §2.1, and signed by Node's OpenSSL: neither shares code with the page.
const sha256 = (...parts: Uint8Array[]) => createHash('sha256').update(Buffer.concat(parts)).digest();
const leafOf = (entry: string) => sha256(Buffer.of(0), Buffer.from(entry));
const splitOf = (count: number) => 2 ** Math.ceil(Math.log2(count) - 1);
function rootOf(leaves: readonly Buffer[]): Buffer {
  const [only] = leaves;
  if (leaves.length === 1 && only) return only;
  const split = splitOf(leaves.length);
  return sha256(Buffer.of(1), rootOf(leaves.slice(0, split)), rootOf(leaves.slice(split)));
}
function pathOf(index: number, leaves: readonly Buffer[]): Buffer[] {
  if (leaves.length === 1) return [];
  const split = splitOf(leaves.length);
  return index < split
    ? [...pathOf(index, leaves.slice(0, split)), rootOf(leaves.slice(split))]
    : [...pathOf(index - split, leaves.slice(split)), rootOf(leaves.slice(0, split))];
}

const ORIGIN = 'meet.example.org/conclave-log';
const { privateKey, publicKey } = generateKeyPairSync('ed25519');
const typedKey = Buffer.concat([Buffer.of(1), publicKey.export({ format: 'der', type: 'spki' }).subarray(-32)]);
const keyId = sha256(Buffer.from(`${ORIGIN}\n`), typedKey).subarray(0, 4);
const KEY = { origin: ORIGIN, publicKey: `${ORIGIN}+${keyId.toString('hex')}+${typedKey.toString('base64')}` };

function noteOf(size: number, root: Buffer, origin = ORIGIN): string {
  const text = `${origin}\n${size}\n${root.toString('base64')}\n`;
  const signature = Buffer.concat([keyId, sign(null, Buffer.from(text), privateKey)]).toString('base64');
  return `${text}\n— witness.example/x ${Buffer.alloc(68).toString('base64')}\n— ${ORIGIN} ${signature}\n`;
}

const said = (seq: number) => ({
  seq,
  id: '00000000-0000-4000-8000-000000000001',
  time: '2026-11-24T09:00:00.000Z',
  category: 'administration' as const,
  name: 'room.changed',
  actor: { kind: 'member' as const, id: 'olivia', authenticatedBy: 'cookie' as const },
  target: null,
  team: null,
  room: RoomId.parse('00000000-0000-4000-8000-000000000002'),
  session: null,
  result: 'done' as const,
  data: { before: { description: 'Ä “old”' }, after: { description: null } },
});
const entryOf = (seq: number) => JSON.stringify({ ...said(seq), personal: { name: { key: 'k', sealed: 's' } }, v: 1 });

function detailOf(seq: number, size: number): EventDetail & { proof: NonNullable<EventDetail['proof']> } {
  const leaves = Array.from({ length: size }, (_, index) => leafOf(entryOf(index)));
  return {
    view: { ...said(seq), personal: { name: 'Olivia' } },
    entry: entryOf(seq),
    leafHash: leafOf(entryOf(seq)).toString('base64'),
    proof: { size, path: pathOf(seq, leaves).map((hash) => hash.toString('base64')), checkpoint: noteOf(size, rootOf(leaves)) },
    roomName: null,
  };
}
const good = { shown: 'good', leaf: 'good', path: 'good', signature: 'good' };

describe('the proof of an event, checked in the browser', () => {
  test.each([1, 2, 3, 4, 5, 7, 8, 9, 255, 256, 257])('holds for the events of a log of %i entries', async (size) => {
    const seqs = [0, 1, Math.floor(size / 2), size - 2, size - 1].filter((seq) => seq >= 0 && seq < size);
    expect(await Promise.all(seqs.map((seq) => checkProof(detailOf(seq, size), KEY)))).toEqual(seqs.map(() => good));
  });

  test('says that there is none yet', async () => expect(await checkProof({ ...detailOf(0, 1), proof: null }, KEY)).toBeNull());

  const broken: [string, (detail: ReturnType<typeof detailOf>) => EventDetail, Partial<typeof good>][] = [
    [
      'one letter of the entry is another',
      (d) => ({ ...d, entry: d.entry.replace('old', 'odd') }),
      { shown: 'bad', leaf: 'bad', path: 'bad' },
    ],
    [
      'what is shown is not what is stored',
      (d) => ({ ...d, view: { ...d.view, actor: { ...d.view.actor, id: 'mallory' } } }),
      { shown: 'bad' },
    ],
    ['a person is shown that the entry does not have', (d) => ({ ...d, view: { ...d.view, personal: { email: 'x' } } }), { shown: 'bad' }],
    ['the hash of the entry is another', (d) => ({ ...d, leafHash: Buffer.alloc(32).toString('base64') }), { leaf: 'bad' }],
    ['the path is one short', (d) => ({ ...d, proof: { ...d.proof, path: d.proof.path.slice(1) } }), { path: 'bad' }],
    ['the path is one long', (d) => ({ ...d, proof: { ...d.proof, path: [...d.proof.path, d.leafHash] } }), { path: 'bad' }],
    ['the path is in another order', (d) => ({ ...d, proof: { ...d.proof, path: d.proof.path.toReversed() } }), { path: 'bad' }],
    ['the path is no hash', (d) => ({ ...d, proof: { ...d.proof, path: ['***'] } }), { path: 'bad' }],
    ['the size is another', (d) => ({ ...d, proof: { ...d.proof, size: d.proof.size + 1 } }), { path: 'bad' }],
    [
      'the checkpoint is of another tree, well signed',
      (d) => ({ ...d, proof: { ...d.proof, checkpoint: noteOf(d.proof.size, Buffer.alloc(32)) } }),
      { path: 'bad' },
    ],
    [
      'the checkpoint is of another log, well signed',
      (d) => ({
        ...d,
        proof: {
          ...d.proof,
          checkpoint: noteOf(d.proof.size, Buffer.from(readCheckpoint(d.proof.checkpoint)?.root ?? '', 'base64'), 'other'),
        },
      }),
      { path: 'bad' },
    ],
    [
      'the root was changed after signing',
      (d) => ({
        ...d,
        proof: { ...d.proof, checkpoint: d.proof.checkpoint.replace(readCheckpoint(d.proof.checkpoint)?.root ?? '', d.leafHash) },
      }),
      { path: 'bad', signature: 'bad' },
    ],
    [
      'the checkpoint is not signed',
      (d) => ({ ...d, proof: { ...d.proof, checkpoint: d.proof.checkpoint.split('\n\n')[0] ?? '' } }),
      { signature: 'bad' },
    ],
    ['the checkpoint is junk', (d) => ({ ...d, proof: { ...d.proof, checkpoint: 'x' } }), { path: 'bad', signature: 'bad' }],
  ];
  test.each(broken)('fails where %s', async (_title, change, outcome) => {
    const checks = await checkProof(change(detailOf(5, 11)), KEY);
    expect(checks).toEqual({ ...good, ...outcome });
    expect(checks && overall(checks)).toBe('bad');
  });

  test('fails under another key, also where its name and id were kept', async () => {
    const other = Buffer.concat([Buffer.of(1), Buffer.alloc(32, 7)]);
    const id = sha256(Buffer.from(`${ORIGIN}\n`), other)
      .subarray(0, 4)
      .toString('hex');
    const keys = [`${ORIGIN}+${id}+${other.toString('base64')}`, `${ORIGIN}+${keyId.toString('hex')}+${other.toString('base64')}`, 'x'];
    const checks = await Promise.all(keys.map((vkey) => checkProof(detailOf(5, 11), { ...KEY, publicKey: vkey })));
    expect(checks).toEqual(keys.map(() => ({ ...good, signature: 'bad' })));
  });

  test('a browser without Ed25519 says that it cannot check the signature', async () => {
    vi.spyOn(crypto.subtle, 'importKey').mockRejectedValue(new DOMException('', 'NotSupportedError'));
    const checks = await checkProof(detailOf(5, 11), KEY);
    expect(checks).toEqual({ ...good, signature: 'unknown' });
    expect(checks && overall(checks)).toBe('unknown');
  });
});
