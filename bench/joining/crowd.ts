/**
 * Rooms of 200 of whom one sends sound: one of a whole platform, one of our media node alone and one of Janus. The others are in all three from
 * the beginning, connected and subscribed, in two processes for each room; but sound there is in one room at a time, while that has its turn,
 * since 200 who hear it take most of a core. The two rooms that wait take about a seventh of one, with all that is in them. On the platform the
 * one who sends joins for the turn and leaves at its end, and who is there is told, as of anybody; an SFU's stays and pauses. What the others
 * get of it is counted.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { openNativeSite } from '../common/native-site.ts';
import { startCrowd, type Crowd } from '../crowd/crowd.ts';
import type { CrowdPlace, PersonPlan } from '../crowd/messages.ts';
import type { SfuAddress } from '../fanout/door.ts';
import { openSfu, type JoinedSfu } from '../fanout/joined-sfu.ts';
import { letResidentsIn, type Residents } from '../fanout/residents.ts';
import { BUSY_RATES, createSubject, joinSfu, joinRoom, type Subject, type WithSound } from './subject.ts';

const RESIDENTS = 200;
/** All but the one who sends. */
const LISTENERS = RESIDENTS - 1;
const PROCESSES = 2;
const LISTENERS_PER_S = 10;
/** The door lets one address in 600 times a minute, and those who are measured come from another. */
const LISTENERS_ADDRESS = '127.0.8.1';
const SETTLE_MS = 2_000;

interface CrowdOptions {
  readonly node: SfuAddress;
  readonly janus: SfuAddress;
}

/** Fills the rooms; resolves when all are there, whom `began` ends. */
export async function openCrowd(began: AsyncDisposableStack, { node, janus }: CrowdOptions): Promise<Subject[]> {
  const platform = await siteSubject(began);
  const sfus = [sfuSubject(began, 'media node of Conclave alone', node), sfuSubject(began, 'Janus', janus)];
  return [platform, ...(await Promise.all(sfus))];
}

async function siteSubject(began: AsyncDisposableStack): Promise<Subject> {
  const site = began.use(await openNativeSite());
  // Only so many may send in a room, so that a role is kept for the one who does.
  const settings = { privacy: 'public', roles: ['speaker', 'attendee'], default_role: 'attendee', max_participants: 1_000 };
  const room = await site.createRoom(settings);
  const [token, place] = await Promise.all([site.roomToken(room, { role: 'speaker' }), site.placeOf(room)]);
  const listeners = began.use(startCrowd(PROCESSES));
  const startMs = Date.now();
  const plans = Array.from({ length: LISTENERS }, (_, index) => ({
    name: `Listener ${index + 1}`,
    room,
    joinAtMs: startMs + (index * 1_000) / LISTENERS_PER_S,
    localAddress: LISTENERS_ADDRESS,
  }));
  await joinAll(listeners, place, plans);
  const { installation } = site;
  return createSubject({
    name: `Conclave, room of ${RESIDENTS}`,
    join: joinRoom({ installation, roomUrl: `${installation.origin}/${room}` }),
    withSound: soundOfSite({ place, listeners, speaker: { name: 'Speaker', room, token, sound: 'speech' } }),
  });
}

async function sfuSubject(began: AsyncDisposableStack, name: string, address: SfuAddress): Promise<Subject> {
  const sfu = began.use(await openSfu(address));
  const residents = began.use(await letResidentsIn(sfu, { residents: LISTENERS, processes: PROCESSES }));
  return createSubject({
    name: `${name}, room of ${RESIDENTS}`,
    join: joinSfu(sfu),
    rates: BUSY_RATES,
    withSound: soundOfSfu(sfu, residents),
  });
}

async function joinAll(crowd: Crowd, place: CrowdPlace, people: readonly PersonPlan[]): Promise<void> {
  const { failures } = await crowd.join(place, people);
  if (failures.length > 0) throw new Error(`${failures.length} did not get in: ${[...new Set(failures)].join(', ')}`);
}

interface SiteSound {
  readonly place: CrowdPlace;
  readonly listeners: Crowd;
  readonly speaker: Omit<PersonPlan, 'joinAtMs'>;
}

const soundOfSite =
  ({ place, listeners, speaker: plan }: SiteSound): WithSound =>
  async (work) => {
    await using speaker = startCrowd(1);
    await joinAll(speaker, place, [{ ...plan, joinAtMs: Date.now() }]);
    await delay(SETTLE_MS);
    await Promise.all([listeners.reset(), speaker.reset()]);
    await work();
    const [{ receivedPackets }, { sentPackets }] = await Promise.all([listeners.count(), speaker.count()]);
    await speaker.leave();
    return receivedPackets / (sentPackets * LISTENERS);
  };

const soundOfSfu =
  (sfu: JoinedSfu, residents: Residents): WithSound =>
  async (work) => {
    await residents.reset();
    using speech = sfu.speak();
    await delay(SETTLE_MS);
    await work();
    speech[Symbol.dispose]();
    return residents.receivedRatio(speech.packets);
  };
