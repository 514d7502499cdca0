import { TeamId } from '@conclave/protocol/ids';
import { LogFilter } from '@conclave/protocol/rest/log';
import type { Db } from '@conclave/server/db/connection';
import type { LogScope } from '@conclave/server/log-reading/store';
import { sql } from 'kysely';
import { EVENTS_PER_SESSION, generatedId, ROOMS, TEAMS } from './fill.ts';

export interface Search {
  readonly name: string;
  readonly scope: LogScope;
  readonly filter: LogFilter;
}

/** What the dashboard can ask, alone and combined, for the busiest team on the plain host and for one of the quietest. */
export async function chooseSearches(db: Db, events: number): Promise<Search[]> {
  const id = async (kind: string, number: number) =>
    (await sql<{ id: string }>`select ${generatedId(kind, number)} as id`.execute(db)).rows[0]?.id ?? '';
  const searches: Search[] = [];
  for (const [label, team] of [
    ['busy', 0],
    ['quiet', TEAMS - 1],
  ] as const) {
    const scope = { team: TeamId.parse(await id('team', team)), installation: team === 0 };
    const room = await id('room', (team * ROOMS) / TEAMS);
    const inTeam = await sessionOf(db, scope.team, events);
    const others = {
      key: await id('key', team * 2),
      member: await id('member', team * 5),
      foreignRoom: await id('room', ((team + 5) % TEAMS) * (ROOMS / TEAMS)),
    };
    for (const [name, filter] of Object.entries(filtersOf({ room, ...inTeam, ...others })))
      searches.push({ name: `${label}: ${name}`, scope, filter: LogFilter.parse(filter) });
  }
  return searches;
}

/** A participant and a session of the team, in the middle of the log. */
async function sessionOf(db: Db, team: TeamId, events: number) {
  const { rows } = await sql<{ session: string; participant: string; room: string; at: Date }>`
    select session_id as session, actor_id as participant, room_id as room, at from event_log_entries
    where seq > ${Math.floor(events / 2)} and team_id = ${team} and actor_kind = 'participant' order by seq limit 1`.execute(db);
  const [row] = rows;
  if (!row) throw new Error(`nothing happened in the team after ${events / EVENTS_PER_SESSION / 2} sessions`);
  return { session: row.session, participant: row.participant, sessionRoom: row.room, at: row.at };
}

type Things = Record<'room' | 'session' | 'participant' | 'sessionRoom' | 'key' | 'member' | 'foreignRoom', string> & { at: Date };

function filtersOf({ room, session, participant, sessionRoom, key, member, foreignRoom, at }: Things): Record<string, unknown> {
  const around = (beforeMs: number, afterMs: number) => ({
    from: new Date(at.getTime() - beforeMs).toISOString(),
    to: new Date(at.getTime() + afterMs).toISOString(),
  });
  const hour = around(0, 3_600_000);
  const month = around(15 * 86_400_000, 15 * 86_400_000);
  return {
    everything: {},
    'category session': { category: 'session' },
    'category security': { category: 'security' },
    'category administration': { category: 'administration' },
    'common name': { name: 'message.posted' },
    'rare name': { name: 'developer_key.created' },
    'name that never happened': { name: 'team.created' },
    refusals: { result: 'refused' },
    'what was done': { result: 'done' },
    'common refusal': { result: 'not_allowed' },
    'rare refusal': { result: 'banned' },
    'refusal that never happened': { result: 'stale' },
    'security that was done': { category: 'security', result: 'done' },
    'contradiction of category and name': { category: 'session', name: 'room.changed' },
    participant: { actor: participant },
    'busy key': { actor: key },
    member: { actor: member },
    'unknown actor': { actor: 'nobody' },
    'participant and name': { actor: participant, name: 'producer.opened' },
    'busy key and rare name': { actor: key, name: 'room.deleted' },
    'busy key and a name it never wrote': { actor: key, name: 'message.posted' },
    'member and rare name': { actor: member, name: 'retention.changed' },
    'busy key and refusal code': { actor: key, result: 'not_found' },
    'busy key and rare refusal code': { actor: key, result: 'banned' },
    'busy key in a room': { actor: key, room },
    'busy key in a room and rare name': { actor: key, room, name: 'room.deleted' },
    'busy key in a quiet room': { actor: key, room: sessionRoom },
    'busy key in an hour': { actor: key, ...hour },
    'participant in their room': { actor: participant, room: sessionRoom },
    'participant in another room': { actor: participant, room },
    'participant in their session': { actor: participant, session },
    'busy room': { room },
    "another team's room": { room: foreignRoom },
    'busy room and category security': { room, category: 'security' },
    'busy room and refusals': { room, result: 'refused' },
    'busy room and rare refusal code': { room, result: 'banned' },
    'busy room and a code that never happened': { room, result: 'stale' },
    'busy room and rare name': { room, name: 'room.deleted' },
    'busy room in a month': { room, ...month },
    session: { session },
    'session and name': { session, name: 'participant.joined' },
    'session and refusals': { session, result: 'refused' },
    'target participant': { target: participant },
    'target room': { target: room },
    'target room and member': { target: room, actor: member },
    'target key': { target: key },
    'an hour': hour,
    'a month': month,
    'an hour of refusals': { ...hour, result: 'refused' },
    'an hour of a rare refusal': { ...hour, result: 'banned' },
    'a month of a rare refusal': { ...month, result: 'banned' },
    'an hour of a rare name': { ...hour, name: 'developer_key.created' },
    'a month of administration': { ...month, category: 'administration' },
    'before everything': { to: '2025-06-01T00:00:00Z' },
    'after everything': { from: '2027-06-01T00:00:00Z' },
  };
}
