import { hash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import type { Ledger } from './ledger.ts';

const PAGE = 5_000;
const SUBTREE_WIDTH = 256;
const SEQUENCE_TIMEOUT_MS = 20_000;

/** Something was lost, doubled or changed. */
export class Lost extends Error {}

export interface Inspector {
  /** Compares the whole database with what was acknowledged, while nobody acts. Resolves with the size of the log. @throws Lost */
  inspect(ledger: Ledger): Promise<number>;
}

/** Looks into the embedded database of an installation, with code that it shares with nobody. Remembers what it has seen. */
export function createInspector(dataDir: string): Inspector {
  const seen = { leaves: [] as Buffer[], ids: new Set<string>(), posted: new Map<string, number>(), joined: new Map<string, number>() };
  const rooms = { made: new Map<string, number>(), deleted: new Map<string, number>(), hidden: 0 };

  function take(row: { seq: string; entry: string; leaf_hash: Buffer }): void {
    const seq = seen.leaves.length;
    const event = JSON.parse(row.entry) as LoggedEvent;
    if (Number(row.seq) !== seq || event.seq !== seq)
      throw new Lost(`the entry ${row.seq} says that it is ${event.seq}, and should be ${seq}`);
    if (!leafOf(row.entry).equals(row.leaf_hash)) throw new Lost(`the leaf of entry ${seq} is wrong`);
    if (seen.ids.has(event.id)) throw new Lost(`the event ${event.id} is in the log twice`);
    seen.ids.add(event.id);
    seen.leaves.push(row.leaf_hash);
    if (event.name === 'message.posted') count(seen.posted, String(event.data['messageId']));
    if (event.name === 'participant.joined') count(seen.joined, String(event.actor.id));
    if (event.name === 'room.created') count(rooms.made, String(event.room));
    if (event.name === 'room.deleted') {
      count(rooms.deleted, String(event.room));
      if (event.data['hidden'] === true) rooms.hidden += 1;
    }
  }

  async function readOn(client: pg.Client): Promise<void> {
    for (;;) {
      const text = 'select seq, entry, leaf_hash from event_log_entries where seq >= $1 order by seq limit $2';
      const { rows } = await client.query<{ seq: string; entry: string; leaf_hash: Buffer }>(text, [seen.leaves.length, PAGE]);
      rows.forEach(take);
      if (rows.length < PAGE) return;
    }
  }

  async function compare(client: pg.Client, ledger: Ledger): Promise<void> {
    const size = await numberOf(client, 'select size as n from event_log_head');
    if (size !== seen.leaves.length) throw new Lost(`the log says that it has ${size} entries, and has ${seen.leaves.length}`);
    await checkSubtrees(client, seen.leaves);
    checkOnce('message.posted', seen.posted, ledger.messages);
    checkOnce('participant.joined', seen.joined, ledger.joins);
    checkOnce('room.created', rooms.made, ledger.roomsMade);
    checkOnce('room.deleted', rooms.deleted, ledger.roomsDeleted);
    await checkSame(client, 'select id from chat_messages', seen.posted);
    await checkSame(client, 'select id from participants', seen.joined);
    const there = await numberOf(client, 'select count(*) as n from rooms');
    const told = rooms.made.size - rooms.deleted.size + rooms.hidden;
    if (there !== told) throw new Lost(`there are ${there} rooms, and by the log ${told}`);
    const doubled = await client.query<{ text: string }>('select text from chat_messages group by text having count(*) > 1');
    if (doubled.rows[0]) throw new Lost(`the message "${doubled.rows[0].text}" is stored twice`);
  }

  return {
    inspect: async (ledger) => {
      const client = new pg.Client({ connectionString: await databaseUrl(dataDir), connectionTimeoutMillis: 5_000 });
      await client.connect();
      try {
        await untilSequenced(client);
        await readOn(client);
        await compare(client, ledger);
        return seen.leaves.length;
      } finally {
        await client.end();
      }
    },
  };
}

interface LoggedEvent {
  seq: number;
  id: string;
  name: string;
  actor: { id: string | null };
  room: string | null;
  data: Record<string, unknown>;
}

/** As the supervisor left it: its port may have changed with the last start. */
async function databaseUrl(dataDir: string): Promise<string> {
  const home = join(dataDir, 'postgres');
  const password = (await readFile(join(home, 'password'), 'utf8')).trim();
  const port = (await readFile(join(home, 'cluster/postmaster.pid'), 'utf8')).split('\n')[3];
  return `postgres://conclave:${password}@127.0.0.1:${port}/conclave`;
}

async function untilSequenced(client: pg.Client): Promise<void> {
  for (const deadlineMs = Date.now() + SEQUENCE_TIMEOUT_MS; ; await delay(50)) {
    const waiting = await numberOf(client, 'select count(*) as n from event_log_pending');
    if (waiting === 0) return;
    if (Date.now() > deadlineMs) throw new Lost(`${waiting} events wait to be sequenced for ${SEQUENCE_TIMEOUT_MS} ms`);
  }
}

async function numberOf(client: pg.Client, text: string): Promise<number> {
  return Number((await client.query<{ n: string }>(text)).rows[0]?.n);
}

function count(counts: Map<string, number>, id: string): void {
  counts.set(id, (counts.get(id) ?? 0) + 1);
}

function checkOnce(name: string, counts: ReadonlyMap<string, number>, acknowledged: ReadonlySet<string>): void {
  for (const [id, times] of counts) if (times !== 1) throw new Lost(`${name} of ${id} is in the log ${times} times`);
  for (const id of acknowledged) if (!counts.has(id)) throw new Lost(`${name} of ${id} was acknowledged and is not in the log`);
}

/** No row without its event, no event without its row. */
async function checkSame(client: pg.Client, text: string, counts: ReadonlyMap<string, number>): Promise<void> {
  const { rows } = await client.query<{ id: string }>(text);
  const stray = rows.find(({ id }) => !counts.has(id));
  if (stray) throw new Lost(`${text}: ${stray.id} has no event`);
  if (rows.length !== counts.size) throw new Lost(`${text}: ${rows.length} rows, ${counts.size} events`);
}

const leafOf = (entry: string) => hash('sha256', `\0${entry}`, 'buffer');
const nodeOf = (left: Buffer, right: Buffer) => hash('sha256', Buffer.concat([Buffer.of(1), left, right]), 'buffer');

/** Roots of complete subtrees of 256, 65 536, … leaves (RFC 9162 §2.1), all of them and no other. */
async function checkSubtrees(client: pg.Client, leaves: readonly Buffer[]): Promise<void> {
  const { rows } = await client.query<{ level: number; position: string; hash: Buffer }>(
    'select level, position, hash from event_log_subtrees',
  );
  const stored = new Map(rows.map((row) => [`${row.level}/${row.position}`, row.hash]));
  let wanted = 0;
  let below = leaves;
  for (let level = 1; below.length >= SUBTREE_WIDTH; level += 1) {
    below = Array.from({ length: Math.floor(below.length / SUBTREE_WIDTH) }, (_, position) =>
      rootOf(below.slice(position * SUBTREE_WIDTH, (position + 1) * SUBTREE_WIDTH)),
    );
    for (const [position, root] of below.entries())
      if (!stored.get(`${level}/${position}`)?.equals(root)) throw new Lost(`the root of the subtree ${level}/${position} is wrong`);
    wanted += below.length;
  }
  if (wanted !== stored.size) throw new Lost(`there are ${stored.size} subtrees, and should be ${wanted}`);
}

/** Of a power of two of hashes. */
function rootOf(hashes: readonly Buffer[]): Buffer {
  let row = hashes;
  while (row.length > 1) row = row.flatMap((left, index) => (index % 2 === 0 ? [nodeOf(left, row[index + 1] ?? left)] : []));
  return row[0] ?? Buffer.alloc(0);
}
