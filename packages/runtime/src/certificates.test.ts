import { execFileSync } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createLeaf } from './certificate-authority.ts';
import { authorityFile, loadServerCertificate } from './certificates.ts';
import { internalHostName, loadInternalIdentity } from './internal-identity.ts';

const DAY_MS = 24 * 60 * 60 * 1000;
let dataDir: string;
beforeEach(() => {
  dataDir = mkdtempSync(join(tmpdir(), 'conclave-tls-'));
});
afterEach(() => rmSync(dataDir, { recursive: true }));

const at = (nowMs: number) => ({ nowMs: () => nowMs });
const wanted = (host = 'localhost', announcedIps = ['127.0.0.1', '192.168.7.9']) => ({ dataDir, host, announcedIps });

function opensslVerify(leafPem: string, caFile: string, options: string[] = []): string {
  const file = join(dataDir, 'leaf-to-verify.pem');
  writeFileSync(file, leafPem);
  return execFileSync('openssl', ['verify', '-x509_strict', '-CAfile', caFile, ...options, file], {
    encoding: 'utf8',
    stdio: 'pipe',
  }).trim();
}

describe('certificates for browsers', () => {
  test('OpenSSL accepts the chain for localhost and the loopback addresses', async () => {
    const { cert } = await loadServerCertificate(wanted());
    for (const options of [
      ['-verify_hostname', 'localhost'],
      ['-verify_ip', '127.0.0.1'],
      ['-verify_ip', '::1'],
      ['-verify_ip', '192.168.7.9'],
      ['-purpose', 'sslserver'],
    ]) {
      expect(opensslVerify(cert, authorityFile(dataDir), options)).toMatch(/: OK$/);
    }
  });

  test('the hosts of further teams, one label below the plain host, are covered', async () => {
    const { cert } = await loadServerCertificate(wanted('meet.example.org'));
    for (const name of ['meet.example.org', 'second-team.meet.example.org']) {
      expect(opensslVerify(cert, authorityFile(dataDir), ['-verify_hostname', name])).toMatch(/: OK$/);
    }
    expect(await loadServerCertificate(wanted('meet.example.org'))).toMatchObject({ cert });
  });

  test('the CA cannot sign for a name of the internet', async () => {
    await loadServerCertificate(wanted());
    const authority = { cert: readFileSync(authorityFile(dataDir), 'utf8'), key: readFileSync(join(dataDir, 'tls/ca-key.pem'), 'utf8') };
    for (const name of ['bank.example', '192.0.2.1']) {
      const forged = await createLeaf({ authority, commonName: 'x', names: [name], usages: ['server'], days: 30, nowMs: Date.now() });
      expect(() => opensslVerify(forged.cert, authorityFile(dataDir))).toThrow(/permitted subtree violation/);
    }
  });

  test('no certificate lives longer than browsers allow, and keys are readable by the owner only', async () => {
    const { cert } = await loadServerCertificate(wanted());
    const leaf = new X509Certificate(cert);
    expect(leaf.validToDate.getTime() - leaf.validFromDate.getTime()).toBeLessThanOrEqual(397 * DAY_MS);
    for (const file of ['tls/ca-key.pem', 'tls/server.pem']) expect(statSync(join(dataDir, file)).mode & 0o777).toBe(0o600);
  });

  test('the certificate is kept until 30 days before its end, the CA beyond', async () => {
    const start = Date.now();
    const first = await loadServerCertificate(wanted(), at(start));
    const authority = readFileSync(authorityFile(dataDir), 'utf8');
    expect(await loadServerCertificate(wanted(), at(start + 300 * DAY_MS))).toEqual(first);
    const second = await loadServerCertificate(wanted(), at(start + 370 * DAY_MS));
    expect(second.cert).not.toBe(first.cert);
    expect(readFileSync(authorityFile(dataDir), 'utf8')).toBe(authority);
  });

  test('a new address gives a new certificate from the same CA', async () => {
    await loadServerCertificate(wanted());
    const authority = readFileSync(authorityFile(dataDir), 'utf8');
    const { cert } = await loadServerCertificate(wanted('localhost', ['10.9.8.7']));
    expect(opensslVerify(cert, authorityFile(dataDir), ['-verify_ip', '10.9.8.7'])).toMatch(/: OK$/);
    expect(readFileSync(authorityFile(dataDir), 'utf8')).toBe(authority);
  });

  test('a host name that the CA may not sign for gives a new CA that may', async () => {
    await loadServerCertificate(wanted());
    const { cert } = await loadServerCertificate(wanted('meet.example'));
    expect(opensslVerify(cert, authorityFile(dataDir), ['-verify_hostname', 'meet.example'])).toMatch(/: OK$/);
  });

  test('processes that start at once agree on one CA', async () => {
    const all = await Promise.all(Array.from({ length: 5 }, () => loadServerCertificate(wanted())));
    for (const { cert } of all) expect(opensslVerify(cert, authorityFile(dataDir))).toMatch(/: OK$/);
  });

  test('configured files are served as they are', async () => {
    const { cert, key } = await loadServerCertificate(wanted());
    const [tlsCertFile, tlsKeyFile] = [join(dataDir, 'own.pem'), join(dataDir, 'own.key')];
    writeFileSync(tlsCertFile, cert);
    writeFileSync(tlsKeyFile, key);
    expect(await loadServerCertificate({ ...wanted('meet.example'), tlsCertFile, tlsKeyFile })).toEqual({ cert, key });
  });
});

describe('internal certificates', () => {
  test('OpenSSL accepts each part as client and as server, under its own name', async () => {
    for (const part of ['server', 'media'] as const) {
      const { cert } = await loadInternalIdentity(dataDir, part);
      for (const purpose of ['sslclient', 'sslserver']) {
        expect(
          opensslVerify(cert, join(dataDir, 'internal/ca.pem'), ['-purpose', purpose, '-verify_hostname', internalHostName(part)]),
        ).toMatch(/: OK$/);
      }
    }
  });

  test('the CA for browsers does not make a part', async () => {
    await loadServerCertificate(wanted());
    const { cert } = await loadInternalIdentity(dataDir, 'server');
    expect(() => opensslVerify(cert, authorityFile(dataDir))).toThrow();
  });
});
