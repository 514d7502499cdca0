import type { LogFilter } from '@conclave/protocol/rest/log';
import { EVENTS, EVENT_NAMES, type EventName } from '@conclave/protocol/events/names';

/** Refusals are one kind of event, and nothing else is; the table holds it to that. */
const REFUSAL = 'request.refused' satisfies EventName;

/** The names that events with this category, name and result can have, in the order of the table; none when they contradict each other. */
export function namesMatching({ category, name, result }: Pick<LogFilter, 'category' | 'name' | 'result'>): EventName[] {
  return EVENT_NAMES.filter(
    (candidate) =>
      (name === undefined || candidate === name) &&
      (category === undefined || EVENTS[candidate].category === category) &&
      (result === undefined || (candidate === REFUSAL) === (result !== 'done')),
  );
}

/** By what the rows of a page are found; the rest of the filter is looked at row by row. */
export type Found = 'actor' | 'actor-in-room' | 'actor-and-result' | 'target' | 'room' | 'session' | 'result' | 'name';

/**
 * Chooses the condition that leaves few rows to look at. A participant has few events, and so have a session and most targets; a key, a
 * member or a job may have very many, and then a room narrows it.
 */
export function foundBy(filter: LogFilter, actorIsParticipant: boolean): Found {
  if (filter.actor !== undefined && actorIsParticipant) return 'actor';
  if (filter.session !== undefined) return 'session';
  if (filter.target !== undefined) return 'target';
  const isCode = filter.result !== undefined && filter.result !== 'refused' && filter.result !== 'done';
  if (filter.actor !== undefined && filter.room === undefined) return isCode ? 'actor-and-result' : 'actor';
  if (filter.actor !== undefined) return 'actor-in-room';
  if (filter.room !== undefined) return 'room';
  return isCode ? 'result' : 'name';
}
