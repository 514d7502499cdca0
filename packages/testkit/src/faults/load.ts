import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { httpsClient } from '@conclave/cli/peer/https-client';
import { joinRoom, resumeRoom, type Guest } from '../joining.ts';
import type { Gate } from './gate.ts';
import type { Ledger } from './ledger.ts';
import type { Random } from './random.ts';

/** A deed that is not answered in this time is given up, with its connection. */
const DEED_TIMEOUT_MS = 15_000;
/** Below the 20 messages a second that one connection may send. */
const PAUSE_MS = { min: 30, max: 120 };

export interface Site {
  readonly origin: string;
  readonly ca: string;
  /** A developer key. */
  readonly key: string;
  /** A room that everybody may enter. */
  readonly room: string;
}

interface Acting {
  readonly site: Site;
  readonly ledger: Ledger;
  readonly gate: Gate;
  readonly random: Random;
  readonly signal: AbortSignal;
}

/**
 * A participant who chats, takes other names, leaves and comes again, and comes back as a page does when the connection breaks. What is
 * acknowledged goes into the ledger. Ends with the signal.
 */
export async function participate({ site, ledger, gate, random, signal }: Acting): Promise<void> {
  using http = httpsClient(site.origin, site.ca);
  const place = { origin: site.origin, ca: site.ca, http };
  let guest: Guest | null = null;
  let resumeToken: string | null = null;
  /** Sent again until it is acknowledged, as the page does. */
  let unsent: { clientMessageId: string; text: string } | null = null;

  function lose(): void {
    guest?.[Symbol.dispose]();
    guest = null;
  }

  async function enter(): Promise<Guest> {
    if (resumeToken !== null) {
      const token = resumeToken;
      const back = await resumeRoom(place, { resumeToken: token }).catch((error: unknown) => {
        if (isRefusal(error)) resumeToken = null;
        throw error;
      });
      resumeToken = back.joined.self.resumeToken;
      return back;
    }
    unsent = null;
    const fresh = await joinRoom(place, { room: site.room, name: `joined ${randomUUID()}` });
    ledger.joins.add(fresh.joined.self.participantId);
    resumeToken = fresh.joined.self.resumeToken;
    return fresh;
  }

  async function chat({ client }: Guest): Promise<void> {
    unsent ??= { clientMessageId: randomUUID(), text: `said ${randomUUID()}` };
    ledger.texts.add(unsent.text);
    const reply = await client.ask('chat.send', unsent);
    if (!reply.ok) throw new Error(reply.code);
    ledger.messages.add(reply.data.message.id);
    unsent = null;
  }

  async function rename({ client }: Guest): Promise<void> {
    const name = `renamed ${randomUUID()}`;
    const reply = await client.ask('participant.rename', { name });
    if (!reply.ok) throw new Error(reply.code);
    ledger.renames.add(name);
  }

  async function leave({ client }: Guest): Promise<void> {
    await client.ask('room.leave', {});
    resumeToken = null;
    lose();
  }

  async function deed(): Promise<void> {
    guest ??= await enter();
    if (guest.client.socket.readyState !== guest.client.socket.OPEN) throw new Error('the connection is gone');
    const choice = random.next();
    await (choice < 0.75 ? chat(guest) : choice < 0.93 ? rename(guest) : leave(guest));
  }

  while (!signal.aborted) {
    await gate.through(() =>
      inTime(deed()).catch(() => {
        ledger.unanswered += 1;
        lose();
      }),
    );
    await delay(random.between(PAUSE_MS.min, PAUSE_MS.max));
  }
  lose();
}

/** Somebody with a developer key who makes rooms and deletes some of them again. */
export async function administer({ site, ledger, gate, random, signal }: Acting): Promise<void> {
  const headers = { authorization: `Bearer ${site.key}` };
  let http = httpsClient(site.origin, site.ca);

  async function deed(): Promise<void> {
    const made = await http.ask('POST', '/api/v1/rooms', { body: { friendly_url: `r${randomUUID().slice(0, 13)}` }, headers });
    if (made.status !== 200) throw new Error(String(made.status));
    const id = String(made.body['id']);
    ledger.roomsMade.add(id);
    if (random.next() < 0.6) return;
    const deleted = await http.ask('DELETE', `/api/v1/rooms/${id}`, { headers });
    if (deleted.status >= 300) throw new Error(String(deleted.status));
    ledger.roomsDeleted.add(id);
  }

  while (!signal.aborted) {
    await gate.through(() =>
      inTime(deed()).catch(() => {
        ledger.unanswered += 1;
        http[Symbol.dispose]();
        http = httpsClient(site.origin, site.ca);
      }),
    );
    await delay(random.between(PAUSE_MS.min, PAUSE_MS.max));
  }
  http[Symbol.dispose]();
}

/** The server said no, rather than nothing: it will say so again. */
function isRefusal(error: unknown): boolean {
  return /^Error: (sign_in_required|session_ended|banned|not_found|not_allowed)$/.test(String(error));
}

async function inTime(deed: Promise<void>): Promise<void> {
  const aborter = new AbortController();
  const late = delay(DEED_TIMEOUT_MS, undefined, { signal: aborter.signal }).then(
    () => Promise.reject(new Error('no answer')),
    () => undefined,
  );
  deed.catch(() => undefined); // who gave up on it does not hear of it
  await Promise.race([deed, late]).finally(() => aborter.abort());
}
