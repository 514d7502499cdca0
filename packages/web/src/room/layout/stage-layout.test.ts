import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { chooseMain, layOutStage } from './stage-layout.ts';
import type { StageInput } from './stage-layout.ts';
import { cameraKey, orderForPages, screenKey } from './stage-tiles.ts';
import type { StageTile } from './stage-tiles.ts';

const person = (n: number): StageTile => ({ key: cameraKey(`p${n}`), kind: 'camera', participantId: `p${n}`, isSelf: n === 0 });
const share = (n: number): StageTile => ({ key: screenKey(`p${n}`), kind: 'screen', participantId: `p${n}`, isSelf: n === 0 });
const people = (count: number): StageTile[] => Array.from({ length: count }, (_, n) => person(n));
const DESKTOP = { width: 1416, height: 816 };
const PHONE = { width: 374, height: 690 };
const stage = (tiles: StageTile[], more: Partial<StageInput> = {}): StageInput => ({
  container: DESKTOP,
  tiles,
  view: 'grid',
  pinned: null,
  recentSpeakers: [],
  page: 0,
  ...more,
});
const places = (input: StageInput) => Object.fromEntries(layOutStage(input).placed.map((tile) => [tile.key, tile.place]));

describe('the stage', () => {
  it('shows everybody in the grid exactly once, over all pages', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 120 }), fc.constantFrom(DESKTOP, PHONE, { width: 700, height: 320 }), (count, container) => {
        const input = stage(people(count), { container });
        const { pageCount } = layOutStage(input);
        const seen = Array.from({ length: pageCount }, (_, page) => layOutStage({ ...input, page }).placed).flat();
        const inGrid = seen.filter((tile) => tile.place !== 'floating').map((tile) => tile.key);
        expect(new Set(inGrid).size).toBe(inGrid.length);
        expect(new Set(seen.map((tile) => tile.key)).size).toBe(count);
      }),
    );
  });

  it('never places a tile outside of the window, whatever is shown', () => {
    const sizes = fc.record({ width: fc.integer({ min: 280, max: 2600 }), height: fc.integer({ min: 200, max: 1500 }) });
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 60 }),
        sizes,
        fc.subarray([0, 1, 2]),
        fc.constantFrom('grid' as const, 'speaker' as const),
        (count, container, sharing, view) => {
          const tiles = [...people(count), ...sharing.filter((n) => n < count).map(share)];
          for (const { box } of layOutStage(stage(tiles, { container, view })).placed) {
            expect(Math.min(box.x, box.y)).toBeGreaterThanOrEqual(0);
            expect(box.x + box.width).toBeLessThanOrEqual(container.width);
            expect(box.y + box.height).toBeLessThanOrEqual(container.height);
          }
        },
      ),
    );
  });

  it('counts in the strip everybody who has no room there', () => {
    fc.assert(
      fc.property(fc.integer({ min: 2, max: 80 }), fc.constantFrom(DESKTOP, PHONE), (count, container) => {
        const layout = layOutStage(stage([...people(count), share(1)], { container }));
        expect(layout.placed.length + (layout.overflow?.hidden.length ?? 0)).toBe(count + 1);
        expect(layout.overflow?.hidden.length).not.toBe(1);
      }),
    );
  });

  it('shows one who is alone large', () => {
    expect(places(stage(people(1)))).toEqual({ 'p0:camera': 'solo' });
  });

  it('shows the other one large and oneself small when two meet', () => {
    expect(places(stage(people(2)))).toEqual({ 'p0:camera': 'floating', 'p1:camera': 'grid' });
  });

  it('uses at most two columns on an upright phone', () => {
    const { placed } = layOutStage(stage(people(12), { container: PHONE }));
    expect(new Set(placed.filter((tile) => tile.place === 'grid').map((tile) => tile.box.x)).size).toBe(2);
  });

  it('shows a share large with people beside it, and the newest of several', () => {
    const input = stage([...people(4), share(1), share(3)]);
    expect(chooseMain(input)?.key).toBe('p3:screen');
    expect(places(input)['p1:screen']).toBe('strip');
  });

  it('gives a large share its own shape once that is known', () => {
    const [main] = layOutStage(stage([...people(3), share(1)], { pictures: { 'p1:screen': { width: 1000, height: 1000 } } })).placed;
    expect(main).toMatchObject({ place: 'main', box: { width: DESKTOP.height, height: DESKTOP.height } });
  });

  it("[P10] keeps a preview of one's own share on the stage and makes it large only when pinned", () => {
    const tiles = [...people(3), share(0)];
    expect(places(stage(tiles))['p0:screen']).toBe('grid');
    expect(places(stage(tiles, { pinned: screenKey('p0') }))['p0:screen']).toBe('main');
  });

  it('lets a pin win over shares and speakers', () => {
    expect(chooseMain(stage([...people(4), share(1)], { pinned: cameraKey('p2'), view: 'speaker', recentSpeakers: ['p3'] }))?.key).toBe(
      'p2:camera',
    );
  });

  it('forgets a pin of somebody who has left', () => {
    expect(chooseMain(stage(people(3), { pinned: cameraKey('gone') }))).toBeNull();
  });

  it('shows in the speaker view who spoke last of those still here, and never oneself', () => {
    expect(chooseMain(stage(people(4), { view: 'speaker', recentSpeakers: ['gone', 'p0', 'p2', 'p1'] }))?.key).toBe('p2:camera');
    expect(chooseMain(stage(people(4), { view: 'speaker' }))?.key).toBe('p1:camera');
  });

  it('goes back to the last page when pages become fewer', () => {
    const layout = layOutStage(stage(people(60), { page: 9 }));
    expect(layout.page).toBe(layout.pageCount - 1);
  });
});

describe('the order of pages', () => {
  it('brings who spoke lately to the first page without changing the order there', () => {
    const order = orderForPages(people(10), 4, ['p8', 'p5']).map((tile) => tile.participantId);
    expect(order.slice(0, 4)).toEqual(['p0', 'p1', 'p5', 'p8']);
    expect(order).toHaveLength(10);
  });

  it('changes nothing when all fit', () => {
    expect(orderForPages(people(4), 4, ['p3']).map((tile) => tile.participantId)).toEqual(['p0', 'p1', 'p2', 'p3']);
  });
});
