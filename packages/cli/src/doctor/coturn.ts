import type { Config } from '@conclave/runtime/config';
import { runCommand } from '../command.ts';
import { hasPeers } from '../supervised-turn.ts';
import { explainOutcome, tryTcp } from './dial.ts';
import type { Section } from './finding.ts';

/** Where the relay is to run, and whether it can; resolves with coturn's version where that can be known. */
export async function checkCoturn(config: Config, section: Section): Promise<string | undefined> {
  const what = 'coturn';
  const { turnProxyPort, turnserverBin } = config;
  const version = await versionOf(turnserverBin ?? 'turnserver');
  if (turnProxyPort !== undefined) {
    const outcome = await tryTcp('127.0.0.1', turnProxyPort);
    if (outcome === 'open')
      section.ok(what, `listens on loopback at ${turnProxyPort}${version === undefined ? '' : `, version ${version}`}`);
    else
      section.fail(
        what,
        `127.0.0.1 port ${turnProxyPort}: ${explainOutcome(outcome)}`,
        'start it with deploy/turnserver.conf, or unset CONCLAVE_TURN_PROXY_PORT',
      );
    return version;
  }
  if (turnserverBin === undefined)
    section.warn(what, 'is not installed, or not wanted (CONCLAVE_TURNSERVER=none)', 'apt-get install coturn, and start Conclave again');
  else if (version === undefined)
    section.fail(what, `${turnserverBin} does not run`, 'install the package coturn again, or set CONCLAVE_TURNSERVER');
  else if (!hasPeers(config))
    section.warn(what, `version ${version}, not run: this host announces nothing but loopback`, 'set CONCLAVE_ANNOUNCED_IP');
  else section.ok(what, `version ${version}, run by Conclave`);
  return version;
}

async function versionOf(program: string): Promise<string | undefined> {
  const { code, output } = await runCommand(program, ['--version']);
  return code === 0 ? /^(\d+\.\d+[\w.-]*)$/m.exec(output)?.[1] : undefined;
}
