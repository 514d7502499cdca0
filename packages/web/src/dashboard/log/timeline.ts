import type { EventView } from '@conclave/protocol/rest/log';
import { personOf, type Person } from './sentences.ts';

export interface Minute {
  /** The beginning of the minute. */
  timeMs: number;
  events: EventView[];
}

/** Events in the order of the log, oldest first, cut into minutes. */
export function byMinute(events: readonly EventView[]): Minute[] {
  const minutes: Minute[] = [];
  for (const event of events) {
    const timeMs = Math.floor(Date.parse(event.time) / 60_000) * 60_000;
    const last = minutes.at(-1);
    if (last?.timeMs === timeMs) last.events.push(event);
    else minutes.push({ timeMs, events: [event] });
  }
  return minutes;
}

export interface Attendance {
  id: string;
  person: Person;
  role: string | null;
  joinedMs: number;
  /** null while there. */
  leftMs: number | null;
}

/** Who was in a session, in the order in which they came. */
export function attendanceOf(events: readonly EventView[]): Attendance[] {
  const here = new Map<string, Attendance>();
  for (const event of events) {
    const id = whoseStay(event);
    if (event.name === 'session.ended') for (const one of here.values()) one.leftMs ??= Date.parse(event.time);
    if (id === null) continue;
    const known = here.get(id);
    if (event.name === 'participant.joined' && !known) {
      const { role } = event.data;
      const joinedMs = Date.parse(event.time);
      here.set(id, { id, person: personOf(event.personal.name), role: typeof role === 'string' ? role : null, joinedMs, leftMs: null });
    } else if (event.name === 'participant.renamed' && known) {
      known.person = personOf(event.personal.name);
    } else if (event.name === 'participant.role_changed' && known) {
      const { after } = event.data;
      known.role = typeof after === 'string' ? after : null;
    } else if (event.name === 'participant.left' && known) {
      known.leftMs = Date.parse(event.time);
    }
  }
  return [...here.values()];
}

/** Whom an event is about: who was removed or renamed, whoever did it, else who acted. */
function whoseStay({ actor, target }: EventView): string | null {
  if (target?.kind === 'participant') return target.id;
  return actor.kind === 'participant' ? actor.id : null;
}
