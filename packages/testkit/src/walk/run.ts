import { setTimeout as delay } from 'node:timers/promises';
import { expectAccounted } from '../changes.ts';
import { act } from './acts.ts';
import { Broken, must } from './broken.ts';
import { checkAll, checkFresh, checkLimits } from './invariants.ts';
import type { Plan, Round, Step } from './plan.ts';
import { openWorld, type Ground, type World } from './world.ts';

/** How long something that follows by itself may take, such as the media node hearing of a ban. */
const PATIENCE_MS = 2_000;
/** Of the server's time, between two rounds: what its token buckets need. */
const PACE_MS = 250;
const FRESH_EVERY = 12;

/** How the people of one walk fared: how often each answer came for each kind. */
export type Tally = Map<string, number>;

/**
 * Walks a plan in a room of its own and looks after each round whether everything holds that was promised; at the end nobody is left in
 * the room. Resolves with what was answered how often. @throws Broken with the round and what happened in it.
 */
export async function walk(ground: Ground, plan: Plan): Promise<Tally> {
  using world = await openWorld(ground);
  const tally: Tally = new Map();
  try {
    for (const round of plan) {
      world.round += 1;
      await takeRound(world, round, tally);
      if (world.round % FRESH_EVERY === 0) await lookAfresh(world);
    }
    await lookAfresh(world);
    await emptyOut(world);
    expectAccounted(await ground.changes.take());
  } catch (error) {
    const round = plan[world.round - 1];
    const said = error instanceof Error ? error.message : String(error);
    throw new Broken(`in round ${world.round} of ${plan.length} ${JSON.stringify(round)}: ${said}`, { cause: error });
  }
  return tally;
}

const ALONE: ReadonlySet<Step['kind']> = new Set(['wait', 'restart-server', 'restart-media', 'delete-room', 'delete-role']);

async function takeRound(world: World, round: Round, tally: Tally): Promise<void> {
  const { ground } = world;
  // One request of each person at a time; of several changes by REST the last must be known.
  const isRest = ({ kind }: Step) => kind === 'settings' || kind === 'change-role';
  const together = round.filter(
    (step, index) =>
      !ALONE.has(step.kind) && !round.slice(0, index).some((other) => other.who === step.who || (isRest(other) && isRest(step))),
  );
  const alone = round.find(({ kind }) => ALONE.has(kind));
  await Promise.all(together.map((step) => takeStep(world, step, tally)));
  if (alone) await takeStep(world, alone, tally);
  ground.time.advance(PACE_MS);
  await eventually(world, () => checkAll(world));
  checkLimits(world);
}

async function takeStep(world: World, step: Step, tally: Tally): Promise<void> {
  const { ground } = world;
  ground.verbs += 1;
  const answer = await take(world, step);
  const label = `${step.kind}: ${answer.startsWith('closed') ? 'closed' : answer}`;
  tally.set(label, (tally.get(label) ?? 0) + 1);
}

async function take(world: World, step: Step): Promise<string> {
  const { platform } = world.ground;
  switch (step.kind) {
    case 'wait':
      await letPass(world, [1_000, 7_000, 31_000, 61_000][step.n % 4] ?? 0);
      return 'ok';
    case 'restart-server':
      if (step.n % 2 === 0) return 'not now';
      await platform.restartServer();
      await eventually(world, () => mustBeHealthy(world));
      return 'ok';
    case 'restart-media':
      if (step.n % 2 === 0) return 'not now';
      await platform.restartMedia();
      await eventually(world, () => mustBeHealthy(world));
      return 'ok';
    default:
      return act(world, step);
  }
}

async function mustBeHealthy({ ground }: World): Promise<void> {
  const { status } = await ground.platform.http.ask('GET', '/healthz');
  if (status !== 200) throw new Broken(`the server says ${status} of its health`);
}

/** Lets the server's time pass in steps that its signs of life survive. */
async function letPass(world: World, byMs: number): Promise<void> {
  for (let passed = 0; passed < byMs; passed += 4_000) {
    world.ground.time.advance(Math.min(4_000, byMs - passed));
    await Promise.all(world.people.map((person) => person.settle()));
    await mustBeHealthy(world);
  }
}

/** Looks again, while the server's time goes on, until it holds. @throws what it threw last. */
async function eventually(world: World, look: () => Promise<void>): Promise<void> {
  const untilMs = performance.now() + PATIENCE_MS;
  for (;;) {
    try {
      return await look();
    } catch (error) {
      if (!(error instanceof Broken) || performance.now() > untilMs) throw error;
      world.ground.time.advance(60);
      await delay(10);
    }
  }
}

/** Everybody who is in looks at the room afresh, one after the other. */
async function lookAfresh(world: World): Promise<void> {
  for (const person of world.people) {
    const { view: seen, state, resumeToken } = person;
    if (!seen || state !== 'in' || resumeToken === null) continue;
    await person.settle();
    await person.connect();
    const answer = await person.say('room.resume', { resumeToken, keepMedia: true });
    if (answer !== 'ok' || !person.view) throw new Broken(`${person.name} could not look afresh: ${answer}`);
    checkFresh(world, person, seen, person.view);
  }
  world.ground.time.advance(PACE_MS);
  await eventually(world, () => checkAll(world));
}

/** Everybody goes, and the media node has nothing left of them. */
async function emptyOut(world: World): Promise<void> {
  const { ground } = world;
  await world.rest('DELETE', `/rooms/${world.room}`, {});
  // A team may have so many roles, and a long run takes many walks.
  if (world.hasRole) must((await world.rest('DELETE', `/roles/${world.role}`)).status === 204, () => 'the role could not be deleted');
  for (const person of world.people) await person.settle();
  await eventually(world, async () => {
    const left = (await ground.node.receivers()).filter(({ participantId }) => world.owners.has(participantId));
    if (left.length > 0) throw new Broken(`${left.length} have a media path although their room is gone`);
  });
}
