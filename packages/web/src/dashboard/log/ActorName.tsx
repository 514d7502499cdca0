import type { EventView } from '@conclave/protocol/rest/log';
import { useTranslation } from 'react-i18next';
import { Link } from '../../app/navigation.tsx';
import { nameAt, type ActorNames } from './actor-names.ts';
import { logAddress } from './filter.ts';
import { ForeignText } from './ForeignText.tsx';
import { actorOf, type LogT, type Person } from './sentences.ts';
import { visibleText } from './visible-text.ts';

/** Who acted: as the event says, else as other events say. */
export function personBehind(event: EventView, names: ActorNames): Person {
  const person = actorOf(event);
  return person.kind === 'unknown' && event.actor.id !== null ? nameAt(names, event.actor.id, event.seq) : person;
}

/** Who acted, in plain text. */
export function actorText(t: LogT, event: EventView, names: ActorNames): string {
  const person = personBehind(event, names);
  if (person.kind === 'named') return visibleText(person.name);
  return person.kind === 'erased' ? t('who.erased') : t(`who.${event.actor.kind}`);
}

export function PersonName({ person, otherwise, limit }: { person: Person; otherwise: string; limit?: number }) {
  const { t } = useTranslation('log');
  if (person.kind === 'named') return <ForeignText text={person.name} {...(limit === undefined ? {} : { limit })} />;
  return person.kind === 'erased' ? <i>{t('who.erased')}</i> : <>{otherwise}</>;
}

/** Who acted, as a link to everything they did, where they can be told from others. */
export function ActorName({ event, names, linked = true }: { event: EventView; names: ActorNames; linked?: boolean }) {
  const { t } = useTranslation('log');
  const name = <PersonName person={personBehind(event, names)} otherwise={t(`who.${event.actor.kind}`)} limit={40} />;
  if (event.actor.id === null || !linked) return linked ? <span className="font-medium">{name}</span> : name;
  return (
    <Link
      to={logAddress({ actor: event.actor.id })}
      title={t('filter.onlyActor', { who: actorText(t, event, names) })}
      className="relative z-1 rounded font-medium underline decoration-line-strong underline-offset-3 hover:decoration-current"
    >
      {name}
    </Link>
  );
}
