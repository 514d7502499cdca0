import { ChevronLeft, ChevronRight, Presentation } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { Avatar } from '../../ui/Avatar.tsx';
import { IconButton } from '../../ui/IconButton.tsx';
import { EmptyState } from '../../ui/StatePanel.tsx';
import type { StageLayout } from '../layout/stage-layout.ts';
import { LobbyCard } from '../lobby/LobbyCard.tsx';
import { useSession } from '../session-context.tsx';
import { useView, useViewActions } from '../view-context.tsx';
import { AloneCard } from './AloneCard.tsx';
import { Tile } from './Tile.tsx';
import { useElementSize } from './use-element-size.ts';
import { useStageLayout, useWatch } from './use-stage-layout.ts';

/** Everything that is seen of others. `covered`: a sheet lies over it. */
export function Stage({ covered }: { covered: boolean }) {
  const { t } = useTranslation('room');
  const [ref, size] = useElementSize();
  const layout = useStageLayout(size);
  const pinned = useView((view) => view.pinned);
  const alone = useSession((state) => state.order.length === 1);
  useWatch(layout, covered);
  return (
    <main ref={ref} aria-label={t('stage.label')} className="relative min-h-0 min-w-0 flex-1">
      {layout.placed.map((tile) => (
        <Tile key={tile.key} tile={tile} pinned={tile.key === pinned} />
      ))}
      {layout.overflow && <Overflow overflow={layout.overflow} />}
      {layout.pageCount > 1 && <Pager page={layout.page} pageCount={layout.pageCount} />}
      {alone && layout.placed[0]?.place === 'solo' && <AloneCard />}
      {layout.placed.length === 0 && <EmptyStage />}
      <LobbyCard />
    </main>
  );
}

function Overflow({ overflow: { box, hidden } }: { overflow: NonNullable<StageLayout['overflow']> }) {
  const { t } = useTranslation('room');
  const { togglePanel } = useViewActions();
  const participants = useSession((state) => state.participants);
  const count = hidden.length;
  return (
    <button
      type="button"
      aria-label={t('stage.moreLabel', { count })}
      onClick={() => togglePanel('participants')}
      style={{ transform: `translate(${box.x}px, ${box.y}px)`, width: box.width, height: box.height }}
      className="absolute top-0 left-0 flex flex-col items-center justify-center gap-2 rounded-xl bg-tile text-sm font-semibold text-ink transition-colors hover:bg-hover"
    >
      <span className="flex -space-x-2">
        {hidden.slice(0, 3).map((tile) => {
          const person = participants[tile.participantId];
          return (
            person && (
              <Avatar
                key={tile.key}
                name={person.name}
                initials={person.initials}
                src={person.avatar}
                size="small"
                className="ring-2 ring-tile"
              />
            )
          );
        })}
      </span>
      {t('stage.more', { count })}
    </button>
  );
}

function Pager({ page, pageCount }: { page: number; pageCount: number }) {
  const { t } = useTranslation('room');
  const { setPage } = useViewActions();
  return (
    <div className="absolute bottom-0 left-1/2 z-10 flex -translate-x-1/2 items-center gap-1 rounded-2xl bg-raised p-1 shadow-raised ring-1 ring-line">
      <IconButton
        size="small"
        label={t('stage.previousPage')}
        icon={<ChevronLeft aria-hidden="true" />}
        aria-disabled={page === 0}
        onClick={() => setPage(page - 1)}
      />
      <span role="status" className="px-1 text-sm whitespace-nowrap font-medium tabular-nums">
        {t('stage.page', { page: page + 1, count: pageCount })}
      </span>
      <IconButton
        size="small"
        label={t('stage.nextPage')}
        icon={<ChevronRight aria-hidden="true" />}
        aria-disabled={page >= pageCount - 1}
        onClick={() => setPage(Math.min(page + 1, pageCount - 1))}
      />
    </div>
  );
}

/** Everybody present listens; speakers will appear here. */
function EmptyStage() {
  const { t } = useTranslation('room');
  return (
    <EmptyState icon={<Presentation aria-hidden="true" />} title={t('stage.emptyTitle')} className="absolute inset-0 justify-center">
      <p>{t('stage.emptyText')}</p>
    </EmptyState>
  );
}
