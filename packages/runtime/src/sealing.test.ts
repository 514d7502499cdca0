import { chmod, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { loadMasterKeys, seal, unseal } from './sealing.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'conclave-keys-'));
});
afterAll(() => rm(folder, { recursive: true }));

describe('the master key', () => {
  test('is made once, also by several processes at once, and only its owner may read it', async () => {
    const made = await Promise.all(Array.from({ length: 8 }, () => loadMasterKeys(folder)));
    expect(new Set(made.map((keys) => keys.sealing.reveal())).size).toBe(1);
    expect((await loadMasterKeys(folder)).cookies.reveal()).toBe(made[0]?.cookies.reveal());
    expect(await readdir(join(folder, 'secrets'))).toEqual(['master.key']);
    expect((await stat(join(folder, 'secrets', 'master.key'))).mode & 0o777).toBe(0o600);
  });

  test('gives a key of its own to each use and shows none of them', async () => {
    const keys = await loadMasterKeys(folder);
    const file = (await readFile(join(folder, 'secrets', 'master.key'), 'utf8')).trim();
    expect(new Set([keys.sealing.reveal(), keys.cookies.reveal(), file]).size).toBe(3);
    expect(inspect(keys) + JSON.stringify(keys)).not.toContain(keys.sealing.reveal());
  });

  test('a damaged file stops the start', async () => {
    const other = await mkdtemp(join(folder, 'damaged-'));
    await loadMasterKeys(other);
    const path = join(other, 'secrets', 'master.key');
    await chmod(path, 0o600);
    await writeFile(path, 'short');
    await expect(loadMasterKeys(other)).rejects.toThrow('is not a key of 32 bytes');
  });
});

describe('sealing', () => {
  test('opens with the same key and context only, and not after a change of any byte', async () => {
    const { sealing, cookies } = await loadMasterKeys(folder);
    const sealed = seal(sealing, 'a developer key', 'row 1');
    expect(unseal(sealing, sealed, 'row 1')).toBe('a developer key');
    expect(sealed.toString('latin1')).not.toContain('developer');
    expect(() => unseal(sealing, sealed, 'row 2')).toThrow();
    expect(() => unseal(cookies, sealed, 'row 1')).toThrow();
    for (let index = 0; index < sealed.length; index += 1) {
      const changed = Buffer.from(sealed);
      changed.writeUInt8(changed.readUInt8(index) ^ 1, index);
      expect(() => unseal(sealing, changed, 'row 1')).toThrow();
    }
  });
});
