import { collectDefaultMetrics, Registry } from 'prom-client';

/** Makes the metrics registry of one process, labelled with its part, with the run time's own metrics in it. */
export function createMetrics(part: string): Registry {
  const registry = new Registry();
  registry.setDefaultLabels({ part });
  collectDefaultMetrics({ register: registry });
  return registry;
}
