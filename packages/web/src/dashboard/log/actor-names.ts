import type { EventView } from '@conclave/protocol/rest/log';
import { useEffect, useState } from 'react';
import { fetchEvents } from './log-api.ts';
import { actorOf, otherParticipant, personOf, type Person } from './sentences.ts';

/** What an actor was called, from which event on, oldest first. Empty for one of whom no name is to be had. */
export type ActorNames = ReadonlyMap<string, readonly { seq: number; person: Person }[]>;

/** What events say about who the ids are. */
export function learnNames(known: ActorNames, events: readonly EventView[]): ActorNames {
  const names = new Map(known);
  for (const event of events) {
    const { id, person } = named(event);
    if (id === null || person.kind === 'unknown') continue;
    const others = (names.get(id) ?? []).filter(({ seq }) => seq !== event.seq);
    names.set(
      id,
      [...others, { seq: event.seq, person }].sort((a, b) => a.seq - b.seq),
    );
  }
  return names;
}

/** Whom an event gives a name: who acted, or another participant to whom something was done. */
function named(event: EventView): { id: string | null; person: Person } {
  const other = otherParticipant(event);
  if (other !== null) return { id: other, person: personOf(event.personal.name) };
  return { id: event.actor.kind === 'visitor' ? null : event.actor.id, person: actorOf(event) };
}

/** What an actor was called when an event happened; the first name for what was before it. */
export function nameAt(names: ActorNames, id: string, seq: number): Person {
  const called = names.get(id) ?? [];
  return (called.findLast((one) => one.seq <= seq) ?? called[0])?.person ?? { kind: 'unknown' };
}

/** In which events the name of somebody is found, the likeliest first. Keys, jobs and operators have none. */
const NAMED_BY = {
  participant: ['participant.joined'],
  member: ['member.signed_in', 'installation.set_up'],
} as const;
type Named = { kind: keyof typeof NAMED_BY; id: string };

/** At most so many look-ups for one list: an id without a name still says who is the same. */
const MOST_LOOKUPS = 24;

/** People of whom neither the list nor what was found before says a name. */
export function withoutName(known: ActorNames, events: readonly EventView[]): Named[] {
  const found = new Map<string, Named>();
  for (const { actor, target } of events) {
    for (const one of [actor, target]) {
      if (!one || one.id === null || known.has(one.id)) continue;
      if (one.kind === 'participant' || one.kind === 'member') found.set(one.id, { kind: one.kind, id: one.id });
    }
  }
  return [...found.values()].slice(0, MOST_LOOKUPS);
}

/** The events that name somebody, as far as there are any. Fails as the server does. */
async function findNames({ kind, id }: Named, signal: AbortSignal): Promise<readonly EventView[] | null> {
  for (const name of NAMED_BY[kind]) {
    const answer = await fetchEvents({ actor: id, name }, { limit: 1, signal });
    if (!answer.ok) return null;
    if (answer.data.events.length > 0) return answer.data.events;
  }
  return [];
}

/** Names of the actors of these events: from the events themselves, else from the event with which each of them came. */
export function useActorNames(events: readonly EventView[]): ActorNames {
  const [found, setFound] = useState<ActorNames>(new Map());
  const names = learnNames(found, events);
  const wanted = JSON.stringify(withoutName(names, events));
  useEffect(() => {
    const abort = new AbortController();
    const lookUp = async () => {
      for (const one of JSON.parse(wanted) as Named[]) {
        // a string, so that the same people are not looked up again
        const answer = await findNames(one, abort.signal);
        if (abort.signal.aborted || !answer) return;
        // One that has no name either is remembered too, and not asked for again.
        setFound((before) => learnNames(new Map([[one.id, []], ...before]), answer));
      }
    };
    void lookUp();
    return () => abort.abort();
  }, [wanted]);
  return names;
}
