import { createTeam } from '../access/actions.ts';
import { hashPassword } from '../access/passwords.ts';
import { insertAccount, insertMember, type Team } from '../access/store.ts';
import { inTransaction } from '../db/transaction.ts';
import { operatorCause } from '../event-log/cause.ts';
import type { NewEvent } from '../event-log/event-log.ts';
import { sequenceBatch } from '../event-log/sequencer.ts';
import { startTestSite, TEST_ORIGIN } from '../web/test-site.ts';

const PASSWORD = 'correct horse';

/** A site with the team of the plain host and another one, each with an owner who is signed in; everything is sequenced. For tests. */
export async function startLogSite(databaseUrl: string) {
  await using began = new AsyncDisposableStack();
  const site = began.use(await startTestSite(databaseUrl));
  const passwordHash = await hashPassword(PASSWORD);

  async function addMember(team: Team, name: string, role: string) {
    const email = `${name.toLowerCase()}@example.org`;
    const userId = (await insertAccount(site.db, { name, email, passwordHash })) ?? '';
    await insertMember(site.db, team.id, userId, role);
    const reply = await site.call('/api/auth/sign-in/email', { method: 'POST', body: { email, password: PASSWORD } });
    return { userId, cookie: String(reply.headers['set-cookie']).split(';', 1)[0] ?? '' };
  }

  const harbour = await createTeam(site.ctx, operatorCause(), 'Harbour');
  const quay = await createTeam(site.ctx, operatorCause(), 'Quay');
  const ada = await addMember(harbour, 'Ada', 'owner');
  const eve = await addMember(quay, 'Eve', 'owner');

  /** Writes events and waits until all that were written have their place. */
  async function write(...events: NewEvent[]): Promise<void> {
    await inTransaction(site.db, (tx) => site.ctx.eventLog.appendAll(tx, events));
    await settle();
  }

  async function settle(): Promise<void> {
    while ((await sequenceBatch(site.db, 2_000)).count > 0);
  }

  const get = (path: string, by: { cookie: string }) => site.call(`/api/log${path}`, { headers: { cookie: by.cookie } });
  const patch = (path: string, by: { cookie: string }, body: unknown) =>
    site.call(`/api/log${path}`, { method: 'PATCH', headers: { cookie: by.cookie, origin: TEST_ORIGIN }, body });
  // Whoever follows the log from here on is told nothing of the above.
  await settle();
  const ends = began.move();
  return {
    site,
    db: site.db,
    harbour,
    quay,
    ada,
    eve,
    addMember,
    write,
    settle,
    get,
    patch,
    [Symbol.asyncDispose]: () => ends.disposeAsync(),
  };
}
export type LogSite = Awaited<ReturnType<typeof startLogSite>>;
