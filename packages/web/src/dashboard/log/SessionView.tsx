import type { EventView, LogPage } from '@conclave/protocol/rest/log';
import { UsersRound } from 'lucide-react';
import { useCallback, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Link } from '../../app/navigation.tsx';
import { useAnswer } from '../../app/use-answer.ts';
import { useDocumentTitle } from '../../app/use-document-title.ts';
import { Avatar } from '../../ui/Avatar.tsx';
import { Badge } from '../../ui/Badge.tsx';
import { Button, buttonClass } from '../../ui/Button.tsx';
import { LoadFailed } from '../../ui/LoadFailed.tsx';
import { useToast } from '../../ui/Toast.tsx';
import { useActorNames, type ActorNames } from './actor-names.ts';
import { PersonName } from './ActorName.tsx';
import { EmptyPanel } from './EventsView.tsx';
import { BackToLog } from './EventView.tsx';
import { EventSkeletons } from './EventRow.tsx';
import { EventSentence } from './EventSentence.tsx';
import { EventTime, useReaderLocale } from './EventTime.tsx';
import { logAddress, readFilter } from './filter.ts';
import { ForeignText } from './ForeignText.tsx';
import { fetchSession } from './log-api.ts';
import { Panel } from './Panel.tsx';
import { ResultBadge } from './ResultBadge.tsx';
import { useRoomName } from './room-names.tsx';
import { minuteTime, shortDateTime } from './times.ts';
import { attendanceOf, byMinute, type Attendance, type Minute } from './timeline.ts';
import { cx } from '../../ui/cx.ts';

/** What happened in one meeting, from the first join to the end. */
export function SessionView({ session }: { session: string }) {
  const { t } = useTranslation(['log', 'errors', 'common']);
  const load = useCallback((signal: AbortSignal) => fetchSession(session, null, signal), [session]);
  const { loaded, retry, update } = useAnswer(load);
  useDocumentTitle(t('log:session.titleUnknown'));
  return (
    <>
      <BackToLog />
      {loaded.kind === 'loading' && <EventSkeletons label={t('log:session.loading')} />}
      {loaded.kind === 'failed' && <LoadFailed level={1} code={loaded.failure.code} className="py-16" onRetry={retry} />}
      {loaded.kind === 'ready' && loaded.data.events.length === 0 && (
        <>
          <h1 className="mb-6 text-3xl font-semibold tracking-tight">{t('log:session.titleUnknown')}</h1>
          <EmptyPanel icon={<UsersRound aria-hidden="true" />} title={t('log:session.emptyTitle')}>
            {t('log:session.emptyText')}
          </EmptyPanel>
        </>
      )}
      {loaded.kind === 'ready' && loaded.data.events.length > 0 && <Session session={session} page={loaded.data} onUpdate={update} />}
    </>
  );
}

interface SessionProps {
  session: string;
  page: LogPage;
  onUpdate(change: (page: LogPage) => LogPage): void;
}

function Session({ session, page, onUpdate }: SessionProps) {
  const { t } = useTranslation('log');
  const locale = useReaderLocale();
  const names = useActorNames(page.events);
  const nameOfRoom = useRoomName();
  const [first] = page.events;
  const last = page.events.at(-1);
  const room = first?.room ?? null;
  if (!first || !last) return null;
  return (
    <>
      <header className="mb-6 flex flex-wrap items-end justify-between gap-4">
        <div className="min-w-0">
          <h1 className="text-3xl font-semibold tracking-tight wrap-anywhere">
            {room === null ? t('session.titleUnknown') : <Around text={t('session.title', { room: '\u0001' })} name={nameOfRoom(room)} />}
          </h1>
          <p className="mt-1.5 text-muted">
            {t('session.span', {
              from: shortDateTime(Date.parse(first.time), locale),
              to: minuteTime(Date.parse(last.time), locale),
            })}
          </p>
        </div>
        <Link to={logAddress(readFilter(`?session=${session}`))} className={buttonClass('secondary', 'small')}>
          {t('session.toEvents')}
        </Link>
      </header>
      <div className="grid grid-cols-1 items-start gap-4 lg:grid-cols-[1fr_18rem]">
        <Panel title={t('session.timeline')} className="max-lg:order-last">
          <ol className="flex flex-col">
            {byMinute(page.events).map((minute) => (
              <MinuteItem key={`${minute.timeMs} ${minute.events[0]?.seq ?? 0}`} minute={minute} names={names} />
            ))}
          </ol>
          {page.next !== null && <LaterEvents session={session} next={page.next} onUpdate={onUpdate} />}
        </Panel>
        <Participants attendance={attendanceOf(page.events)} over={last.name === 'session.ended'} />
      </div>
    </>
  );
}

/** A text of ours around a name of theirs, which must not pass through the translation. */
function Around({ text, name }: { text: string; name: string }) {
  const [before = '', after = ''] = text.split('\u0001');
  return (
    <>
      {before}
      <ForeignText text={name} />
      {after}
    </>
  );
}

function MinuteItem({ minute, names }: { minute: Minute; names: ActorNames }) {
  return (
    <li className="grid grid-cols-[3.75rem_1fr] gap-x-4 sm:grid-cols-[4.5rem_1fr]">
      <EventTime timeMs={minute.timeMs} form="minute" className="pt-1 text-right text-sm text-muted tabular-nums" />
      <ol className="border-l border-line pb-4">
        {minute.events.map((event) => (
          <TimelineEvent key={event.seq} event={event} names={names} />
        ))}
      </ol>
    </li>
  );
}

function TimelineEvent({ event, names }: { event: EventView; names: ActorNames }) {
  const { t } = useTranslation('log');
  return (
    <li className="relative rounded-r-xl py-1 pl-5 hover:bg-hover/50">
      <span
        aria-hidden="true"
        className={cx(
          'absolute top-2.5 -left-[5px] size-[9px] rounded-full border-2 border-surface',
          event.result !== 'done' ? 'bg-danger' : EDGES.has(event.name) ? 'bg-accent' : 'bg-line-strong',
        )}
      />
      <div className="flex flex-wrap items-baseline gap-x-3 gap-y-1">
        <p className="min-w-0 basis-56 grow text-[0.9375rem] leading-6 wrap-anywhere">
          <EventSentence event={event} names={names} />
        </p>
        <ResultBadge event={event} />
        <Link
          to={`/dashboard/log/${event.seq}`}
          aria-label={t('openEvent', { seq: event.seq })}
          className="pr-2 text-xs text-muted tabular-nums after:absolute after:inset-0 hover:text-ink focus-visible:outline-none focus-visible:after:rounded-xl focus-visible:after:outline-2 focus-visible:after:-outline-offset-2 focus-visible:after:outline-accent"
        >
          <EventTime timeMs={Date.parse(event.time)} form="clock" />
        </Link>
      </div>
    </li>
  );
}

/** What changes who is there stands out from what they do. */
const EDGES: ReadonlySet<string> = new Set(['session.started', 'session.ended', 'participant.joined', 'participant.left']);

function Participants({ attendance, over }: { attendance: readonly Attendance[]; over: boolean }) {
  const { t } = useTranslation('log');
  const locale = useReaderLocale();
  return (
    <Panel title={t('session.participants')}>
      {attendance.length === 0 && <p className="text-sm text-muted">{t('session.participantsNone')}</p>}
      <ul className="flex flex-col gap-3">
        {attendance.map((one) => (
          <li key={one.id} className="flex items-center gap-3">
            <Avatar name={one.person.kind === 'named' ? one.person.name : '?'} size="small" />
            <div className="min-w-0 flex-1 text-sm">
              <p className="relative truncate font-medium">
                <PersonName person={one.person} otherwise={t('who.participant')} limit={30} />
              </p>
              <p className="text-muted tabular-nums">
                {t('session.joinedAt', { time: minuteTime(one.joinedMs, locale) })}
                {one.leftMs !== null && <> {t('session.leftAt', { time: minuteTime(one.leftMs, locale) })}</>}
              </p>
            </div>
            {one.leftMs === null && !over && <Badge tone="accent">{t('session.stillThere')}</Badge>}
          </li>
        ))}
      </ul>
    </Panel>
  );
}

function LaterEvents({ session, next, onUpdate }: { session: string; next: number; onUpdate: SessionProps['onUpdate'] }) {
  const { t } = useTranslation(['log', 'errors']);
  const toast = useToast();
  const [fetching, setFetching] = useState(false);
  const loadMore = async () => {
    setFetching(true);
    const answer = await fetchSession(session, next);
    setFetching(false);
    if (!answer.ok) return toast({ tone: 'danger', text: t(`errors:${answer.failure.code}.title`) });
    const { events, next: after } = answer.data;
    return onUpdate((before) => ({
      events: [...before.events, ...events.filter((event) => !before.events.some((known) => known.seq === event.seq))],
      next: after,
    }));
  };
  return (
    <div className="flex justify-center pt-2">
      <Button busy={fetching} onClick={() => void loadMore()}>
        {t('log:session.more')}
      </Button>
    </div>
  );
}
