import { useEffect, useMemo, useState } from 'react';
import { useShallow } from 'zustand/react/shallow';
import { layOutStage } from '../layout/stage-layout.ts';
import type { StageLayout } from '../layout/stage-layout.ts';
import { stageTiles } from '../layout/stage-tiles.ts';
import type { Size } from '../layout/tile-grid.ts';
import { watchedVideos } from '../layout/watched-videos.ts';
import { useCommands, useSession } from '../session-context.tsx';
import { useView } from '../view-context.tsx';

/** The layout for the present people and size, in order of joining, so that elements are never moved and videos never stop. */
export function useStageLayout(container: Size): StageLayout {
  const roster = useSession(useShallow(({ participants, order, self, local }) => ({ participants, order, self, local })));
  const view = useView(
    useShallow(({ view: mode, pinned, page, recentSpeakers, sharePreview, pictures }) => ({
      mode,
      pinned,
      page,
      recentSpeakers,
      sharePreview,
      pictures,
    })),
  );
  return useMemo(() => {
    const all = stageTiles(roster);
    const tiles = all.filter((tile) => !(tile.isSelf && tile.kind === 'screen' && !view.sharePreview && view.pinned !== tile.key));
    const layout = layOutStage({
      container,
      tiles,
      view: view.mode,
      pinned: view.pinned,
      page: view.page,
      recentSpeakers: view.recentSpeakers,
      pictures: view.pictures,
    });
    const rank = new Map(tiles.map((tile, index) => [tile.key, index]));
    return { ...layout, placed: layout.placed.toSorted((a, b) => (rank.get(a.key) ?? 0) - (rank.get(b.key) ?? 0)) };
  }, [roster, view, container]);
}

/** Tells the session what is on screen and how large; nothing while the stage is covered. */
export function useWatch(layout: StageLayout, covered: boolean): void {
  const commands = useCommands();
  const participants = useSession((state) => state.participants);
  const ratio = useDevicePixelRatio();
  useEffect(() => {
    commands.watch(covered ? [] : watchedVideos(layout.placed, { participants }, ratio));
  }, [commands, layout, participants, ratio, covered]);
}

/** Changes when the window moves to another screen or the page is zoomed. */
function useDevicePixelRatio(): number {
  const [ratio, setRatio] = useState(() => globalThis.devicePixelRatio || 1);
  useEffect(() => {
    const query = globalThis.matchMedia?.(`(resolution: ${ratio}dppx)`);
    const update = () => setRatio(globalThis.devicePixelRatio || 1);
    query?.addEventListener('change', update);
    return () => query?.removeEventListener('change', update);
  }, [ratio]);
  return ratio;
}
