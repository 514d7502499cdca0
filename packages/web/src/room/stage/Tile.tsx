import { Hand, MicOff, MonitorUp, Pin, PinOff } from 'lucide-react';
import { memo, useRef } from 'react';
import { useTranslation } from 'react-i18next';
import { cx } from '../../ui/cx.ts';
import { IconButton } from '../../ui/IconButton.tsx';
import { Spinner } from '../../ui/Spinner.tsx';
import type { PlacedTile } from '../layout/stage-layout.ts';
import { PersonMenu } from '../moderation/PersonMenu.tsx';
import { useSession } from '../session-context.tsx';
import { useViewActions } from '../view-context.tsx';
import { QualityBars } from './QualityBars.tsx';
import { TilePicture } from './TilePicture.tsx';
import { usePerson } from './use-person.ts';
import type { Person } from './use-person.ts';
import { useSpeaking } from './use-speaking.ts';

export interface TileProps {
  tile: PlacedTile;
  pinned: boolean;
}

/** One person or one share, at the place that the layout gives it. A new layout draws only those again whose place has changed. */
export const Tile = memo(TileView, (before, after) => before.pinned === after.pinned && isSamePlace(before.tile, after.tile));

function TileView({ tile, pinned }: TileProps) {
  const { t } = useTranslation('room');
  const { togglePin } = useViewActions();
  const person = usePerson(tile.participantId, tile.kind);
  const ref = useRef<HTMLDivElement>(null);
  useSpeaking(ref, tile.isSelf ? 'self' : tile.participantId, tile.kind === 'camera' && person.microphoneOn);
  const title = titleOf(t, tile, person.name);
  return (
    // A double click is a short cut for the button inside, which keyboards and assistive tools use.
    // oxlint-disable-next-line jsx-a11y/no-noninteractive-element-interactions
    <div
      ref={ref}
      role="group"
      aria-label={title}
      data-tile={tile.place}
      data-active={person.isActiveSpeaker && tile.kind === 'camera'}
      onDoubleClick={() => togglePin(tile.key)}
      style={{ transform: `translate(${tile.box.x}px, ${tile.box.y}px)`, width: tile.box.width, height: tile.box.height }}
      className={cx(
        'group absolute top-0 left-0 overflow-hidden transition-[transform,width,height] duration-200 ease-out select-none',
        tile.place === 'floating' ? 'z-10 rounded-xl shadow-overlay ring-1 ring-line' : tile.box.width < 200 ? 'rounded-xl' : 'rounded-2xl',
        'bg-tile',
      )}
    >
      <TilePicture tile={tile} person={person} />
      {person.connection === 'reconnecting' && tile.kind === 'camera' && (
        <div className="absolute inset-0 flex flex-col items-center justify-center gap-2 bg-veil text-sm font-medium text-on-veil">
          <Spinner />
          {tile.box.width >= 160 && t('stage.reconnecting')}
        </div>
      )}
      <TileFoot tile={tile} person={person} title={title} />
      <SpeakingRing />
      {tile.kind === 'camera' && !tile.isSelf && (
        <TileMenu participantId={tile.participantId} beside={tile.place !== 'solo' && tile.place !== 'floating'} />
      )}
      {tile.place !== 'solo' && tile.place !== 'floating' && (
        <IconButton
          label={pinned ? t('stage.unpin', { name: title }) : t('stage.pin', { name: title })}
          icon={pinned ? <PinOff aria-hidden="true" /> : <Pin aria-hidden="true" />}
          size="small"
          tooltipSide="left"
          aria-pressed={pinned}
          onClick={() => togglePin(tile.key)}
          className={cx(
            'absolute! top-2 right-2 bg-veil text-on-veil! hover:bg-black!',
            !pinned && 'opacity-0 group-hover:opacity-100 focus-visible:opacity-100 group-focus-within:opacity-100',
            !pinned && tile.place === 'main' && 'pointer-coarse:opacity-100',
          )}
        />
      )}
    </div>
  );
}

/** A disturbance is dealt with where it is seen; a finger cannot hover, and finds the same menu in the list. */
function TileMenu({ participantId, beside }: { participantId: string; beside: boolean }) {
  const person = useSession((state) => state.participants[participantId]);
  if (!person) return null;
  return (
    <PersonMenu
      person={person}
      withPin={false}
      className={cx(
        'absolute! top-2 bg-veil text-on-veil! hover:bg-black! data-[state=open]:opacity-100',
        beside ? 'right-12 pointer-coarse:right-14' : 'right-2',
        'opacity-0 group-focus-within:opacity-100 group-hover:opacity-100 focus-visible:opacity-100 pointer-coarse:hidden',
      )}
    />
  );
}

function isSamePlace(a: PlacedTile, b: PlacedTile): boolean {
  const same = a.box.x === b.box.x && a.box.y === b.box.y && a.box.width === b.box.width && a.box.height === b.box.height;
  return same && a.key === b.key && a.place === b.place && a.isSelf === b.isSelf;
}

function titleOf(t: ReturnType<typeof useTranslation<'room'>>['t'], tile: PlacedTile, name: string): string {
  if (tile.kind === 'screen') return tile.isSelf ? t('stage.ownScreen') : t('stage.screenOf', { name });
  return tile.isSelf ? t('stage.nameAndYou', { name }) : name;
}

/** Lit by `useSpeaking`, and for the active speaker of the room. */
function SpeakingRing() {
  return (
    <div
      aria-hidden="true"
      className="pointer-events-none absolute inset-0 rounded-[inherit] border-3 border-accent opacity-0 transition-opacity duration-150 group-data-[active=true]:opacity-60 group-data-[speaking=true]:opacity-100"
    />
  );
}

function TileFoot({ tile, person, title }: { tile: PlacedTile; person: Person; title: string }) {
  const { t } = useTranslation('room');
  const small = tile.box.width < 200;
  const muted = tile.kind === 'camera' && !person.microphoneOn;
  const shownTitle = tile.isSelf && tile.kind === 'camera' && small ? t('stage.you') : title;
  return (
    <div
      className={cx(
        'pointer-events-none absolute flex items-end justify-between gap-1.5',
        small ? 'inset-x-1.5 bottom-1.5' : 'inset-x-2.5 bottom-2.5',
      )}
    >
      <span
        className={cx(
          'inline-flex min-w-0 items-center gap-1.5 rounded-lg bg-veil font-medium text-on-veil',
          small ? 'h-6 px-1.5 text-xs' : 'h-7 px-2.5 text-[0.8125rem]',
        )}
      >
        {tile.kind === 'screen' && <MonitorUp aria-hidden="true" className="size-3.5 shrink-0" />}
        {person.isHandUp && tile.kind === 'camera' && (
          <Hand role="img" aria-hidden="false" aria-label={t('moderation.handUp')} className="size-3.5 shrink-0 text-[#f0c46c]" />
        )}
        {muted && <MicOff role="img" aria-hidden="false" aria-label={t('stage.muted')} className="size-3.5 shrink-0 text-[#ffa29b]" />}
        <span className="truncate">{shownTitle}</span>
      </span>
      {tile.kind === 'camera' && person.quality !== 'good' && person.connection === 'connected' && (
        <span
          className={cx(
            'inline-flex shrink-0 items-center justify-center rounded-lg bg-veil',
            small ? 'size-6' : 'size-7',
            person.quality === 'poor' ? 'text-[#ffa29b]' : 'text-[#f0c46c]',
          )}
        >
          <QualityBars quality={person.quality} className="size-3.5" />
        </span>
      )}
    </div>
  );
}
