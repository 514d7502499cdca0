import { resolve } from 'node:path';
import { authorityFile } from '@conclave/runtime/certificates';
import { ConfigError, loadConfig, type Config } from '@conclave/runtime/config';
import { callersDirectory } from '../callers-directory.ts';
import { createFindings, type Findings } from './finding.ts';
import { lookFromOutside } from './outside.ts';
import { createPrinter, summaryOf } from './print.ts';
import { lookAtServer } from './server.ts';
import { isOwn, originOf, readHost, readPort, type Target } from './target.ts';

interface DoctorOptions {
  readonly host: string | undefined;
  readonly ca: string | undefined;
  readonly http: string | undefined;
  readonly json: boolean;
}

/**
 * Looks at a Conclave from outside; at that of this machine's configuration also from inside. Resolves with the exit code: 1 when anything
 * failed. @throws ArgumentError for a host or port that is none.
 */
export async function runDoctor(options: DoctorOptions): Promise<number> {
  const print = (line: string) => void process.stdout.write(`${line}\n`);
  const findings = createFindings(options.json ? () => undefined : createPrinter(print));
  const named = options.host === undefined ? undefined : readHost(options.host);
  const httpPort = readPort(options.http);
  const config = readConfig(named === undefined, findings);
  const own = config && (named === undefined || isOwn(named, config)) ? config : undefined;
  const target = named ? targetOf(named, own, { httpPort, ca: options.ca }) : own && ownTarget(own, { httpPort, ca: options.ca }, findings);
  if (target) await lookFromOutside(target, findings);
  if (own) await lookAtServer(own, findings);
  if (options.json) print(JSON.stringify(findings.all, undefined, 2));
  else print(`\n${summaryOf(findings.all)}`);
  return findings.all.some(({ result }) => result === 'fail') ? 1 : 0;
}

/** Undefined where there is none that can be read; that is a finding only where it is needed. */
function readConfig(isNeeded: boolean, findings: Findings): Config | undefined {
  try {
    return loadConfig();
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    const section = findings.section('configuration');
    if (isNeeded) for (const fault of error.faults) section.fail('setting', fault, 'see deploy/config.sample.toml');
    return undefined;
  }
}

interface Given {
  readonly httpPort: number | undefined;
  readonly ca: string | undefined;
}

function targetOf({ host, port = 443 }: ReturnType<typeof readHost>, own: Config | undefined, { httpPort, ca }: Given): Target {
  const port80 = own ? own.httpPort || undefined : port === 443 ? 80 : undefined;
  const chosen = own ? own.httpsPort || port : port;
  return { host, port: chosen, origin: originOf(host, chosen), httpPort: httpPort ?? port80, ca: authorityOf(own, ca) };
}

function ownTarget(own: Config, given: Given, findings: Findings): Target | undefined {
  if (own.httpsPort !== 0) return targetOf({ host: own.host, port: own.httpsPort }, own, given);
  findings
    .section('configuration')
    .warn('CONCLAVE_HTTPS_PORT', '0: the port is chosen at each start', 'say HOST:PORT to have a look from outside too');
  return undefined;
}

function authorityOf(own: Config | undefined, ca: string | undefined): Target['ca'] {
  if (ca !== undefined) return { file: resolve(callersDirectory(), ca), whose: `the CA of --ca ${ca}` };
  return own && { file: authorityFile(own.dataDir), whose: 'the local CA of this installation' };
}
