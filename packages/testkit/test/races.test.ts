import { setTimeout as delay } from 'node:timers/promises';
import type { KnockId, ParticipantId } from '@conclave/protocol/ids';
import type { BanView, KnockView } from '@conclave/protocol/signalling/views';
import { createManualTime } from '@conclave/runtime/testing/manual-time';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { createRandom } from '../src/faults/random.ts';
import { startPlatform, type Platform } from '../src/platform.ts';
import { Person, type Jar } from '../src/walk/person.ts';
import { prepareGround, type Ground } from '../src/walk/world.ts';
import { writtenEvents } from '../src/written-events.ts';
import '../src/database.ts'; // these tests need a database

/** `RACE_ROUNDS=500 npm run walk -- --races` takes the long way. */
const ROUNDS = Number(process.env['RACE_ROUNDS'] ?? 60);
const SEED = Number(process.env['RACE_SEED'] ?? Date.now() % 1_000_000);
/** Two requests that meet in the server are no further apart. */
const APART_MS = 12;
/** How long it takes to come in, with handshake, ticket and media path. */
const COMING_MS = 80;

const stack = new AsyncDisposableStack();
const time = createManualTime();
const random = createRandom(SEED);
let platform: Platform;
let ground: Ground;
let people: Person[] = [];

beforeAll(async () => {
  platform = stack.use(await startPlatform({ time }));
  ground = stack.use(await prepareGround(platform, time));
});
afterAll(() => stack.disposeAsync());
afterEach(() => {
  for (const person of people) person[Symbol.dispose]();
  people = [];
});

function newPerson(n: number, { jar = {}, cookie }: { jar?: Jar; cookie?: string } = {}): Person {
  const { origin, ca } = platform;
  const options = {
    n,
    origin,
    ca,
    localAddress: `127.9.${n % 200}.${1 + (people.length % 200)}`,
    jar,
    ...(cookie !== undefined && { cookie }),
  };
  const person = new Person(options, () => undefined);
  people.push(person);
  return person;
}

const rest = (method: string, path: string, body: object) =>
  platform.http.ask(method, `/api/v1${path}`, { body, headers: { authorization: `Bearer ${platform.team.key}` } });
const tokenFor = async (room: string, role: string, ud: string) =>
  String((await rest('POST', `/rooms/${room}/token`, { role, ud })).body['token']);

async function askTicket(person: Person, body: object): Promise<string> {
  const reply = await person.ask('POST', '/api/join', { name: `Person ${person.n}`, ...body });
  return reply.status === 200 ? `ticket ${String(reply.body['ticket'])}` : String(reply.body['code']);
}

/** Ticket, connection, `room.join`; resolves with `ok` or the code of the refusal. */
async function comeIn(person: Person, body: object): Promise<string> {
  const answer = await askTicket(person, body);
  return answer.startsWith('ticket ') ? spendTicket(person, answer.slice(7)) : answer;
}

async function spendTicket(person: Person, ticket: string): Promise<string> {
  await person.connect();
  return person.say('room.join', { ticket });
}

/** Both at once, each late by chance: the first by up to `firstMs`. */
function race<A, B>(one: () => Promise<A>, other: () => Promise<B>, firstMs = APART_MS): Promise<[A, B]> {
  const late = async <T>(run: () => Promise<T>, byMs: number) => {
    await delay(random.next() * byMs);
    return run();
  };
  return Promise.all([late(one, firstMs), late(other, APART_MS)]);
}

/** Lets the rate limits forget, and everybody hear what was said. */
async function settle(...all: Person[]): Promise<void> {
  time.advance(1_000);
  await Promise.all(all.map((person) => person.settle()));
}

async function moderators(room: string, count: number): Promise<Person[]> {
  const chairs = Array.from({ length: count }, (_, n) => newPerson(n));
  for (const chair of chairs)
    expect(await comeIn(chair, { room, token: await tokenFor(room, 'moderator', `chair-${chair.n}`) })).toBe('ok');
  return chairs;
}

describe(`races, ${ROUNDS} rounds each with seed ${SEED}`, () => {
  test('[P3] of a ban and a return of the banned nothing is left but the ban', async () => {
    const room = await platform.createRoom();
    const [chair] = await moderators(room, 1);
    if (!chair) throw new Error('nobody is there');
    const made = await chair.sayFor('invite.create', { name: 'Ina' });
    const { link } = (made?.ok ? made.data : {}) as { link: string }; // what it answers
    const guests = [
      { person: newPerson(10), shown: {} },
      { person: newPerson(11), shown: { token: await tokenFor(room, 'speaker', 'eleven') } },
      { person: newPerson(12), shown: { invite: link.split('#invite=')[1] } },
      { person: newPerson(13, { cookie: ground.cookie }), shown: {} },
    ];
    const ways = { anew: 0, ticket: 0, resume: 0 };
    for (let round = 0; round < ROUNDS; round += 1) {
      const { person, shown } = guests[round % guests.length] as (typeof guests)[number]; // there are some
      const asked = { room, ...shown };
      expect(await comeIn(person, asked)).toBe('ok');
      const { participantId, resumeToken } = person;
      const held = await askTicket(person, asked);
      const way = (['anew', 'ticket', 'resume'] as const)[Math.floor(round / guests.length) % 3] ?? 'anew';
      const back = {
        anew: () => comeIn(person, asked),
        ticket: () => spendTicket(person, held.slice(7)),
        resume: async () => {
          await person.connect();
          return person.say('room.resume', { resumeToken: resumeToken ?? '', keepMedia: true });
        },
      }[way];
      const ban = () =>
        chair.sayFor('participant.ban', {
          participantId: participantId as ParticipantId, // of a reply
          lasts: round % 2 === 0 ? 'room' : 'session',
          address: round % 5 === 0,
          reason: null,
        });
      const [banned, answer] = await race(ban, back, COMING_MS);
      expect(banned, `round ${round}: the ban was answered`).toMatchObject({ ok: true });
      if (answer === 'ok') ways[way] += 1;
      await settle(chair, person);
      expect([...(chair.view?.roster.keys() ?? [])], `round ${round}, ${way}: ${answer}`).toEqual([chair.participantId]);
      expect(person.state).toBe('out');
      expect(await comeIn(person, asked)).toBe('banned');
      await expect.poll(async () => (await ground.node.receivers()).length, { interval: 5, timeout: 2_000 }).toBe(1);
      const { ban: view } = (banned?.ok ? banned.data : {}) as { ban: BanView }; // just looked at
      expect(await chair.say('ban.lift', { banId: view.id })).toBe('ok');
      time.advance(1_000);
    }
    console.log(`came in before they were put out: ${JSON.stringify(ways)} of ${ROUNDS}`);
  }, 600_000);

  test.each([
    ['an admission and a turning away', ['lobby.admit', 'lobby.turn-away']],
    ['two admissions', ['lobby.admit', 'lobby.admit']],
  ] as const)(
    '[P1] of %s one holds, and everybody is told the same',
    async (_what, [first, second]) => {
      const room = await platform.createRoom({ is_locked: true });
      const [one, other] = await moderators(room, 2);
      if (!one || !other) throw new Error('nobody is there');
      const won = new Map<string, number>();
      for (let round = 0; round < ROUNDS; round += 1) {
        using guest = newPerson(20 + round);
        expect(await comeIn(guest, { room })).toBe('ok');
        expect(guest.state).toBe('lobby');
        await settle(one, other);
        const knock = one.view?.lobby.find(({ name }) => name === `Person ${guest.n}`) as KnockView; // who knocked is shown
        const decide = (person: Person, verb: typeof first | typeof second) => () =>
          verb === 'lobby.admit' ? person.say(verb, { knockId: knock.id }) : person.say(verb, { knockId: knock.id, word: 'No' });
        const answers = await race(decide(one, first), decide(other, second));
        expect(answers.filter((answer) => answer === 'ok')).toHaveLength(1);
        expect(answers.filter((answer) => answer === 'conflict' || answer === 'not_found')).toHaveLength(1);
        const verb = answers[0] === 'ok' ? first : second;
        won.set(verb, (won.get(verb) ?? 0) + 1);
        await settle(one, other, guest);
        expect([one.view?.lobby, other.view?.lobby]).toEqual([[], []]);
        const isIn = verb === 'lobby.admit';
        const ticket = guest.ticket ?? '';
        const told = isIn
          ? [guest.state, await guest.say('room.join', { ticket }), guest.state, await guest.say('room.leave', {})]
          : [guest.state, guest.ticket];
        expect(told).toEqual(isIn ? ['lobby', 'ok', 'in', 'ok'] : ['out', null]);
        people.pop();
        await settle(one, other);
      }
      const decided = (await writtenEvents(platform.db)).filter(({ name }) => name === 'knock.admitted' || name === 'knock.turned_away');
      expect(new Set(decided.map(({ target }) => target?.id)).size).toBe(decided.length);
      console.log(`won: ${JSON.stringify([...won])}`);
    },
    600_000,
  );

  test('[P1] who comes back to the lobby at the moment in which they are let in is told so', async () => {
    const room = await platform.createRoom({ is_locked: true });
    const [chair] = await moderators(room, 1);
    if (!chair) throw new Error('nobody is there');
    for (let round = 0; round < ROUNDS; round += 1) {
      using guest = newPerson(20 + round);
      expect(await comeIn(guest, { room })).toBe('ok');
      await settle(chair);
      const [knock] = chair.view?.lobby ?? [];
      const { knockToken } = guest;
      await guest.drop();
      await guest.connect();
      const [answer] = await race(
        () => chair.say('lobby.admit', { knockId: knock?.id as KnockId }), // who knocked is shown
        () => guest.say('lobby.resume', { knockToken: knockToken ?? '' }),
      );
      expect(answer).toBe('ok');
      await settle(guest);
      expect(guest.ticket, `round ${round}`).not.toBeNull();
      expect(await guest.say('room.join', { ticket: guest.ticket ?? '' })).toBe('ok');
      expect(await guest.say('room.leave', {})).toBe('ok');
      people.pop();
      await settle(chair);
    }
  }, 600_000);

  test('[P6] nothing that somebody did after they were demoted is acknowledged', async () => {
    const room = await platform.createRoom();
    const [boss, deputy] = await moderators(room, 2);
    const ann = newPerson(30);
    if (!boss || !deputy) throw new Error('nobody is there');
    expect(await comeIn(ann, { room })).toBe('ok');
    const [deputyId, annId] = [deputy.participantId, ann.participantId] as [ParticipantId, ParticipantId]; // of replies
    let acknowledged = 0;
    let refused = 0;
    for (let round = 0; round < ROUNDS; round += 1) {
      const names = Array.from({ length: 4 }, (_, n) => `Ann ${round}.${n}`);
      const [demoted, ...acts] = await Promise.all([
        delay(random.next() * APART_MS).then(() => boss.say('participant.set-role', { participantId: deputyId, role: 'attendee' })),
        ...names.map(async (name) => {
          await delay(random.next() * APART_MS);
          return deputy.say('participant.set-name', { participantId: annId, name });
        }),
      ]);
      expect(demoted).toBe('ok');
      for (const answer of acts) expect(['ok', 'not_allowed']).toContain(answer);
      acknowledged += acts.filter((answer) => answer === 'ok').length;
      refused += acts.filter((answer) => answer === 'not_allowed').length;
      expect(await deputy.say('participant.set-name', { participantId: annId, name: 'Too late' })).toBe('not_allowed');
      expect(await boss.say('participant.set-role', { participantId: deputyId, role: 'moderator' })).toBe('ok');
      await settle(boss, deputy, ann);
    }
    let isModerator = true;
    let renamed = 0;
    for (const { name, actor, target, data } of await writtenEvents(platform.db)) {
      if (name === 'participant.role_changed' && target?.id === deputyId) isModerator = data['after'] === 'moderator';
      if (name !== 'participant.renamed' || actor.id !== deputyId) continue;
      expect(isModerator).toBe(true);
      renamed += 1;
    }
    expect(renamed).toBe(acknowledged);
    console.log(`${acknowledged} acts came before the demotion, ${refused} after`);
  }, 600_000);
});
