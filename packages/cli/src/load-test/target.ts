import { lookup } from 'node:dns/promises';
import { readFile } from 'node:fs/promises';
import { networkInterfaces } from 'node:os';
import { resolve } from 'node:path';
import { authorityFile } from '@conclave/runtime/certificates';
import { ConfigError, loadConfig, type Config } from '@conclave/runtime/config';
import { callersDirectory } from '../callers-directory.ts';
import { runningSupervisor } from '../run-record.ts';
import { UsageError } from '../usage-error.ts';

/** The server that is to carry the load. */
export interface Target {
  /** All its addresses are loopback. */
  readonly isLoopback: boolean;
  /** PEM of the CA to trust instead of Node's own. */
  readonly ca: string | undefined;
  /** The data directory of the installation of this host that is meant, or why its processes are not known. */
  readonly installation: { readonly dataDir: string } | { readonly unknown: string };
}

/**
 * Looks at whom `origin` names.
 * @throws UsageError when that is not loopback and its owner has not said so, or is nobody.
 */
export async function findTarget(origin: string, { caFile, isOwned }: { caFile: string | undefined; isOwned: boolean }): Promise<Target> {
  const { hostname, port } = new URL(origin);
  const addresses = await addressesOf(hostname.replace(/^\[|\]$/g, ''));
  const isLoopback = addresses.every(isLoopbackAddress);
  if (!isLoopback && !isOwned)
    throw new UsageError(
      `${hostname} is ${addresses.join(', ')}, which is not loopback. A load test takes a server's whole capacity and looks like an attack: ` +
        'run it against servers that are yours, and say so with --i-own-this-server.',
    );
  const local = addresses.every(isOwnAddress) ? await localInstallation(Number(port || 443)) : { unknown: `${hostname} is another host` };
  return {
    isLoopback,
    ca: caFile === undefined ? await localAuthority(local) : await readAuthority(resolve(callersDirectory(), caFile)),
    installation: 'config' in local ? { dataDir: local.config.dataDir } : local,
  };
}

async function addressesOf(host: string): Promise<string[]> {
  try {
    return (await lookup(host, { all: true })).map(({ address }) => address);
  } catch {
    throw new UsageError(`There is no host ${host}.`);
  }
}

function isLoopbackAddress(address: string): boolean {
  return /^(127\.|::1$|::ffff:127\.)/.test(address);
}

function isOwnAddress(address: string): boolean {
  if (isLoopbackAddress(address)) return true;
  return Object.values(networkInterfaces()).some((own) => own?.some((one) => one.address === address));
}

type Local = { config: Config } | { unknown: string };

/** The installation that the configuration names, if it is what listens at that port. */
async function localInstallation(port: number): Promise<Local> {
  try {
    const config = loadConfig();
    if (config.httpsPort !== port) return { unknown: `the configuration here is of an installation at port ${config.httpsPort}` };
    if ((await runningSupervisor(config.dataDir)) === undefined) return { unknown: `no \`conclave start\` runs in ${config.dataDir}` };
    return { config };
  } catch (error) {
    if (error instanceof ConfigError) return { unknown: 'the configuration here has faults' };
    throw error;
  }
}

/** Its own CA alone signs for an installation that was given no other certificate. */
async function localAuthority(local: Local): Promise<string | undefined> {
  if (!('config' in local) || local.config.tlsCertFile !== undefined || local.config.acme) return undefined;
  return readAuthority(authorityFile(local.config.dataDir));
}

async function readAuthority(file: string): Promise<string> {
  const pem = await readFile(file, 'utf8').catch(() => undefined);
  if (!pem?.includes('BEGIN CERTIFICATE')) throw new UsageError(`${file} cannot be read, or holds no certificate in PEM.`);
  return pem;
}
