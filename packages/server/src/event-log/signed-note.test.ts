import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { openCheckpoint, signCheckpoint } from './checkpoint.ts';
import { encodeSignerKey, noteSigner, openNote } from './signed-note.ts';

interface Vector {
  title: string;
  signerKey: string;
  verifierKey: string;
  text: string;
  note: string;
}
const read = (name: string) => JSON.parse(readFileSync(new URL(`../../../../vectors/${name}.json`, import.meta.url), 'utf8')) as unknown;
const { notes } = read('signed-notes') as { notes: [Vector, Vector, Vector] };
const { small } = read('merkle-tree') as { small: { roots: string[] } };
const [go, unicode, checkpoint] = notes;

describe('[E2] notes are those of others', () => {
  test.each(notes)('$title: the same key signs the same note', ({ signerKey, verifierKey, text, note }) => {
    const signer = noteSigner(signerKey);
    expect(signer.verifierKey).toBe(verifierKey);
    expect(signer.sign(text)).toBe(note);
    expect(openNote(note, verifierKey)).toBe(text);
  });

  test('a checkpoint of the eight published leaves is byte for byte the one that OpenSSL signed', () => {
    const signer = noteSigner(checkpoint.signerKey);
    const root = Buffer.from(small.roots[8] ?? '', 'hex');
    expect(signCheckpoint(signer, { size: 8, root })).toBe(checkpoint.note);
    expect(openCheckpoint(checkpoint.note, signer)).toEqual({ origin: 'meet.example/conclave-log', size: 8, root });
  });
});

describe('a note opens only as it was signed', () => {
  test('[E2] any other character of the text, the name or the signature closes it', () => {
    const at = fc.integer({ min: 0, max: go.note.length - 1 });
    fc.assert(
      fc.property(at, fc.constantFrom('A', 'b', 'N', 'O', '\n', '=', '—'), (index, letter) => {
        fc.pre(go.note[index] !== letter);
        expect(openNote(go.note.slice(0, index) + letter + go.note.slice(index + 1), go.verifierKey)).toBeNull();
      }),
      { numRuns: 500 },
    );
  });

  test('[E2] another spelling of the same signature is no signature', () => {
    expect(openNote(go.note.replace(/M=\n$/, 'N=\n'), go.verifierKey)).toBeNull();
  });

  test('signatures of others beside ours do not matter, a wrong one of ours does', () => {
    const other = unicode.note.split('\n').at(-2) ?? '';
    expect(openNote(`${go.note}${other}\n`, go.verifierKey)).toBe(go.text);
    expect(openNote(`${go.text}\n${other}\n`, go.verifierKey)).toBeNull();
    const wrong = noteSigner(go.signerKey).sign('something else\n').split('\n').at(-2) ?? '';
    expect(openNote(`${go.note}${wrong}\n`, go.verifierKey)).toBeNull();
  });

  test.each(['', 'no newline', 'tab\tinside\n', 'carriage\r\n', '\ud800\n'])('%j is no text of a note', (text) => {
    expect(() => noteSigner(go.signerKey).sign(text)).toThrow('no note can have');
  });

  test.each(['', 'with space', 'with+plus'])('%j is no key name', (name) => {
    expect(() => encodeSignerKey(name, Buffer.alloc(32))).toThrow('key name');
  });

  test('a key whose id is not its own is refused', () => {
    expect(() => openNote(go.note, go.verifierKey.replace('c74f20a3', 'c74f20a4'))).toThrow('not a key');
    expect(() => noteSigner(go.signerKey.replace('PeterNeumann', 'PeterNewmann'))).toThrow('not a key');
    expect(() => noteSigner(go.verifierKey)).toThrow('not a key');
  });

  test.each(['meet.example/conclave-log\n08\n', 'meet.example/conclave-log\n-1\n', 'other.example/log\n8\n'])(
    '%j does not begin a checkpoint of this log',
    (start) => {
      const signer = noteSigner(checkpoint.signerKey);
      const root = checkpoint.text.split('\n')[2] ?? '';
      expect(openCheckpoint(signer.sign(`${start}${root}\n`), signer)).toBeNull();
      expect(openCheckpoint(signer.sign(`${checkpoint.text}extension\n`), signer)).toBeNull();
    },
  );
});
