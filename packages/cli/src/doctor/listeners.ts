import type { Config } from '@conclave/runtime/config';
import { findPortFaults, hasListener, portOwner, tryPort, wantedPorts, type WantedPort } from '../port-check.ts';
import { runningSupervisor } from '../run-record.ts';
import type { Section } from './finding.ts';

/** Whether something listens on each port of the installation, and who; where Conclave does not run, whether it could. */
export async function checkListeners(config: Config, section: Section): Promise<void> {
  const wanted = wantedPorts(config);
  const taken = await Promise.all(wanted.map((port) => isTaken(port, config.listenAddress)));
  const supervisor = await runningSupervisor(config.dataDir);
  if (supervisor === undefined && !taken.includes(true)) return checkFree(config, section);
  section.ok('Conclave', supervisor === undefined ? 'its ports are taken' : `runs as process ${supervisor}`);
  for (const [index, { protocol, port, variable }] of wanted.entries()) {
    const what = `${port}/${protocol}`;
    const owner = portOwner(protocol, port);
    if (taken[index]) section.ok(what, owner ?? 'taken by a program of another user');
    else section.fail(what, 'nothing listens', `a part of Conclave is away; see its log (${variable})`);
  }
}

async function isTaken({ protocol, port }: WantedPort, address: string): Promise<boolean> {
  const code = await tryPort(protocol, port, address);
  // Who may not listen below 1024 is not told more than that.
  return code === 'EADDRINUSE' || (code === 'EACCES' && hasListener(protocol, port));
}

async function checkFree(config: Config, section: Section): Promise<void> {
  section.fail('Conclave', 'does not run on this machine', 'npm start, or systemctl start conclave.target');
  for (const fault of await findPortFaults(config)) section.fail('ports', fault, 'Conclave could not start');
}
