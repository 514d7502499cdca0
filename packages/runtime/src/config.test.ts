import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { childEnvironment, ConfigError, loadConfig, publicOrigin } from './config.ts';
import { reachableAddresses } from './network-addresses.ts';
import { Secret } from './secret.ts';

let cwd: string;
beforeEach(() => {
  cwd = mkdtempSync(join(tmpdir(), 'conclave-config-'));
});
afterEach(() => rmSync(cwd, { recursive: true }));

function faultsOf(env: Record<string, string>): readonly string[] {
  try {
    loadConfig(env, cwd);
  } catch (error) {
    if (error instanceof ConfigError) return error.faults;
    throw error;
  }
  return [];
}

describe('configuration', () => {
  test('nothing set gives a development installation on localhost', () => {
    const config = loadConfig({}, cwd);
    expect(config).toMatchObject({
      env: 'development',
      host: 'localhost',
      httpsPort: 8443,
      httpPort: 8080,
      mediaPort: 10_000,
      dataDir: join(cwd, 'data'),
    });
    expect(config.announcedIps[0]).toBe('127.0.0.1');
    expect(publicOrigin(config)).toBe('https://localhost:8443');
  });

  test('a variable beats conclave.toml, which beats the default; an empty variable counts as unset', () => {
    writeFileSync(join(cwd, 'conclave.toml'), 'https_port = 9443\nhttp_port = 9080\nannounced_ip = ["192.0.2.1", "192.0.2.2"]\n');
    const config = loadConfig({ CONCLAVE_HTTP_PORT: '7080', CONCLAVE_HTTPS_PORT: '' }, cwd);
    expect(config).toMatchObject({ httpsPort: 9443, httpPort: 7080, mediaPort: 10_000, announcedIps: ['192.0.2.1', '192.0.2.2'] });
  });

  test('all faults are reported at once, by name and never by value', () => {
    writeFileSync(join(cwd, 'conclave.toml'), 'colour = "hidden-colour"\nhttp_port = "hidden-port"\n');
    const faults = faultsOf({
      CONCLAVE_HTTPS_PORT: '70000',
      CONCLAVE_ENV: 'hidden-env',
      CONCLAVE_ANNOUNCED_IP: '127.0.0.1,hidden-address',
      DATABASE_URL: 'mysql://hidden-password@host',
      CONCLAVE_TLS_CERT: '/hidden/file',
    });
    expect(faults).toEqual([
      'conclave.toml: colour: no such setting',
      'CONCLAVE_ENV: must be development, test or production',
      'CONCLAVE_HTTPS_PORT: must be a whole number from 0 to 65535',
      'CONCLAVE_HTTP_PORT: must be a whole number',
      'CONCLAVE_ANNOUNCED_IP: must be IP addresses, separated by commas',
      'DATABASE_URL: must begin with postgres:// or postgresql://',
      'CONCLAVE_TLS_CERT, CONCLAVE_TLS_KEY: give both or neither',
    ]);
    expect(new ConfigError(faults).message).not.toContain('hidden');
  });

  test('sinks of the event log are syslog over TLS or files, and nothing that says more than where', () => {
    const sinks = (given: string) => loadConfig({ CONCLAVE_LOG_SINKS: given }, cwd).logSinks;
    expect(sinks('')).toEqual([]);
    const good = ['syslog+tls://siem.example.org:6514', 'syslog+tls://[2001:db8::1]', 'file:///var/log/conclave/events.jsonl'];
    expect(sinks(good.join(', '))).toEqual(good);
    for (const bad of [
      'syslog://a',
      'syslog+tls://u:secret@a',
      'syslog+tls://a/path',
      'file://host/path',
      'file:///directory/',
      'events.jsonl',
    ])
      expect(faultsOf({ CONCLAVE_LOG_SINKS: bad })).toEqual([
        'CONCLAVE_LOG_SINKS: must be syslog+tls://HOST:PORT or file:///PATH, separated by commas',
      ]);
    expect(faultsOf({ CONCLAVE_LOG_SINK_KEY: '/key.pem' })).toEqual([
      'CONCLAVE_LOG_SINK_CERT, CONCLAVE_LOG_SINK_KEY: give both or neither',
    ]);
  });

  test('a broken conclave.toml is named by line, without its text', () => {
    writeFileSync(join(cwd, 'conclave.toml'), 'https_port = 1\ndatabase_url = postgres://hidden\n');
    expect(faultsOf({})).toEqual([expect.stringMatching(/^conclave\.toml: cannot be read at line 2, column \d+$/)]);
  });

  test('production refuses development defaults', () => {
    expect(faultsOf({ CONCLAVE_ENV: 'production', CONCLAVE_ANNOUNCED_IP: '192.0.2.1' })).toEqual([
      'CONCLAVE_HOST: production needs the public host name',
      'CONCLAVE_TLS_CERT, CONCLAVE_TLS_KEY: production needs a certificate that browsers trust, or CONCLAVE_ACME_URL',
    ]);
  });

  test('a certificate is ordered only by who agreed to the terms, and proxies are trusted by name', () => {
    expect(
      faultsOf({
        CONCLAVE_ACME_URL: 'https://acme.example/directory',
        CONCLAVE_TLS_CERT: 'c.pem',
        CONCLAVE_TLS_KEY: 'k.pem',
        CONCLAVE_PROXY_PROTOCOL: 'true',
      }),
    ).toEqual([
      'CONCLAVE_ACME_TERMS_AGREED: must be true before a certificate can be ordered',
      'CONCLAVE_ACME_URL, CONCLAVE_TLS_CERT: give one of them',
      'CONCLAVE_PROXY_PROTOCOL: CONCLAVE_TRUSTED_PROXIES must say from whom',
    ]);
    for (const wrong of ['0.0.0.0/0', '::/0', '10.0.0.0/33', 'proxy.example', '2'])
      expect(faultsOf({ CONCLAVE_TRUSTED_PROXIES: wrong })).toEqual([
        expect.stringContaining('CONCLAVE_TRUSTED_PROXIES: must be IP addresses or CIDRs'),
      ]);
    const { trustedProxies } = loadConfig({ CONCLAVE_TRUSTED_PROXIES: '192.0.2.0/24, 2001:db8::7' }, cwd);
    expect(trustedProxies).toEqual(['192.0.2.0/24', '2001:db8::7']);
  });

  test('production listens on 443 and 80 and never announces loopback by itself', () => {
    const config = loadConfig(
      {
        CONCLAVE_ENV: 'production',
        CONCLAVE_HOST: 'meet.example',
        CONCLAVE_TLS_CERT: 'c.pem',
        CONCLAVE_TLS_KEY: 'k.pem',
        CONCLAVE_ANNOUNCED_IP: '192.0.2.1',
      },
      cwd,
    );
    expect(config).toMatchObject({ httpsPort: 443, httpPort: 80, tlsCertFile: join(cwd, 'c.pem'), announcedIps: ['192.0.2.1'] });
    expect(publicOrigin(config)).toBe('https://meet.example');
  });

  test('media on the port of pages is UDP alone, with one worker', () => {
    const { mediaTcp, mediaWorkers } = loadConfig({ CONCLAVE_MEDIA_PORT: '8443' }, cwd);
    expect([mediaTcp, mediaWorkers]).toEqual([false, 1]);
    expect(loadConfig({ CONCLAVE_HTTPS_PORT: '443' }, cwd).mediaTcp).toBe(true);
    expect(loadConfig({ CONCLAVE_HTTPS_PORT: '0', CONCLAVE_MEDIA_PORT: '0' }, cwd).mediaTcp).toBe(true);
    expect(faultsOf({ CONCLAVE_MEDIA_PORT: '443', CONCLAVE_HTTPS_PORT: '443', CONCLAVE_MEDIA_WORKERS: '2' })).toEqual([
      'CONCLAVE_MEDIA_WORKERS: must be 1 where CONCLAVE_MEDIA_PORT is the port of pages: another worker has no port there',
    ]);
  });

  test('a secret shows its value only when asked', () => {
    const { databaseUrl } = loadConfig({ DATABASE_URL: 'postgres://u:hidden@127.0.0.1/db' }, cwd);
    expect(databaseUrl?.reveal()).toContain('hidden');
    const wrapped = { databaseUrl };
    expect(`${String(databaseUrl)} ${JSON.stringify(wrapped)} ${inspect(wrapped, { showHidden: true })}`).not.toContain('hidden');
    expect(String(new Secret('x'))).toBe('[secret]');
  });

  test('a child sees the replaced settings and all others as they were', () => {
    const given = { PATH: '/bin', CONCLAVE_HOST: 'meet.example', DATABASE_URL: 'postgres://u:p@h/d', GONE: undefined };
    const env = childEnvironment({ httpsPort: '1234', databaseUrl: null }, given);
    expect(env).toEqual({ PATH: '/bin', CONCLAVE_HOST: 'meet.example', CONCLAVE_HTTPS_PORT: '1234' });
  });
});

test('addresses that no other machine can use are not announced', () => {
  const entry = (address: string, family: 'IPv4' | 'IPv6', internal = false) =>
    ({ address, family, internal, netmask: '', mac: '', cidr: null, ...(family === 'IPv6' && { scopeid: 0 }) }) as never; // the shape of os.networkInterfaces, with what matters here
  expect(
    reachableAddresses({
      lo: [entry('127.0.0.1', 'IPv4', true)],
      eth0: [entry('2001:db8::1', 'IPv6'), entry('fe80::1', 'IPv6'), entry('192.0.2.7', 'IPv4'), entry('169.254.1.1', 'IPv4')],
    }),
  ).toEqual(['192.0.2.7', '2001:db8::1']);
});
