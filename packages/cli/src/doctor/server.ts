import type { Config } from '@conclave/runtime/config';
import { checkOwnAddresses } from './addresses.ts';
import { checkCoturn } from './coturn.ts';
import { checkDatabase } from './database.ts';
import { checkDisk } from './disk.ts';
import type { Findings } from './finding.ts';
import { checkListeners } from './listeners.ts';
import { checkTimeService } from './time-service.ts';
import { checkVersions } from './versions.ts';
import { checkWorker } from './worker.ts';

/** What can be seen on the server alone. */
export async function lookAtServer(config: Config, findings: Findings): Promise<void> {
  const server = findings.section('this server');
  await checkListeners(config, server);
  await checkDisk(config, server);
  await checkTimeService(server);
  checkOwnAddresses(config, server);
  const postgres = await checkDatabase(config, server);
  const mediasoup = await checkWorker(server);
  const coturn = await checkCoturn(config, server);
  const versions = { Node: process.versions.node, PostgreSQL: postgres, coturn, mediasoup };
  checkVersions(versions, findings.section('versions'));
}
