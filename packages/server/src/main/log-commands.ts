import { TeamId } from '@conclave/protocol/ids';
import { systemClock } from '@conclave/runtime/clock';
import { createLog } from '@conclave/runtime/log';
import { loadMasterKeys } from '@conclave/runtime/sealing';
import type { Db } from '../db/connection.ts';
import { inTransaction } from '../db/transaction.ts';
import { externalPerson, guestPerson, memberPerson, operatorCause, type Person } from '../event-log/cause.ts';
import { createCheckpointFiles } from '../event-log/checkpoint-files.ts';
import { exportLog } from '../event-log/export.ts';
import { proveConsistency, proveEntry } from '../event-log/proof-texts.ts';
import { sequenceBatch } from '../event-log/sequencer.ts';
import { signHead, type SignedCheckpoint } from '../event-log/sign-head.ts';
import type { NoteSigner } from '../event-log/signed-note.ts';
import { loadSigningKey } from '../event-log/signing-key.ts';
import { LogInconsistent } from '../event-log/tree.ts';
import { Refusal, type AdminContext, type Command } from './admin-context.ts';

const BATCH = 2_000;
const PERSONS = "'member ID', 'participant ID' or 'external TEAM-ID ID'";

/** What an operator does with the event log from a shell, whether or not the server runs. */
export const LOG_COMMANDS: Record<string, Command> = {
  'log key': async (ctx) => `${(await signerOf(ctx)).verifierKey}\n`,

  'log checkpoint': async (ctx) => {
    const signed = await sign(ctx).catch((error: unknown) => {
      throw error instanceof LogInconsistent ? new Refusal(`not signed: ${error.message}`) : error;
    });
    if (signed === null) throw new Refusal('the log is empty');
    return signed.note;
  },

  'log prove': async (ctx, { seq: text }) => {
    const seq = wholeNumber('--seq', text);
    const key = await signerOf(ctx);
    const proof = (await proveEntry(ctx.db, key, seq)) ?? (await sign(ctx).then(() => proveEntry(ctx.db, key, seq)));
    if (proof === null) throw new Refusal(`the log has no entry ${seq}`);
    return proof;
  },

  'log consistency': async ({ db }, { old: older, new: newer }) => {
    const [oldSize, newSize] = [wholeNumber('--old', older), wholeNumber('--new', newer)];
    if (oldSize > newSize) throw new Refusal('--old must not be larger than --new');
    const proof = await proveConsistency(db, oldSize, newSize);
    if (proof === null) throw new Refusal(`there is no checkpoint of ${newSize} entries`);
    return proof;
  },

  'log export': async (ctx, { readable = false, from: first }) => {
    const from = first === undefined ? 0 : wholeNumber('--from', first);
    const { name: origin } = await signerOf(ctx);
    const size = await sizeToExport(ctx);
    await inTransaction(ctx.db, (tx) =>
      ctx.eventLog.append(tx, { name: 'log.exported', by: operatorCause(), target: { kind: 'log', id: origin }, data: { size, readable } }),
    );
    await catchUp(ctx.db);
    return exportLog(ctx.db, { origin, size, from, ...(readable && { personKeys: ctx.personKeys }) });
  },

  'log erase': async (ctx, { person: text }) => {
    const person = await personOf(ctx, text);
    const id = person.slice(person.lastIndexOf(' ') + 1);
    const isErased = await inTransaction(ctx.db, async (tx) => {
      const had = await ctx.personKeys.destroy(tx, person);
      if (had)
        await ctx.eventLog.append(tx, { name: 'person.erased', by: operatorCause(), target: { kind: 'person', id }, data: { keys: 1 } });
      return had;
    });
    if (!isErased) throw new Refusal('the log knows nothing of that person, or it was erased before');
    await catchUp(ctx.db);
    return { erased: id };
  },
};

function signerOf({ config }: AdminContext): Promise<NoteSigner> {
  return loadSigningKey(config.dataDir, config.host);
}

/** Gives what waits its place in the log and signs it. Safe beside a server that does the same. */
async function sign(ctx: AdminContext): Promise<SignedCheckpoint | null> {
  await catchUp(ctx.db);
  const log = createLog({ logLevel: 'silent' }, 'admin');
  const files = createCheckpointFiles(ctx.config.checkpointDir);
  return signHead({ db: ctx.db, log, clock: systemClock, signer: await signerOf(ctx), files });
}

/** An export ends with a checkpoint; a log that cannot be signed is exported all the same, for others to judge. */
async function sizeToExport(ctx: AdminContext): Promise<number> {
  try {
    return (await sign(ctx))?.size ?? 0;
  } catch (error) {
    ctx.warn(`exported without a new checkpoint: ${error instanceof Error ? error.message : String(error)}`);
    const { size } = await ctx.db.selectFrom('event_log_head').select('size').executeTakeFirstOrThrow();
    return Number(size);
  }
}

async function catchUp(db: Db): Promise<void> {
  let count = BATCH;
  while (count === BATCH) ({ count } = await sequenceBatch(db, BATCH));
}

async function personOf({ config }: AdminContext, text = ''): Promise<Person> {
  const { kind, team, id } = /^(?:(?<kind>member|participant)|external (?<team>\S+)) (?<id>\S.*)$/.exec(text)?.groups ?? {};
  if (id === undefined) throw new Refusal(`--person wants ${PERSONS}`);
  if (kind !== undefined) return kind === 'member' ? memberPerson(id) : guestPerson(id);
  const teamId = TeamId.safeParse(team?.toLowerCase());
  if (!teamId.success) throw new Refusal(`--person wants ${PERSONS}`);
  return externalPerson((await loadMasterKeys(config.dataDir)).lookup, teamId.data, id);
}

function wholeNumber(option: string, text: string | undefined): number {
  if (text === undefined || !/^\d{1,15}$/.test(text)) throw new Refusal(`${option} wants a whole number`);
  return Number(text);
}
