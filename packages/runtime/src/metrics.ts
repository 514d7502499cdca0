import { once } from 'node:events';
import { createServer } from 'node:http';
import { collectDefaultMetrics, Gauge, Registry } from 'prom-client';
import { requireLoopback } from './loopback.ts';

/** Makes the metrics registry of one process, labelled with its part, with the run time's own metrics in it. */
export function createMetrics(part: string): Registry {
  const registry = new Registry();
  registry.setDefaultLabels({ part });
  collectDefaultMetrics({ register: registry });
  return registry;
}

/** Adds gauges that are counted when they are read. */
export function addGauges(registry: Registry, gauges: readonly [name: string, help: string, read: () => number][]): void {
  for (const [name, help, read] of gauges) {
    const gauge = new Gauge({
      name,
      help,
      registers: [],
      collect() {
        this.set(read());
      },
    });
    registry.registerMetric(gauge);
  }
}

/**
 * Tells the metrics at `http://127.0.0.1:PORT/metrics`, and nothing else. Loopback alone, without TLS: whoever is on this host already.
 * @throws Error with code `EADDRINUSE` when the port is taken.
 */
export async function serveMetrics(registry: Registry, port: number): Promise<AsyncDisposable> {
  const server = createServer((request, response) => {
    // A name that is not ours came through a browser that was lured here (DNS rebinding).
    const isOurs = /^(127\.0\.0\.1|localhost)(:\d+)?$/.test(request.headers.host ?? '');
    if (request.method !== 'GET' || request.url !== '/metrics' || !isOurs) return void response.writeHead(404).end();
    registry.metrics().then(
      (text) => response.writeHead(200, { 'content-type': registry.contentType }).end(text),
      () => response.writeHead(500).end(),
    );
  });
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  requireLoopback(server);
  return {
    [Symbol.asyncDispose]: async () => {
      server.close();
      server.closeAllConnections();
    },
  };
}
