import { existsSync, readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parse, TomlError } from 'smol-toml';
import { z } from 'zod';
import { anyAddress, reachableAddresses } from './network-addresses.ts';
import type { Secret } from './secret.ts';
import { SETTINGS, tomlKey, type SettingName } from './settings.ts';

/** Everything a process may know about its surroundings. Paths are absolute; ports may be 0 for "choose". */
export interface Config {
  readonly env: 'development' | 'test' | 'production';
  readonly dataDir: string;
  readonly host: string;
  /** An IP address; `::` also takes IPv4. */
  readonly listenAddress: string;
  readonly httpsPort: number;
  readonly httpPort: number;
  readonly mediaPort: number;
  /** Whether media is also taken over TCP on its port; not where that is the port of pages. */
  readonly mediaTcp: boolean;
  /** At least one; the first is the best guess for most browsers. */
  readonly announcedIps: readonly string[];
  readonly mediaWorkers: number;
  readonly consumersPerWorker: number;
  readonly databaseUrl?: Secret;
  readonly tlsCertFile?: string;
  readonly tlsKeyFile?: string;
  /** Addresses and CIDRs */
  readonly trustedProxies: readonly string[];
  readonly proxyProtocol: boolean;
  readonly turnProxyPort?: number;
  readonly turnSecret?: Secret;
  /** The program that `conclave start` relays by; without it there is no relay but one of the operator's own. */
  readonly turnserverBin?: string;
  readonly acme?: AcmeConfig;
  readonly mediaInternalPort: number;
  /** 0: no metrics are told. */
  readonly metricsPort: number;
  /** Where it is not `internal` in the data directory. */
  readonly internalDir?: string;
  readonly mediaNodeUrl?: string;
  readonly workerBin?: string;
  readonly webDir: string;
  readonly checkpointDir: string;
  readonly checkpointUrl?: string;
  readonly checkpointEmail?: string;
  readonly logFloorSessionDays: number;
  readonly logFloorSecurityDays: number;
  readonly logFloorAdministrationDays: number;
  readonly logAddressDays: number;
  /** `syslog+tls://HOST:PORT` or `file:///PATH` */
  readonly logSinks: readonly string[];
  readonly logSinkCaFile?: string;
  readonly logSinkCertFile?: string;
  readonly logSinkKeyFile?: string;
  readonly smtpUrl?: Secret;
  readonly mailFrom: string;
  readonly logLevel: 'debug' | 'info' | 'warn' | 'error' | 'silent';
}

/** Where the certificate is ordered. Names are those beside `host`. */
export interface AcmeConfig {
  readonly directoryUrl: string;
  readonly names: readonly string[];
  readonly email?: string;
  readonly caFile?: string;
}

/** All that is wrong with a configuration, one line each; lines name settings and never show values. */
export class ConfigError extends Error {
  readonly faults: readonly string[];

  constructor(faults: readonly string[]) {
    super(
      `the configuration has ${faults.length === 1 ? 'a fault' : `${faults.length} faults`}:\n${faults.map((fault) => `  ${fault}`).join('\n')}`,
    );
    this.name = 'ConfigError';
    this.faults = faults;
  }
}

/** Where Debian's coturn puts it. */
const TURNSERVER = '/usr/bin/turnserver';

type Environment = Readonly<Record<string, string | undefined>>;

const names = Object.keys(SETTINGS) as SettingName[]; // keys of a const object: exactly SettingName

const Given = z.object({
  env: SETTINGS.env.schema.default('development'),
  dataDir: SETTINGS.dataDir.schema.default('./data'),
  host: SETTINGS.host.schema.optional(),
  listenAddress: SETTINGS.listenAddress.schema.optional(),
  httpsPort: SETTINGS.httpsPort.schema.optional(),
  httpPort: SETTINGS.httpPort.schema.optional(),
  mediaPort: SETTINGS.mediaPort.schema.default(10_000),
  announcedIps: SETTINGS.announcedIps.schema.optional(),
  mediaWorkers: SETTINGS.mediaWorkers.schema.optional(),
  consumersPerWorker: SETTINGS.consumersPerWorker.schema.default(500),
  databaseUrl: SETTINGS.databaseUrl.schema.optional(),
  tlsCertFile: SETTINGS.tlsCertFile.schema.optional(),
  tlsKeyFile: SETTINGS.tlsKeyFile.schema.optional(),
  trustedProxies: SETTINGS.trustedProxies.schema.default([]),
  proxyProtocol: SETTINGS.proxyProtocol.schema.default(false),
  turnProxyPort: SETTINGS.turnProxyPort.schema.optional(),
  turnSecret: SETTINGS.turnSecret.schema.optional(),
  turnserverBin: SETTINGS.turnserverBin.schema.optional(),
  acmeUrl: SETTINGS.acmeUrl.schema.optional(),
  acmeTermsAgreed: SETTINGS.acmeTermsAgreed.schema.default(false),
  acmeEmail: SETTINGS.acmeEmail.schema.optional(),
  acmeNames: SETTINGS.acmeNames.schema.default([]),
  acmeCaFile: SETTINGS.acmeCaFile.schema.optional(),
  mediaInternalPort: SETTINGS.mediaInternalPort.schema.default(0),
  metricsPort: SETTINGS.metricsPort.schema.default(0),
  internalDir: SETTINGS.internalDir.schema.optional(),
  mediaNodeUrl: SETTINGS.mediaNodeUrl.schema.optional(),
  workerBin: SETTINGS.workerBin.schema.optional(),
  webDir: SETTINGS.webDir.schema.optional(),
  checkpointDir: SETTINGS.checkpointDir.schema.optional(),
  checkpointUrl: SETTINGS.checkpointUrl.schema.optional(),
  checkpointEmail: SETTINGS.checkpointEmail.schema.optional(),
  logFloorSessionDays: SETTINGS.logFloorSessionDays.schema.default(7),
  logFloorSecurityDays: SETTINGS.logFloorSecurityDays.schema.default(180),
  logFloorAdministrationDays: SETTINGS.logFloorAdministrationDays.schema.default(365),
  logAddressDays: SETTINGS.logAddressDays.schema.default(7),
  logSinks: SETTINGS.logSinks.schema.default([]),
  logSinkCaFile: SETTINGS.logSinkCaFile.schema.optional(),
  logSinkCertFile: SETTINGS.logSinkCertFile.schema.optional(),
  logSinkKeyFile: SETTINGS.logSinkKeyFile.schema.optional(),
  smtpUrl: SETTINGS.smtpUrl.schema.optional(),
  mailFrom: SETTINGS.mailFrom.schema.optional(),
  logLevel: SETTINGS.logLevel.schema.optional(),
});
type Given = z.output<typeof Given>;

/**
 * Reads the configuration: variables over `conclave.toml` in `cwd` over defaults. An empty variable counts as unset.
 * @throws ConfigError with every fault at once.
 */
export function loadConfig(env: Environment = process.env, cwd: string = process.cwd()): Config {
  const faults: string[] = [];
  const file = readToml(join(cwd, 'conclave.toml'), faults);
  const raw = Object.fromEntries(names.map((name) => [name, env[SETTINGS[name].variable] || file[tomlKey(name)]]));
  const parsed = Given.safeParse(raw);
  if (!parsed.success) faults.push(...parsed.error.issues.map(describeIssue));
  // Judged on what could be read, so that a wrong port does not hide a missing host.
  faults.push(...judge(parsed.success ? parsed.data : readable(raw)));
  if (faults.length > 0 || !parsed.success) throw new ConfigError([...new Set(faults)]);
  return complete(parsed.data, cwd);
}

/** What a browser's address bar begins with: scheme, host, and the port unless it is 443. */
export function publicOrigin(config: Pick<Config, 'host' | 'httpsPort'>): string {
  return config.httpsPort === 443 ? `https://${config.host}` : `https://${config.host}:${config.httpsPort}`;
}

/**
 * The environment for a child process that is to see the same configuration, with some settings replaced.
 * It is `env` with the replaced variables set, those replaced by null left out; a setting from `conclave.toml` is read again by the child.
 */
export function childEnvironment(
  replaced: Partial<Record<SettingName, string | null>>,
  env: Environment = process.env,
): Record<string, string> {
  const set = names.flatMap((name) => (replaced[name] === undefined ? [] : [[SETTINGS[name].variable, replaced[name]] as const]));
  const all = Object.entries(Object.fromEntries([...Object.entries(env), ...set]));
  return Object.fromEntries(all.filter((entry): entry is [string, string] => typeof entry[1] === 'string'));
}

function readToml(path: string, faults: string[]): Record<string, unknown> {
  if (!existsSync(path)) return {};
  const known = new Set(names.map(tomlKey));
  try {
    const table = parse(readFileSync(path, 'utf8'));
    for (const key of Object.keys(table)) if (!known.has(key)) faults.push(`conclave.toml: ${key}: no such setting`);
    return table;
  } catch (error) {
    // The parser's own message quotes the line, which may hold a password.
    faults.push(
      error instanceof TomlError
        ? `conclave.toml: cannot be read at line ${error.line}, column ${error.column}`
        : 'conclave.toml: cannot be read',
    );
    return {};
  }
}

function describeIssue(issue: z.core.$ZodIssue): string {
  const name = issue.path[0] as SettingName; // the schema is an object with exactly these keys
  const nested = issue.code === 'invalid_union' ? issue.errors.flat().find((inner) => inner.code !== 'invalid_type') : undefined;
  const text = nested?.message ?? (issue.code === 'invalid_type' || issue.code === 'invalid_union' ? 'has the wrong type' : issue.message);
  return `${SETTINGS[name].variable}: ${text}`;
}

function readable(raw: Record<string, unknown>): Given {
  const good = names.filter((name) => SETTINGS[name].schema.safeParse(raw[name]).success).map((name) => [name, raw[name]]);
  return Given.parse(Object.fromEntries(good));
}

function judge(given: Given): string[] {
  const faults: string[] = [];
  const { variable: certVariable } = SETTINGS.tlsCertFile;
  const { variable: keyVariable } = SETTINGS.tlsKeyFile;
  for (const [cert, key] of [
    ['tlsCertFile', 'tlsKeyFile'],
    ['logSinkCertFile', 'logSinkKeyFile'],
  ] as const) {
    if ((given[cert] === undefined) !== (given[key] === undefined))
      faults.push(`${SETTINGS[cert].variable}, ${SETTINGS[key].variable}: give both or neither`);
  }
  if (given.acmeUrl !== undefined && !given.acmeTermsAgreed)
    faults.push(`${SETTINGS.acmeTermsAgreed.variable}: must be true before a certificate can be ordered`);
  if (given.acmeUrl !== undefined && given.tlsCertFile !== undefined)
    faults.push(`${SETTINGS.acmeUrl.variable}, ${certVariable}: give one of them`);
  if (given.proxyProtocol && given.trustedProxies.length === 0)
    faults.push(`${SETTINGS.proxyProtocol.variable}: ${SETTINGS.trustedProxies.variable} must say from whom`);
  if (sharesPort(given) && (given.mediaWorkers ?? 1) > 1)
    faults.push(
      `${SETTINGS.mediaWorkers.variable}: must be 1 where ${SETTINGS.mediaPort.variable} is the port of pages: another worker has no port there`,
    );
  if (given.env !== 'production') return faults;
  if (given.host === undefined || given.host === 'localhost')
    faults.push(`${SETTINGS.host.variable}: production needs the public host name`);
  if (given.tlsCertFile === undefined && given.tlsKeyFile === undefined && given.acmeUrl === undefined)
    faults.push(`${certVariable}, ${keyVariable}: production needs a certificate that browsers trust, or ${SETTINGS.acmeUrl.variable}`);
  if (given.announcedIps === undefined && reachableAddresses().length === 0)
    faults.push(`${SETTINGS.announcedIps.variable}: production needs an address, and this host shows none but loopback`);
  return faults;
}

function httpsPortOf({ env, httpsPort }: Given): number {
  return httpsPort ?? (env === 'production' ? 443 : 8443);
}

/** Media over UDP at the number that pages have over TCP, for networks that let nothing else out. */
function sharesPort(given: Given): boolean {
  return given.mediaPort !== 0 && given.mediaPort === httpsPortOf(given);
}

function complete(given: Given, cwd: string): Config {
  const production = given.env === 'production';
  const host = given.host ?? 'localhost';
  const checkout = fileURLToPath(new URL('../../..', import.meta.url));
  const { databaseUrl, tlsCertFile, tlsKeyFile, mediaNodeUrl, workerBin, smtpUrl, checkpointUrl, checkpointEmail } = given;
  const { logSinkCaFile, logSinkCertFile, logSinkKeyFile } = given;
  const dataDir = resolve(cwd, given.dataDir);
  return {
    env: given.env,
    dataDir,
    host,
    listenAddress: given.listenAddress ?? (given.env === 'test' ? '127.0.0.1' : anyAddress()),
    httpsPort: httpsPortOf(given),
    httpPort: given.httpPort ?? (production ? 80 : 8080),
    mediaPort: given.mediaPort,
    mediaTcp: !sharesPort(given),
    announcedIps: given.announcedIps ?? [...(production ? [] : ['127.0.0.1']), ...reachableAddresses()],
    mediaWorkers: given.mediaWorkers ?? (sharesPort(given) ? 1 : availableParallelism()),
    consumersPerWorker: given.consumersPerWorker,
    ...(databaseUrl && { databaseUrl }),
    ...(tlsCertFile && { tlsCertFile: resolve(cwd, tlsCertFile) }),
    ...(tlsKeyFile && { tlsKeyFile: resolve(cwd, tlsKeyFile) }),
    ...acmeOf(given, cwd),
    trustedProxies: given.trustedProxies,
    proxyProtocol: given.proxyProtocol,
    ...(given.turnProxyPort !== undefined && { turnProxyPort: given.turnProxyPort }),
    ...(given.turnSecret && { turnSecret: given.turnSecret }),
    ...turnserverOf(given),
    mediaInternalPort: given.mediaInternalPort,
    metricsPort: given.metricsPort,
    ...(given.internalDir !== undefined && { internalDir: resolve(cwd, given.internalDir) }),
    ...(mediaNodeUrl && { mediaNodeUrl }),
    ...(workerBin && { workerBin: resolve(cwd, workerBin) }),
    webDir: given.webDir === undefined ? join(checkout, 'packages/web/dist') : resolve(cwd, given.webDir),
    ...(smtpUrl && { smtpUrl }),
    mailFrom: given.mailFrom ?? `conclave@${host}`,
    checkpointDir: given.checkpointDir === undefined ? join(dataDir, 'checkpoints') : resolve(cwd, given.checkpointDir),
    ...(checkpointUrl && { checkpointUrl }),
    ...(checkpointEmail && { checkpointEmail }),
    logFloorSessionDays: given.logFloorSessionDays,
    logFloorSecurityDays: given.logFloorSecurityDays,
    logFloorAdministrationDays: given.logFloorAdministrationDays,
    logAddressDays: given.logAddressDays,
    logSinks: given.logSinks,
    ...(logSinkCaFile && { logSinkCaFile: resolve(cwd, logSinkCaFile) }),
    ...(logSinkCertFile && { logSinkCertFile: resolve(cwd, logSinkCertFile) }),
    ...(logSinkKeyFile && { logSinkKeyFile: resolve(cwd, logSinkKeyFile) }),
    logLevel: given.logLevel ?? (given.env === 'test' ? 'warn' : 'info'),
  };
}

function turnserverOf({ env, turnserverBin, turnProxyPort }: Given): { turnserverBin?: string } {
  const found = turnserverBin ?? (env !== 'test' && existsSync(TURNSERVER) ? TURNSERVER : 'none');
  return turnProxyPort !== undefined || found === 'none' ? {} : { turnserverBin: found };
}

function acmeOf({ acmeUrl, acmeNames, acmeEmail, acmeCaFile }: Given, cwd: string): { acme?: AcmeConfig } {
  if (acmeUrl === undefined) return {};
  return {
    acme: {
      directoryUrl: acmeUrl,
      names: acmeNames,
      ...(acmeEmail !== undefined && { email: acmeEmail }),
      ...(acmeCaFile !== undefined && { caFile: resolve(cwd, acmeCaFile) }),
    },
  };
}
