import type { EventView } from '@conclave/protocol/rest/log';
import { useEffect, useState } from 'react';
import { fetchEvents } from './log-api.ts';
import { actorOf, type Person } from './sentences.ts';

/** What an actor was called, from which event on, oldest first. Empty for one of whom no name is to be had. */
export type ActorNames = ReadonlyMap<string, readonly { seq: number; person: Person }[]>;

/** What events say about who the ids are. */
export function learnNames(known: ActorNames, events: readonly EventView[]): ActorNames {
  const names = new Map(known);
  for (const event of events) {
    const { id, kind } = event.actor;
    const person = actorOf(event);
    if (id === null || person.kind === 'unknown' || kind === 'visitor') continue;
    const others = (names.get(id) ?? []).filter(({ seq }) => seq !== event.seq);
    names.set(
      id,
      [...others, { seq: event.seq, person }].sort((a, b) => a.seq - b.seq),
    );
  }
  return names;
}

/** What an actor was called when an event happened; the first name for what was before it. */
export function nameAt(names: ActorNames, id: string, seq: number): Person {
  const called = names.get(id) ?? [];
  return (called.findLast((one) => one.seq <= seq) ?? called[0])?.person ?? { kind: 'unknown' };
}

/** In which event the name of an actor is found. Keys, jobs and operators have none. */
const NAMED_BY: Partial<Record<EventView['actor']['kind'], 'participant.joined' | 'member.signed_in'>> = {
  participant: 'participant.joined',
  member: 'member.signed_in',
};

/** At most so many look-ups for one list: an id without a name still says who is the same. */
const MOST_LOOKUPS = 24;

/** Actors of whom neither the list nor what was found before says a name. */
export function actorsWithoutName(known: ActorNames, events: readonly EventView[]): EventView['actor'][] {
  const found = new Map<string, EventView['actor']>();
  for (const { actor } of events) if (actor.id !== null && NAMED_BY[actor.kind] && !known.has(actor.id)) found.set(actor.id, actor);
  return [...found.values()].slice(0, MOST_LOOKUPS);
}

/** Names of the actors of these events: from the events themselves, else from the event with which each of them came. */
export function useActorNames(events: readonly EventView[]): ActorNames {
  const [found, setFound] = useState<ActorNames>(new Map());
  const names = learnNames(found, events);
  const missing = actorsWithoutName(names, events);
  const wanted = missing.map(({ kind, id }) => `${kind} ${id ?? ''}`).join('\n');
  useEffect(() => {
    if (wanted === '') return undefined;
    const abort = new AbortController();
    const lookUp = async () => {
      for (const line of wanted.split('\n')) {
        const [kind = '', actor = ''] = line.split(' ');
        const name = NAMED_BY[kind as keyof typeof NAMED_BY]; // lines are made above
        const answer = await fetchEvents({ actor, ...(name ? { name } : {}) }, { limit: 1, signal: abort.signal });
        if (abort.signal.aborted || !answer.ok) return;
        // One that has no name either is remembered too, and not asked for again.
        setFound((before) => learnNames(new Map([[actor, []], ...before]), answer.data.events));
      }
    };
    void lookUp();
    return () => abort.abort();
  }, [wanted]);
  return names;
}
