import { describe, expect, it } from 'vitest';
import { createFixtureSession, fixturePeople, personId } from '../fixture-session.ts';
import type { FixturePerson } from '../fixture-session.ts';
import { layOutStage } from './stage-layout.ts';
import { stageTiles } from './stage-tiles.ts';
import { fitOf, shownPart } from './video-fit.ts';
import { watchedVideos } from './watched-videos.ts';

function watchedBy(people: readonly FixturePerson[], devicePixelRatio = 1) {
  const state = createFixtureSession({ people }).store.getState();
  const layout = layOutStage({
    container: { width: 1400, height: 800 },
    tiles: stageTiles(state),
    view: 'grid',
    pinned: null,
    recentSpeakers: [],
    page: 0,
  });
  return watchedVideos(layout.placed, state, devicePixelRatio);
}

describe('what the media node is asked for', () => {
  it("is the video of others who send one, never one's own", () => {
    const watched = watchedBy(fixturePeople(5));
    expect(watched.map((video) => video.participantId)).toEqual([personId(1), personId(3), personId(4)]);
  });

  it('has the size of the tile in device pixels', () => {
    const [once] = watchedBy(fixturePeople(3), 1);
    const [twice] = watchedBy(fixturePeople(3), 2);
    expect(twice?.widthPx).toBe((once?.widthPx ?? 0) * 2);
  });

  it('marks the large one as the main one', () => {
    const people = fixturePeople(3).map((person, n): FixturePerson =>
      n === 1 ? { ...person, sends: ['microphone', 'camera', 'screen'] } : person,
    );
    expect(watchedBy(people).filter((video) => video.priority === 'main')).toMatchObject([
      { participantId: personId(1), source: 'screen' },
    ]);
  });

  it('is nothing of pages that are not shown', () => {
    expect(watchedBy(fixturePeople(80)).length).toBeLessThanOrEqual(25);
  });
});

describe('the picture in its box', () => {
  it('loses margins as long as most of it stays in sight', () => {
    expect(fitOf({ width: 1280, height: 720 }, { width: 400, height: 300 })).toBe('cover');
    expect(fitOf({ width: 720, height: 1280 }, { width: 400, height: 225 })).toBe('contain');
  });

  it('is shown whole and centred when it is a share', () => {
    expect(shownPart({ width: 1600, height: 900 }, { width: 800, height: 800 })).toEqual({ x: 0, y: 175, width: 800, height: 450 });
  });
});
