import { readFile } from 'node:fs/promises';

/** Datagrams for which there was no room in the socket of whom they were for (`/proc/net/udp`), so far. Of sockets that are open. Linux only. */
export async function udpDrops(nodePorts: readonly number[]): Promise<{ atNode: number; elsewhere: number }> {
  const tables = await Promise.all(['udp', 'udp6'].map((name) => readFile(`/proc/net/${name}`, 'utf8').catch(() => '')));
  const drops = { atNode: 0, elsewhere: 0 };
  for (const line of tables.flatMap((text) => text.trim().split('\n').slice(1))) {
    const fields = line.trim().split(/\s+/);
    const port = Number.parseInt(fields[1]?.split(':')[1] ?? '', 16);
    drops[nodePorts.includes(port) ? 'atNode' : 'elsewhere'] += Number(fields.at(-1));
  }
  return drops;
}
