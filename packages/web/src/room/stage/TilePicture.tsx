import { useTranslation } from 'react-i18next';
import { Avatar } from '../../ui/Avatar.tsx';
import { Spinner } from '../../ui/Spinner.tsx';
import type { PlacedTile } from '../layout/stage-layout.ts';
import { useViewActions } from '../view-context.tsx';
import type { Person } from './use-person.ts';
import { VideoSurface } from './VideoSurface.tsx';

/** The video of a person or a share, or what stands in its place. */
export function TilePicture({ tile, person }: { tile: PlacedTile; person: Person }) {
  const { t } = useTranslation('room');
  const { notePicture } = useViewActions();
  const placeholder = <Placeholder tile={tile} person={person} />;
  if (!person.track) return placeholder;
  const shares = tile.kind === 'screen';
  const label = tile.isSelf
    ? t(shares ? 'stage.yourScreen' : 'stage.yourVideo')
    : t(shares ? 'stage.screenOf' : 'stage.videoOf', { name: person.name });
  return (
    <VideoSurface
      track={person.track}
      label={label}
      box={tile.box}
      whole={shares}
      mirrored={tile.isSelf && !shares}
      placeholder={placeholder}
      onPicture={(size) => {
        if (shares) notePicture(tile.key, size);
      }}
    />
  );
}

/** A person without a picture, or a share whose picture has not come yet. */
function Placeholder({ tile, person }: { tile: PlacedTile; person: Person }) {
  const { t } = useTranslation('room');
  if (tile.kind === 'screen') {
    return (
      <div className="absolute inset-0 flex flex-col items-center justify-center gap-3 text-sm text-muted">
        <Spinner />
        {tile.box.width >= 240 && t('stage.shareStarting')}
      </div>
    );
  }
  const least = Math.min(tile.box.width, tile.box.height);
  return (
    <div className="absolute inset-0 flex items-center justify-center">
      <Avatar
        name={person.name}
        initials={person.initials}
        src={person.avatar}
        className={person.connection === 'reconnecting' ? 'invisible' : ''}
        size={least >= 320 ? 'huge' : least >= 132 ? 'large' : 'medium'}
      />
    </div>
  );
}
