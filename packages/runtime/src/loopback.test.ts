import { once } from 'node:events';
import { createServer, type Server } from 'node:net';
import { Registry } from 'prom-client';
import { expect, test } from 'vitest';
import { requireLoopback } from './loopback.ts';
import { serveMetrics } from './metrics.ts';

async function listenOn(address: string): Promise<Server> {
  const server = createServer().listen(0, address);
  await once(server, 'listening');
  return server;
}

test.each(['0.0.0.0', '::'])('[T3] what is for this host alone refuses to be bound to %s', async (address) => {
  const server = await listenOn(address);
  expect(() => requireLoopback(server)).toThrow('loopback alone');
  expect(server.listening).toBe(false);
});

test.each(['127.0.0.1', '127.9.9.9'])('[T3] and takes %s', async (address) => {
  const server = await listenOn(address);
  expect(() => requireLoopback(server)).not.toThrow();
  server.close();
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
  expect(other.listening).toBe(true);
  other.close();
});
