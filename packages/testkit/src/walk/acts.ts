import { randomUUID } from 'node:crypto';
import { camera, microphone, ROUTER_CAPABILITIES } from '@conclave/media/testing/rtp-fixture';
import type { ChatMessageId, ParticipantId } from '@conclave/protocol/ids';
import type { RequestData, RequestType } from '@conclave/protocol/signalling/messages';
import { CHAT_EMOJIS, type BanView, type ChatMessageView, type InviteView } from '@conclave/protocol/signalling/views';
import { isErrorCode } from '@conclave/protocol/errors';
import { must } from './broken.ts';
import type { Person } from './person.ts';
import type { Step } from './plan.ts';
import { changeRole, changeSettings, deleteOwnRole, deleteTheRoom } from './rest-acts.ts';
import { DOORS, type World } from './world.ts';

/** Answers that would be faults of ours. */
const FAULTS: ReadonlySet<string> = new Set(['internal', 'unavailable', 'maintenance', 'rate_limited', 'bad_request']);

interface Acting {
  readonly world: World;
  readonly person: Person;
  readonly step: Step;
}
type Act = (acting: Acting) => Promise<string>;

/** Takes one step and resolves with what was answered. @throws Broken when the answer is a fault of ours. */
export async function act(world: World, step: Step): Promise<string> {
  const person = at(world.people, step.who);
  if (person.state === 'in') await person.settle();
  const answer = await move({ world, person, step });
  must(!FAULTS.has(answer), () => `${person.name}, who was ${person.state}, was answered ${answer} to ${step.kind}`);
  return answer;
}

function move(acting: Acting): Promise<string> {
  const { person, step } = acting;
  const rest = REST[step.kind];
  if (rest) return rest(acting);
  switch (person.state) {
    case 'out':
      return enter(acting);
    case 'away':
      return step.n % 5 === 0 ? enter(acting) : comeBack(person);
    case 'lobby':
    case 'lobby-away':
      return wait(acting);
    case 'in':
      return (ACTS[step.kind] ?? ping)(acting);
  }
}

/** By the door that is this person's. Somebody who was in already leaves a place behind that nobody comes back to. */
async function enter({ world, person, step }: Acting): Promise<string> {
  person.forget();
  const door = at(DOORS, person.n);
  const [token, invite] = [world.tokens.get(person), world.invites.get(person)];
  const body = {
    room: world.room,
    name: `Walker ${person.n}`,
    ...(door === 'token' && token !== undefined && { token }),
    ...(door === 'invite' && invite !== undefined && { invite: invite.secret }),
    ...(world.password !== null && step.n % 6 !== 0 && { password: step.n % 7 === 0 ? 'wrong' : world.password }),
  };
  const reply = await person.ask('POST', '/api/join', body);
  if (reply.status !== 200) return String(reply.body['code']);
  await person.connect();
  return person.say('room.join', { ticket: String(reply.body['ticket']), rtpCapabilities: ROUTER_CAPABILITIES });
}

async function comeBack(person: Person): Promise<string> {
  const { resumeToken } = person;
  await person.connect();
  return person.say('room.resume', { resumeToken: resumeToken ?? '', keepMedia: person.media !== null });
}

async function wait({ person, step }: Acting): Promise<string> {
  const { ticket, knockToken } = person;
  if (person.state === 'lobby-away') {
    await person.connect();
    return person.say('lobby.resume', { knockToken: knockToken ?? '' });
  }
  if (ticket !== null) {
    person.ticket = null;
    return person.say('room.join', { ticket });
  }
  if (step.n % 8 === 0) return person.say('lobby.leave', {});
  if (step.n % 8 === 1) return person.drop().then(() => 'ok');
  return ping({ person });
}

const ping = ({ person }: Pick<Acting, 'person'>) => person.say('connection.ping', {});

function at<T>(list: readonly T[], n: number): T {
  return list[n % list.length] as T; // the lists here are not empty
}

/** Somebody on the list, oneself now and then. */
function somebody({ person, step }: Acting): ParticipantId {
  const ids = [...(person.view?.roster.keys() ?? [])];
  return at(ids, step.whom) as ParticipantId; // who is in is on the list
}

const onSomebody =
  <T extends RequestType>(type: T, more: (n: number, acting: Acting) => object = () => ({})): Act =>
  (acting) =>
    acting.person.say(type, { participantId: somebody(acting), ...more(acting.step.n, acting) } as unknown as RequestData<T>); // as the schema of each has it
const simply =
  <T extends RequestType>(type: T, data: (n: number, acting: Acting) => object = () => ({})): Act =>
  (acting) =>
    acting.person.say(type, data(acting.step.n, acting) as RequestData<T>); // as above

const roleNames = ({ person }: Acting) => person.view?.room.roles.map(({ name }) => name) ?? ['speaker'];

async function say(
  acting: Acting,
  type: 'chat.send' | 'chat.send-private' | 'chat.send-group',
  more: { participantId?: ParticipantId } = {},
): Promise<string> {
  const { world, person, step } = acting;
  const sessionId = String(person.view?.room.sessionId);
  const replyTo = step.n % 4 === 0 ? (messageOf(acting)?.id ?? null) : null;
  const text = `${person.name} says ${randomUUID()}`;
  world.unanswered.add(text);
  const reply = await person.sayFor(type, { clientMessageId: randomUUID(), text, replyTo, ...more });
  if (reply === null) return 'closed';
  world.unanswered.delete(text);
  if (!reply.ok) return reply.code;
  const { message } = reply.data as unknown as { message: ChatMessageView }; // what these three answer
  const known = world.chat.get(sessionId) ?? new Map();
  // Of a message and a clearing at the same time either may be first, and either may be answered first.
  const state = message.to.kind === 'everyone' && world.cleared.get(sessionId) === world.round ? 'unsure' : 'there';
  world.chat.set(sessionId, known.set(message.id, { message, state }));
  return 'ok';
}

function messageOf({ person, step }: Acting): ChatMessageView | undefined {
  const chat = person.view?.chat ?? [];
  return chat.length === 0 ? undefined : at(chat.slice(-6), step.whom);
}

const NO_MESSAGE = '00000000-0000-4000-8000-000000000000' as ChatMessageId; // a UUID that is nobody's

async function remove(acting: Acting, type: 'chat.delete' | 'chat.delete-any'): Promise<string> {
  const { world, person } = acting;
  const messageId = messageOf(acting)?.id ?? NO_MESSAGE;
  const known = world.chat.get(String(person.view?.room.sessionId))?.get(messageId);
  const answer = await person.say(type, { messageId });
  if (known && answer === 'ok') known.state = 'gone';
  else if (known && answer.startsWith('closed')) known.state = 'unsure';
  return answer;
}

async function clear({ world, person }: Acting): Promise<string> {
  const sessionId = String(person.view?.room.sessionId);
  const known = world.chat.get(sessionId) ?? new Map<string, never>();
  world.cleared.set(sessionId, world.round);
  const before = [...known.keys()];
  const answer = await person.say('chat.clear', {});
  const isDone = answer === 'ok';
  if (!isDone && !answer.startsWith('closed')) return answer;
  for (const [id, entry] of known)
    if (entry.message.to.kind === 'everyone') entry.state = isDone && before.includes(id) ? 'gone' : 'unsure';
  return answer;
}

async function ban(acting: Acting, address: boolean): Promise<string> {
  const { world, person, step } = acting;
  const participantId = somebody(acting);
  const sessionId = String(person.view?.room.sessionId);
  const lasts = step.n % 2 === 0 ? 'session' : 'room';
  const reply = await person.sayFor('participant.ban', { participantId, lasts, address, reason: null });
  if (reply === null) return 'closed';
  if (!reply.ok) return reply.code;
  const { ban: made } = reply.data as unknown as { ban: BanView }; // what it answers
  const target = world.owners.get(participantId);
  must(target !== undefined, () => `${participantId} was banned and never let in`);
  const until = lasts === 'session' ? sessionId : null;
  const device = world.devices.get(participantId);
  world.bans.push({ id: made.id, person: target, device, matches: made.matches, sessionId: until, round: world.round, lifted: false });
  world.gone.add(participantId);
  return 'ok';
}

async function lift({ world, person, step }: Acting): Promise<string> {
  const reply = await person.sayFor('ban.list', {});
  if (!reply?.ok) return reply?.code ?? 'closed';
  const { bans } = reply.data as unknown as { bans: BanView[] }; // what it answers
  if (bans.length === 0) return 'ok';
  const banId = at(bans, step.whom).id;
  const known = world.bans.find(({ id }) => id === banId);
  const answer = await person.say('ban.lift', { banId });
  // A lost answer leaves it open whether it holds.
  if (known && (answer === 'ok' || answer.startsWith('closed'))) known.lifted = true;
  return answer;
}

/** Puts somebody out whose participant never comes back. */
async function putOut(acting: Acting, type: 'participant.remove' | 'participant.send-to-lobby'): Promise<string> {
  const participantId = somebody(acting);
  const answer = await acting.person.say(type, { participantId });
  if (answer === 'ok') acting.world.gone.add(participantId);
  return answer;
}

async function onKnock({ person, step }: Acting, type: 'lobby.admit' | 'lobby.turn-away'): Promise<string> {
  const waiting = person.view?.lobby ?? [];
  if (waiting.length === 0) return ping({ person });
  const knockId = at(waiting, step.whom).id;
  return type === 'lobby.admit' ? person.say(type, { knockId }) : person.say(type, { knockId, word: 'Not now' });
}

async function invite({ world, person, step }: Acting): Promise<string> {
  const guest = at(world.people, 5);
  const data = { name: 'Invited', role: step.n % 3 === 0 ? 'attendee' : null, maxPersons: step.n % 2 === 0 ? 1 : 2 };
  const reply = await person.sayFor('invite.create', data);
  if (!reply?.ok) return reply?.code ?? 'closed';
  const { invite: made, link } = reply.data as unknown as { invite: InviteView; link: string }; // what it answers
  if (!world.invites.has(guest) || step.n % 4 === 0) world.invites.set(guest, { secret: link.split('#invite=')[1] ?? '', id: made.id });
  return 'ok';
}

async function revoke({ world, person, step }: Acting): Promise<string> {
  const known = world.invites.get(at(world.people, 5));
  if (!known || step.n % 3 !== 0) return person.say('invite.list', {});
  return person.say('invite.revoke', { inviteId: known.id }); // from a reply
}

async function setPassword({ world, person, step }: Acting): Promise<string> {
  const password = step.n % 2 === 0 ? `word ${step.n}` : null;
  const answer = await person.say('room.set-password', { password });
  if (answer === 'ok' || answer.startsWith('closed')) world.password = password;
  return answer;
}

async function produce({ world, person, step }: Acting): Promise<string> {
  const n = (world.ground.verbs += 1);
  const sent = [
    microphone(1_000 + n, `a${n}`),
    camera(`v${n}`, 1 + (step.n % 3)),
    { ...camera(`s${n}`, 1), source: 'screen' },
    { ...microphone(2_000_000 + n, `t${n}`), source: 'screen-audio' },
  ];
  const reply = await person.askMedia('POST', '/producers', at(sent, step.n));
  if (reply.status === 200) person.producers.push(String(reply.body['id']));
  return mediaAnswer(reply);
}

async function consume({ person, step }: Acting): Promise<string> {
  const all = [...(person.view?.roster.values() ?? [])].flatMap(({ producers }) => producers.map(({ id }) => id));
  const producerIds = [...new Set([...all, ...person.producers].slice(0, 1 + (step.n % 20)))];
  if (producerIds.length === 0) return ping({ person });
  return mediaAnswer(await person.askMedia('POST', '/consumers', { rtpCapabilities: ROUTER_CAPABILITIES, producerIds }));
}

async function onProducer({ person, step }: Acting, method: 'PATCH' | 'DELETE'): Promise<string> {
  if (person.producers.length === 0) return ping({ person });
  const id = at(person.producers, step.whom);
  const reply = await person.askMedia(method, `/producers/${id}`, method === 'PATCH' ? { paused: step.n % 2 === 0 } : undefined);
  if (method === 'DELETE') person.producers = person.producers.filter((other) => other !== id);
  return mediaAnswer(reply);
}

function mediaAnswer({ status, body }: { status: number; body: Record<string, unknown> }): string {
  if (status === 200) return 'ok';
  const code = String(body['code']);
  must(isErrorCode(code), () => `the media node answered ${status}`);
  return code;
}

const ACTS: Partial<Record<Step['kind'], Act>> = {
  say: (acting) => say(acting, 'chat.send'),
  'say-private': (acting) => say(acting, 'chat.send-private', { participantId: somebody(acting) }),
  'say-group': (acting) => say(acting, 'chat.send-group'),
  react: (acting) =>
    acting.person.say('chat.react', {
      messageId: messageOf(acting)?.id ?? NO_MESSAGE,
      emoji: at(CHAT_EMOJIS, acting.step.n),
      on: acting.step.n % 3 !== 0,
    }),
  delete: (acting) => remove(acting, 'chat.delete'),
  'delete-any': (acting) => remove(acting, 'chat.delete-any'),
  clear,
  rename: simply('participant.rename', (n) => ({ name: `Renamed ${n % 5}` })),
  name: onSomebody('participant.set-name', (n) => ({ name: `Named ${n % 5}` })),
  role: onSomebody('participant.set-role', (n, acting) => ({ role: at(roleNames(acting), n) })),
  broadcast: onSomebody('participant.set-broadcast', (n) => ({
    ...(n % 3 !== 0 && { microphone: n % 2 === 0 }),
    ...(n % 3 !== 1 && { camera: n % 4 < 2 }),
  })),
  screen: onSomebody('participant.set-screenshare', (n) => ({ screen: n % 2 === 0 })),
  mute: onSomebody('participant.mute', (n) => ({ source: at(['microphone', 'camera', 'screen', 'screen-audio'], n) })),
  'mute-all': simply('room.mute-all'),
  ask: onSomebody('participant.ask-unmute', (n) => ({ source: at(['microphone', 'camera'], n) })),
  hand: (acting) => acting.person.say(acting.step.n % 3 === 0 ? 'hand.lower' : 'hand.raise', {}),
  'hand-down': onSomebody('participant.lower-hand'),
  'hands-down': simply('room.lower-hands'),
  produce,
  consume,
  pause: (acting) => onProducer(acting, 'PATCH'),
  unproduce: (acting) => onProducer(acting, 'DELETE'),
  'media-restart': simply('media.restart', (n) => (n % 2 === 0 ? { rtpCapabilities: ROUTER_CAPABILITIES } : {})),
  remove: (acting) => putOut(acting, 'participant.remove'),
  'send-back': (acting) => putOut(acting, 'participant.send-to-lobby'),
  ban: (acting) => ban(acting, false),
  'ban-address': (acting) => ban(acting, true),
  bans: simply('ban.list'),
  lift,
  admit: (acting) => onKnock(acting, 'lobby.admit'),
  'admit-all': simply('lobby.admit-all'),
  'turn-away': (acting) => onKnock(acting, 'lobby.turn-away'),
  lobby: simply('room.set-lobby', (n) => ({ on: n % 3 !== 0 })),
  lock: simply('room.set-lock', (n) => ({ on: n % 4 === 0 })),
  password: setPassword,
  'close-chat': simply('room.set-chat', (n, acting) => ({
    ...(n % 2 === 0 && { closedTo: n % 4 === 0 ? [at(roleNames(acting), n)] : [] }),
    ...(n % 3 === 0 && { privateClosedTo: n % 9 === 0 ? [at(roleNames(acting), n)] : [] }),
  })),
  invite,
  revoke,
  leave: async ({ world, person }) => {
    const { participantId } = person;
    const answer = await person.say('room.leave', {});
    if (answer === 'ok' && participantId !== null) world.gone.add(participantId);
    return answer;
  },
  drop: ({ person }) => person.drop().then(() => 'ok'),
  resume: ({ person }) => comeBack(person),
  reload: async ({ person }) => {
    await person.drop();
    const { resumeToken } = person;
    await person.connect();
    return person.say('room.resume', { resumeToken: resumeToken ?? '', keepMedia: false, rtpCapabilities: ROUTER_CAPABILITIES });
  },
  end: (acting) => (acting.step.n % 3 === 0 ? acting.person.say('room.end', {}) : ping(acting)),
};

/** What comes over REST, with the team's key. */
const REST: Partial<Record<Step['kind'], Act>> = {
  settings: ({ world, step }) => changeSettings(world, step),
  'change-role': ({ world, step }) => changeRole(world, step),
  'delete-role': ({ world }) => deleteOwnRole(world),
  'delete-room': ({ world, step }) => (step.n % 3 === 0 ? deleteTheRoom(world) : Promise.resolve('ok')),
};
