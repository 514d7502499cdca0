import { once } from 'node:events';
import { createServer } from 'node:net';
import { Registry } from 'prom-client';
import { expect, test } from 'vitest';
import { requireLoopback } from './loopback.ts';
import { serveMetrics } from './metrics.ts';

test('[T3] what is for this host alone refuses to be bound to any other address', async () => {
  for (const [address, allowed] of [
    ['127.0.0.1', true],
    ['127.9.9.9', true],
    ['0.0.0.0', false],
    ['::', false],
  ] as const) {
    const server = createServer().listen(0, address);
    await once(server, 'listening');
    if (allowed) expect(() => requireLoopback(server)).not.toThrow();
    else expect(() => requireLoopback(server)).toThrow('loopback alone');
    expect(server.listening).toBe(allowed);
    server.close();
  }
});

test('[T3] metrics are told on 127.0.0.1: the same port of another address of this host stays free', async () => {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const bound = probe.address();
  const port = typeof bound === 'object' && bound ? bound.port : 0;
  await new Promise((resolve) => probe.close(resolve));
  await using _metrics = await serveMetrics(new Registry(), port);
  const other = createServer().listen(port, '127.0.0.2');
  await once(other, 'listening');
  other.close();
});
