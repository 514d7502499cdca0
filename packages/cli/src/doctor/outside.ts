import { checkCertificate } from './certificate.ts';
import { checkClock } from './clock.ts';
import type { Findings } from './finding.ts';
import { checkHeaders } from './headers.ts';
import { checkHealth } from './health.ts';
import { checkHostName } from './host-name.ts';
import { checkMediaApi } from './media-api.ts';
import { checkMedia, openCheck } from './media.ts';
import { checkRedirect } from './redirect.ts';
import { checkRelay } from './relay.ts';
import { checkSignalling } from './signalling.ts';
import type { Reached, Target } from './target.ts';
import { checkClear, checkTls } from './tls.ts';

/** What anybody on the Internet can see of a Conclave, one step after the other; ends where the next could not be looked at. */
export async function lookFromOutside(target: Target, findings: Findings): Promise<void> {
  const found = await checkHostName(target, findings.section('host'));
  if (!found) return;
  const reached: Reached = { ...target, address: found.address };
  const hasTls = await checkCertificate(reached, findings.section('certificate'));
  if (hasTls) await checkTls(reached, findings.section('TLS'));
  const clear = findings.section('plain HTTP');
  await checkClear(reached, clear);
  await checkRedirect(reached, clear);
  if (!hasTls) return;
  await checkHeaders(reached, findings.section('headers'));
  const service = findings.section('service');
  if (!(await checkHealth(reached, service))) return;
  await checkClock(reached, service);
  await checkSignalling(reached, service);
  await checkMediaApi(reached, service);
  const media = findings.section('media');
  const check = await openCheck(reached, media);
  if (!check) return;
  await checkMedia(check, found.addresses, media);
  await checkRelay(reached, check, findings.section('relay'));
}
