import { expect, test } from 'vitest';
import { protect, unprotect } from './srtp.mjs';

// RFC 7714 §16.1.1
const session = { key: Buffer.from('000102030405060708090a0b0c0d0e0f', 'hex'), salt: Buffer.from('517569642070726f2071756f', 'hex') };
const plain = Buffer.concat([Buffer.from('8040f17b8041f8d35501a0b2', 'hex'), Buffer.from('Gallia est omnis divisa in partes tres')]);
const sealed = Buffer.from(
  '8040f17b8041f8d35501a0b2f24de3a3fb34de6cacba861c9d7e4bcabe633bd50d294e6f42a5f47a51c7d19b36de3adf8833899d7f27beb16a9152cf765ee4390cce',
  'hex',
);

test('an RTP packet is sealed as in the vector of RFC 7714', () => {
  expect(protect(plain, session).toString('hex')).toBe(sealed.toString('hex'));
});

test('a sealed packet gives its payload back, and none when a bit of it or of its header changed', () => {
  expect(unprotect(sealed, session).toString()).toBe('Gallia est omnis divisa in partes tres');
  for (const position of [1, 20, sealed.length - 1]) {
    const changed = Buffer.from(sealed);
    changed.writeUInt8(changed.readUInt8(position) ^ 1, position);
    expect(() => unprotect(changed, session)).toThrow();
  }
});
