import { describe, expect, test } from 'vitest';
import { roomTokenOf, takeAddressSecrets } from './address-secrets.ts';

function openAt(address: string) {
  const url = new URL(address, 'https://meet.example.org');
  const stored = new Map<string, string>();
  let shown = url.pathname + url.search + url.hash;
  const storage = {
    getItem: (key: string) => stored.get(key) ?? null,
    setItem: (key: string, value: string) => void stored.set(key, value),
  };
  const history = {
    state: null,
    replaceState: (_: unknown, __: string, path?: string | URL | null) => {
      shown = String(path);
    },
  };
  const secrets = takeAddressSecrets({ location: url, history, storage });
  return { secrets, storage, shown: () => shown };
}

describe('secrets in the address', () => {
  test('the token of an owner link is read and leaves the address', () => {
    const page = openAt('/setup#token=abc');
    expect(page.secrets.setupToken).toBe('abc');
    expect(page.shown()).toBe('/setup');
  });

  test('a room token is kept for this tab and this room, and leaves the address; other parameters stay', () => {
    const page = openAt('/weekly?token=aaa.bbb.ccc&lang=de#x');
    expect(page.shown()).toBe('/weekly?lang=de#x');
    expect(roomTokenOf('weekly', page.storage)).toBe('aaa.bbb.ccc');
    expect(roomTokenOf('other', page.storage)).toBeNull();
  });

  test('a fragment that is not an owner link is left alone', () => {
    const page = openAt('/weekly#token=abc');
    expect(page.secrets.setupToken).toBeNull();
    expect(page.shown()).toBe('/weekly#token=abc');
  });

  test('an empty token counts as none', () => {
    const page = openAt('/weekly?token=');
    expect(roomTokenOf('weekly', page.storage)).toBeNull();
    expect(page.shown()).toBe('/weekly');
  });

  test('storage that throws costs the memory of a reload, not the page', () => {
    const url = new URL('https://meet.example.org/weekly?token=t');
    const closed = {
      getItem: () => {
        throw new Error('closed');
      },
      setItem: () => {
        throw new Error('closed');
      },
    };
    expect(takeAddressSecrets({ location: url, history: { state: null, replaceState: () => {} }, storage: closed }).setupToken).toBeNull();
    expect(roomTokenOf('weekly', closed)).toBeNull();
  });
});
