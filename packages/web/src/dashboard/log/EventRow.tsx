import type { EventView } from '@conclave/protocol/rest/log';
import { useTranslation } from 'react-i18next';
import { Link } from '../../app/navigation.tsx';
import { cx } from '../../ui/cx.ts';
import type { ActorNames } from './actor-names.ts';
import { CategorySign } from './CategorySign.tsx';
import { EventSentence } from './EventSentence.tsx';
import { EventTime } from './EventTime.tsx';
import { logAddress } from './filter.ts';
import { ForeignText } from './ForeignText.tsx';
import { ResultBadge } from './ResultBadge.tsx';
import { useRoomName } from './room-names.tsx';

/** One event in a list. The whole row leads to it; who acted and the room lead to their own events. */
export function EventRow({ event, names }: { event: EventView; names: ActorNames }) {
  const { t } = useTranslation('log');
  const refused = event.result !== 'done';
  return (
    <li
      className={cx(
        'relative flex gap-3 px-4 py-3 hover:bg-hover/50 sm:gap-4 sm:px-5',
        refused && 'before:absolute before:inset-y-2 before:left-0 before:w-1 before:rounded-r-full before:bg-danger',
      )}
    >
      <CategorySign category={event.category} refused={refused} />
      <div className="min-w-0 flex-1">
        <div className="flex flex-wrap items-baseline gap-x-3 gap-y-1.5">
          <p className="min-w-0 basis-64 grow text-[0.9375rem] leading-6 wrap-anywhere">
            <EventSentence event={event} names={names} />
          </p>
          <ResultBadge event={event} />
        </div>
        <p className="mt-0.5 flex flex-wrap items-center gap-x-3 gap-y-0.5 text-sm text-muted">
          <Link
            to={`/dashboard/log/${event.seq}`}
            aria-label={t('openEvent', { seq: event.seq })}
            className="tabular-nums after:absolute after:inset-0 focus-visible:outline-none focus-visible:after:rounded-xl focus-visible:after:outline-2 focus-visible:after:-outline-offset-2 focus-visible:after:outline-accent"
          >
            <EventTime timeMs={Date.parse(event.time)} form="clock" />
          </Link>
          <Place event={event} />
        </p>
      </div>
    </li>
  );
}

/** In which room and from which network. */
function Place({ event: { room, personal, name } }: { event: EventView }) {
  const { t } = useTranslation('log');
  const nameOfRoom = useRoomName();
  const from = personal.address ?? personal.network;
  return (
    <>
      {room !== null && !name.startsWith('room.') && (
        <Link
          to={logAddress({ room })}
          title={t('filter.onlyRoom', { room: nameOfRoom(room) })}
          className="relative z-1 min-w-0 underline decoration-line underline-offset-3 hover:text-ink hover:decoration-current"
        >
          <ForeignText text={nameOfRoom(room)} limit={40} />
        </Link>
      )}
      {from && <ForeignText text={from} limit={45} className="tabular-nums" />}
    </>
  );
}

/** The shape of the list while it is on its way. */
export function EventSkeletons({ label }: { label: string }) {
  return (
    <div role="status" className="divide-y divide-line rounded-3xl border border-line bg-surface">
      <span className="sr-only">{label}</span>
      {['w-3/5', 'w-2/5', 'w-3/4', 'w-1/2', 'w-2/3', 'w-5/12'].map((width) => (
        <div key={width} aria-hidden="true" className="flex animate-pulse gap-4 px-5 py-4">
          <span className="size-9 rounded-xl bg-hover" />
          <span className="flex flex-1 flex-col gap-2.5 pt-1">
            <span className={cx('h-3.5 rounded-full bg-hover', width)} />
            <span className="h-3 w-32 rounded-full bg-hover" />
          </span>
        </div>
      ))}
    </div>
  );
}
