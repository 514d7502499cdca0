import { hasCommand, runCommand } from '../command.ts';
import type { Section } from './finding.ts';

/** Whether the clock of this machine is kept by somebody, as far as systemd knows; says nothing where it does not. */
export async function checkTimeService(section: Section): Promise<void> {
  if (!hasCommand('timedatectl')) return;
  const { code, output } = await runCommand('timedatectl', ['show', '--property=NTPSynchronized', '--value']);
  if (code !== 0 || !/^(yes|no)$/.test(output)) return;
  if (output === 'yes') section.ok('clock', 'kept by NTP');
  else section.warn('clock', 'not kept by NTP', 'timedatectl set-ntp true, or install chrony');
}
