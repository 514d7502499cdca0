import { useEffect, useRef, useState } from 'react';
import type { ReactNode } from 'react';
import { showTrack } from '../../session/video-element.ts';
import { cx } from '../../ui/cx.ts';
import { fitOf } from '../layout/video-fit.ts';
import type { Size } from '../layout/tile-grid.ts';

export interface VideoSurfaceProps {
  track: MediaStreamTrack;
  label: string;
  box: Size;
  /** A share is always shown whole; a face may lose its margins. */
  whole: boolean;
  mirrored?: boolean;
  /** Shown until the first picture has come. */
  placeholder: ReactNode;
  /** The picture's own size, when it is known and each time it changes. */
  onPicture?: (size: Size) => void;
}

export function VideoSurface({ track, label, box, whole, mirrored = false, placeholder, onPicture }: VideoSurfaceProps) {
  const ref = useRef<HTMLVideoElement>(null);
  const [picture, setPicture] = useState<Size | null>(null);
  useEffect(() => {
    if (ref.current) showTrack(ref.current, track);
  }, [track]);
  useEffect(() => {
    const element = ref.current;
    return () => {
      if (element) showTrack(element, null);
    };
  }, []);
  const measure = () => {
    const element = ref.current;
    if (!element || element.videoWidth < 1) return;
    const size = { width: element.videoWidth, height: element.videoHeight };
    setPicture(size);
    onPicture?.(size);
  };
  return (
    <>
      {picture === null && placeholder}
      <video
        ref={ref}
        aria-label={label}
        muted
        playsInline
        autoPlay
        disablePictureInPicture={mirrored}
        onLoadedMetadata={measure}
        onResize={measure}
        className={cx(
          'absolute inset-0 size-full',
          whole || fitOf(picture, box) === 'contain' ? 'object-contain' : 'object-cover',
          mirrored && '-scale-x-100',
        )}
      />
    </>
  );
}
