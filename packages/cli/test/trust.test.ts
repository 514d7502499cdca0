import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium } from '@playwright/test';
import { loadServerCertificate } from '@conclave/runtime/certificates';
import { buildHttpsServer, type HttpsServer } from '@conclave/runtime/https-server';
import { createLog } from '@conclave/runtime/log';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { hasCommand } from '../src/command.ts';
import { addToNssStores, hasCertutil, isInChromiumStore, removeFromNssStores } from '../src/nss-stores.ts';

const BROWSER = '/usr/bin/chromium';
const NICKNAME = 'Conclave local CA test';
let home: string;
let app: HttpsServer;
let caFile: string;
let origin: string;

beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'conclave-trust-'));
  const {
    key,
    cert,
    caFile: file,
  } = await loadServerCertificate({ dataDir: join(home, 'data'), host: 'localhost', announcedIps: ['127.0.0.1'] });
  caFile = file ?? '';
  app = buildHttpsServer({ log: createLog({ logLevel: 'silent' }, 'test'), tls: { key, cert } });
  app.get('/', async () => 'hello');
  origin = (await app.listen({ port: 0, host: '127.0.0.1' })).replace('127.0.0.1', 'localhost');
});
afterAll(async () => {
  await app.close();
  await rm(home, { recursive: true });
});

/** What Chromium of a user with this home makes of the page: its text, or its network error. */
async function visit(): Promise<string> {
  const browser = await chromium.launch({
    executablePath: BROWSER,
    args: ['--no-sandbox'],
    env: { ...process.env, HOME: home },
  });
  try {
    const page = await browser.newPage();
    await page.goto(origin);
    return await page.innerText('body');
  } catch (error) {
    return /net::\w+/.exec(String(error))?.[0] ?? String(error);
  } finally {
    await browser.close();
  }
}

describe.skipIf(!hasCertutil() || !hasCommand('chromium'))('trust, with certutil and Chromium', { timeout: 60_000 }, () => {
  test('Chromium warns before, does not after trust, and warns again after untrust', async () => {
    const user = { home };
    expect(await visit()).toBe('net::ERR_CERT_AUTHORITY_INVALID');
    expect(await isInChromiumStore(user, NICKNAME)).toBe(false);

    const stores = await addToNssStores(user, caFile, NICKNAME);
    expect(stores).toContain(join(home, '.pki/nssdb'));
    expect(await isInChromiumStore(user, NICKNAME)).toBe(true);
    expect(await visit()).toBe('hello');
    expect(await addToNssStores(user, caFile, NICKNAME)).toEqual(stores);

    expect(await removeFromNssStores(user, NICKNAME)).toEqual(stores);
    expect(await isInChromiumStore(user, NICKNAME)).toBe(false);
    expect(await visit()).toBe('net::ERR_CERT_AUTHORITY_INVALID');
    expect(await removeFromNssStores(user, NICKNAME)).toEqual([]);
  });
});
