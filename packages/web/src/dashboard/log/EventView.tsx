import { PERSONAL_FIELDS, type PersonalField } from '@conclave/protocol/events/event';
import type { EventDetail, EventView as Event, LogStatus } from '@conclave/protocol/rest/log';
import { ArrowLeft, FileQuestion } from 'lucide-react';
import { useCallback } from 'react';
import { useTranslation } from 'react-i18next';
import { Link } from '../../app/navigation.tsx';
import { useAnswer } from '../../app/use-answer.ts';
import { useDocumentTitle } from '../../app/use-document-title.ts';
import { Badge } from '../../ui/Badge.tsx';
import { buttonClass } from '../../ui/Button.tsx';
import { Spinner } from '../../ui/Spinner.tsx';
import { ErrorState } from '../../ui/StatePanel.tsx';
import { LoadFailed } from '../../ui/LoadFailed.tsx';
import { useActorNames, type ActorNames } from './actor-names.ts';
import { ActorName } from './ActorName.tsx';
import { CategorySign } from './CategorySign.tsx';
import { DataFacts } from './DataFacts.tsx';
import { EventSentence } from './EventSentence.tsx';
import { EventTime } from './EventTime.tsx';
import { logAddress } from './filter.ts';
import { ForeignText } from './ForeignText.tsx';
import { fetchEvent } from './log-api.ts';
import { Fact, Facts, Panel } from './Panel.tsx';
import { Code, ProofPanel } from './ProofPanel.tsx';
import { ResultBadge } from './ResultBadge.tsx';
import { useRoomName } from './room-names.tsx';
import { SettingsComparison } from './SettingsComparison.tsx';
import { utcTime } from './times.ts';

/** Everything about one event, and what proves it. */
export function EventView({ seq, status }: { seq: number; status: LogStatus | null }) {
  const { t } = useTranslation(['log', 'errors', 'common']);
  const { loaded, retry } = useAnswer(useCallback((signal: AbortSignal) => fetchEvent(seq, signal), [seq]));
  useDocumentTitle(t('log:detail.title', { seq }));
  return (
    <>
      <BackToLog />
      {loaded.kind === 'loading' && (
        <p role="status" className="flex animate-late items-center gap-3 py-16 text-muted">
          <Spinner />
          {t('common:loading')}
        </p>
      )}
      {loaded.kind === 'failed' && loaded.failure.code === 'not_found' && (
        <ErrorState level={1} icon={<FileQuestion aria-hidden="true" />} title={t('log:detail.notFoundTitle')} className="py-16">
          {t('log:detail.notFoundText')}
        </ErrorState>
      )}
      {loaded.kind === 'failed' && loaded.failure.code !== 'not_found' && (
        <LoadFailed level={1} code={loaded.failure.code} className="py-16" onRetry={retry} />
      )}
      {loaded.kind === 'ready' && <Detail detail={loaded.data} status={status} onReload={retry} />}
    </>
  );
}

export function BackToLog() {
  const { t } = useTranslation('log');
  return (
    <Link to="/dashboard/log" className={buttonClass('ghost', 'small', '-ml-3 mb-4 text-muted')}>
      <ArrowLeft aria-hidden="true" className="size-4" />
      {t('back')}
    </Link>
  );
}

function Detail({ detail, status, onReload }: { detail: EventDetail; status: LogStatus | null; onReload(): void }) {
  const { t } = useTranslation('log');
  const { view, roomName, entry } = detail;
  const names = useActorNames([view]);
  return (
    <>
      <header className="mb-6 flex items-start gap-4">
        <CategorySign category={view.category} refused={view.result !== 'done'} />
        <div className="min-w-0">
          <p className="text-sm text-muted">
            {t('eventNumber', { seq: view.seq })} · <span className="font-mono text-[0.9em]">{view.name}</span>
          </p>
          <h1 className="mt-0.5 text-2xl font-semibold tracking-tight wrap-anywhere">
            <EventSentence event={view} names={names} linked={false} roomName={roomName} />
          </h1>
        </div>
      </header>
      <div className="grid grid-cols-1 gap-4">
        <Circumstances view={view} names={names} roomName={roomName} />
        <SettingsComparison data={view.data} />
        <DataFacts data={view.data} />
        <PersonalFields view={view} />
        <ProofPanel detail={detail} logKey={status} onReload={onReload} />
        <Panel title={t('detail.entry')}>
          <Code name={t('detail.entryText')} text={entry} />
        </Panel>
      </div>
    </>
  );
}

function Circumstances({ view, names, roomName }: { view: Event; names: ActorNames; roomName: string | null }) {
  const { t } = useTranslation('log');
  const nameOfRoom = useRoomName();
  const timeMs = Date.parse(view.time);
  const { actor, target, room, session } = view;
  return (
    <Panel title={t('detail.what')}>
      <Facts>
        <Fact name={t('detail.result')}>
          {view.result === 'done' ? <Badge tone="accent">{t('result.done')}</Badge> : <ResultBadge event={view} />}
        </Fact>
        <Fact name={t('detail.local')}>
          <EventTime timeMs={timeMs} form="full" />
        </Fact>
        <Fact name={t('detail.utcTime')}>
          <span className="tabular-nums">{utcTime(timeMs)}</span>
        </Fact>
        <Fact name={t('detail.who')}>
          <ActorName event={view} names={names} />
        </Fact>
        <Fact name={t('detail.kind')}>
          {t(`actorKind.${actor.kind}`)}
          {actor.id !== null && <Id text={actor.id} />}
        </Fact>
        <Fact name={t('detail.by')}>{t(`authenticatedBy.${actor.authenticatedBy}`)}</Fact>
        {target && (
          <Fact name={t('detail.about')}>
            {t(`target.${target.kind}`)}
            <Id text={target.id} />
          </Fact>
        )}
        {room !== null && (
          <Fact name={t('detail.room')}>
            <Link to={logAddress({ room })} className="underline decoration-line-strong underline-offset-3 hover:decoration-current">
              <ForeignText text={nameOfRoom(room, roomName)} />
            </Link>
          </Fact>
        )}
        {session !== null && (
          <Fact name={t('detail.session')}>
            <Link
              to={`/dashboard/sessions/${session}`}
              className="underline decoration-line-strong underline-offset-3 hover:decoration-current"
            >
              {t('detail.timeline')}
            </Link>
          </Fact>
        )}
      </Facts>
    </Panel>
  );
}

function Id({ text }: { text: string }) {
  return (
    <span className="ml-2 text-muted">
      <ForeignText text={text} className="font-mono text-[0.9em]" />
    </span>
  );
}

function PersonalFields({ view: { personal } }: { view: Event }) {
  const { t } = useTranslation('log');
  const fields = PERSONAL_FIELDS.filter((field) => personal[field] !== undefined);
  return (
    <Panel title={t('detail.personal')} lead={t(fields.length === 0 ? 'detail.noPersonal' : 'detail.personalText')}>
      {fields.length > 0 && (
        <Facts>
          {fields.map((field) => (
            <Fact key={field} name={t(`personalField.${field}`)}>
              {personal[field] ? (
                <ForeignText text={personal[field]} limit={120} expandable />
              ) : (
                <i className="text-muted">{t(isCut(field, personal) ? 'detail.cut' : 'detail.erased')}</i>
              )}
            </Fact>
          ))}
        </Facts>
      )}
    </Panel>
  );
}

/** An address goes with the key of its day; if its network is gone too, it was the person who was erased. */
function isCut(field: PersonalField, personal: Event['personal']): boolean {
  return field === 'address' && personal.network !== null;
}
