import { ListChecks, SearchX } from 'lucide-react';
import { useRef, useState, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { useNavigation } from '../../app/navigation.tsx';
import { Button } from '../../ui/Button.tsx';
import { EmptyState } from '../../ui/StatePanel.tsx';
import { LoadFailed } from '../../ui/LoadFailed.tsx';
import { useToast } from '../../ui/Toast.tsx';
import { useActorNames } from './actor-names.ts';
import { EventList } from './EventList.tsx';
import { EventSkeletons } from './EventRow.tsx';
import { endsInThePast, FILTER_KEYS, isEmptyRange, logAddress, readFilter, type ShownFilter } from './filter.ts';
import { FilterBar } from './FilterBar.tsx';
import { LiveBar, type Following } from './LiveBar.tsx';
import { liveAddress } from './log-api.ts';
import { useEvents, type EventsControl } from './use-events.ts';
import { useLive } from './use-live.ts';
import { useNow } from './use-now.ts';

/** The log, newest first: filtered by what stands in the address, followed live. */
export function EventsView() {
  const { search, navigate } = useNavigation();
  const filter = readFilter(search);
  const setFilter = (changed: ShownFilter) => navigate(logAddress(changed));
  return (
    <>
      <FilterBar filter={filter} onChange={setFilter} />
      {!isEmptyRange(filter) && <FilteredEvents filter={filter} onClear={() => setFilter({})} />}
    </>
  );
}

function FilteredEvents({ filter, onClear }: { filter: ShownFilter; onClear(): void }) {
  const control = useEvents(filter);
  const list = useRef<HTMLDivElement>(null);
  const [paused, setPaused] = useState(false);
  const possible = !endsInThePast(filter, useNow());
  // Nothing may move under the pointer, under the focus, or while one reads further down.
  const mayShowNow = () => scrollY < 160 && !isInUse(list.current);
  const state = useLive(paused || !possible || control.page.kind !== 'ready' ? null : liveAddress(filter), {
    onEvents: (events) => control.arrived(events, mayShowNow()),
    onOpen: () => void control.catchUp(mayShowNow),
  });
  const following: Following = !possible ? 'not-possible' : paused ? 'paused' : state;
  return (
    <>
      <LiveBar
        following={following}
        waiting={control.waiting.length}
        arrivedCount={control.arrivedCount}
        onPause={() => setPaused(!paused)}
        onShow={() => {
          control.showWaiting();
          scrollTo(0, 0);
          list.current?.focus();
        }}
      />
      <div ref={list} tabIndex={-1} className="outline-none">
        <Events control={control} filter={filter} onClear={onClear} />
      </div>
    </>
  );
}

/** Whether the pointer or the focus is somewhere in an element; a focus on the whole of it does not count. */
function isInUse(element: HTMLElement | null): boolean {
  const { activeElement } = document;
  return element !== null && (element.matches(':hover') || (activeElement !== element && element.contains(activeElement)));
}

function Events({ control, filter, onClear }: { control: EventsControl; filter: ShownFilter; onClear(): void }) {
  const { t } = useTranslation(['log', 'errors', 'common']);
  const { page } = control;
  const names = useActorNames(page.kind === 'ready' ? page.data.events : NO_EVENTS);
  if (page.kind === 'loading') return <EventSkeletons label={t('log:loadingEvents')} />;
  if (page.kind === 'failed') {
    return <LoadFailed code={page.failure.code} className="py-16" onRetry={control.reload} />;
  }
  const filtered = FILTER_KEYS.some((key) => filter[key] !== undefined);
  if (page.data.events.length === 0) {
    return (
      <EmptyPanel
        icon={filtered ? <SearchX aria-hidden="true" /> : <ListChecks aria-hidden="true" />}
        title={t(filtered ? 'log:noneTitle' : 'log:emptyTitle')}
        actions={filtered && <Button onClick={onClear}>{t('log:filter.clear')}</Button>}
      >
        {t(filtered ? 'log:noneText' : 'log:emptyText')}
      </EmptyPanel>
    );
  }
  return (
    <>
      <EventList events={page.data.events} names={names} />
      <OlderEvents control={control} hasMore={page.data.next !== null} filtered={filtered} />
    </>
  );
}

const NO_EVENTS: readonly [] = [];

function OlderEvents({ control, hasMore, filtered }: { control: EventsControl; hasMore: boolean; filtered: boolean }) {
  const { t } = useTranslation(['log', 'errors']);
  const toast = useToast();
  const [fetching, setFetching] = useState(false);
  const [said, setSaid] = useState('');
  const loadMore = async () => {
    setFetching(true);
    const { added, failure } = await control.loadMore();
    setFetching(false);
    if (failure) toast({ tone: 'danger', text: t(`errors:${failure.code}.title`) });
    else setSaid(t('log:loadedMore', { count: added }));
  };
  return (
    <div className="mt-6 flex flex-col items-center gap-3">
      {hasMore ? (
        <Button busy={fetching} onClick={() => void loadMore()}>
          {t('log:loadMore')}
        </Button>
      ) : (
        <p className="text-sm text-muted">{t(filtered ? 'log:allFound' : 'log:allLoaded')}</p>
      )}
      <p role="status" className="sr-only">
        {said}
      </p>
    </div>
  );
}

/** An empty state in the frame that a list would have. */
export function EmptyPanel({
  icon,
  title,
  actions,
  children,
}: {
  icon: ReactNode;
  title: string;
  actions?: ReactNode;
  children: ReactNode;
}) {
  return (
    <EmptyState
      icon={icon}
      title={title}
      {...(actions ? { actions } : {})}
      className="rounded-3xl border border-line bg-surface px-6 py-16 sm:max-w-none"
    >
      {children}
    </EmptyState>
  );
}
