import { useEffect, useRef, useState } from 'react';
import { showTrack } from '../../session/video-element.ts';
import { cx } from '../../ui/cx.ts';
import { fitOf, shownPart } from '../layout/video-fit.ts';
import type { Size } from '../layout/tile-grid.ts';

export interface VideoSurfaceProps {
  track: MediaStreamTrack;
  label: string;
  box: Size;
  /** A share is always shown whole; a face may lose its margins. */
  whole: boolean;
  mirrored?: boolean;
}

export function VideoSurface({ track, label, box, whole, mirrored = false }: VideoSurfaceProps) {
  const ref = useRef<HTMLVideoElement>(null);
  const [picture, setPicture] = useState<Size | null>(null);
  useEffect(() => {
    if (ref.current) showTrack(ref.current, track);
  }, [track]);
  useEffect(() => {
    const element = ref.current;
    return () => { if (element) showTrack(element, null); };
  }, []);
  const measure = () => {
    const element = ref.current;
    if (element && element.videoWidth > 0) setPicture({ width: element.videoWidth, height: element.videoHeight });
  };
  const part = whole && picture ? shownPart(picture, box) : null;
  return (
    <video
      ref={ref}
      aria-label={label}
      muted
      playsInline
      autoPlay
      disablePictureInPicture={mirrored}
      onLoadedMetadata={measure}
      onResize={measure}
      style={part ? { left: part.x, top: part.y, width: part.width, height: part.height } : undefined}
      className={cx('absolute', part ? 'rounded-xl' : 'inset-0 size-full', whole || fitOf(picture, box) === 'contain' ? 'object-contain' : 'object-cover', mirrored && '-scale-x-100')}
    />
  );
}
