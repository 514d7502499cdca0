import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createAuthority, createLeaf } from '@conclave/runtime/certificate-authority';
import { FRONT_ALPN, openFront } from '@conclave/runtime/front/front';
import { trustedProxies } from '@conclave/runtime/front/trusted-proxies';
import type { TurnPolicy } from '@conclave/runtime/front/turn-guard';
import { buildHttpsServer } from '@conclave/runtime/https-server';
import { createLog } from '@conclave/runtime/log';
import { systemTimers } from '@conclave/runtime/timers';
import { securityHeaders } from '@conclave/server/web/headers';

/** The front with the product's TLS, headers and nothing behind it but one page. */
export interface FrontSite extends AsyncDisposable {
  readonly host: string;
  readonly port: number;
  readonly ca: string;
  /** PEM file of the same. */
  readonly caFile: string;
}

/** Lets everybody through to everywhere. */
const ANYWHERE: TurnPolicy = { admit: () => ({ reaches: () => true, ended: () => undefined }) };

export async function startFrontSite({ turnPort }: { turnPort?: number } = {}): Promise<FrontSite> {
  await using began = new AsyncDisposableStack();
  const folder = began.adopt(await mkdtemp(join(tmpdir(), 'conclave-front-')), (path) => rm(path, { recursive: true }));
  const host = 'meet.test';
  const nowMs = Date.now();
  const authority = await createAuthority({ commonName: 'Test', days: 2, nowMs });
  const leaf = await createLeaf({ authority, commonName: host, names: [host], usages: ['server'], days: 90, nowMs });
  await writeFile(join(folder, 'ca.pem'), authority.cert);
  const log = createLog({ logLevel: 'silent' }, 'front');
  const app = buildHttpsServer({ log, tls: leaf, alpn: FRONT_ALPN, headers: securityHeaders(host) });
  began.defer(() => app.close());
  app.get('/', async (_request, reply) => reply.type('text/html; charset=utf-8').send('<!doctype html><title>Conclave</title>'));
  began.use(
    openFront(app.server, {
      log,
      timers: systemTimers,
      trusted: trustedProxies([]),
      ...(turnPort !== undefined && { turn: { port: turnPort, policy: ANYWHERE } }),
    }),
  );
  await app.listen({ host: '127.0.0.1', port: 0 });
  const { port } = app.server.address() as AddressInfo; // it listens on TCP
  const ends = began.move();
  return { host, port, ca: authority.cert, caFile: join(folder, 'ca.pem'), [Symbol.asyncDispose]: () => ends.disposeAsync() };
}
