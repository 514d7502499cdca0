import type { EventView } from '@conclave/protocol/rest/log';
import { useTranslation } from 'react-i18next';
import { Fragment } from 'react';
import { nameAt, type ActorNames } from './actor-names.ts';
import { ActorName, PersonName } from './ActorName.tsx';
import { ForeignText } from './ForeignText.tsx';
import { useRoomName } from './room-names.tsx';
import { sentenceParts, type SentencePart } from './sentences.ts';

interface EventSentenceProps {
  event: EventView;
  names: ActorNames;
  /** False where the sentence is a heading. */
  linked?: boolean;
  /** As the server knows it, where it told. */
  roomName?: string | null;
}

/** What happened, as people say it. */
export function EventSentence({ event, names, linked = true, roomName = null }: EventSentenceProps) {
  const { t } = useTranslation('log');
  const nameOfRoom = useRoomName();
  const show = (part: SentencePart) => {
    switch (part.kind) {
      case 'words':
        return part.text;
      case 'actor':
        return <ActorName event={event} names={names} linked={linked} />;
      case 'person':
        return (
          <span className={linked ? 'font-medium' : ''}>
            <PersonName person={part.person} otherwise={t('who.visitor')} limit={40} />
          </span>
        );
      case 'target':
        return (
          <span className={linked ? 'font-medium' : ''}>
            <PersonName
              person={nameAt(names, part.id, event.seq)}
              otherwise={t(event.target?.kind === 'participant' ? 'who.participant' : 'who.nobody')}
              limit={40}
            />
          </span>
        );
      case 'room':
        return <ForeignText text={event.room === null ? t('aRoom') : nameOfRoom(event.room, roomName ?? nameInData(event))} limit={40} />;
      case 'value':
        return <ForeignText text={part.text} className="font-mono text-[0.9em]" />;
    }
  };
  return sentenceParts(t, event).map((part, index) => (
    // oxlint-disable-next-line react/no-array-index-key -- pieces of one sentence have nothing else
    <Fragment key={index}>{show(part)}</Fragment>
  ));
}

/** A room that was just made may have been deleted since, but its first event still says what it was called. */
function nameInData({ data }: EventView): string | null {
  const after = data['after'];
  if (typeof after !== 'object' || after === null || Array.isArray(after)) return null;
  const name = after['description'] ?? after['friendly_url'];
  return typeof name === 'string' && name !== '' ? name : null;
}
