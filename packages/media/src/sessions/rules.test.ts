import { MediaSource } from '@conclave/protocol/media-api/rtp';
import { describe, expect, test } from 'vitest';
import { canSend, chooseInitial, fitsKind, topLayer } from './rules.ts';

const nothing = { microphone: false, camera: false, screen: false, receive: false };

describe('grants', () => {
  test.each([
    ['microphone', ['microphone']],
    ['camera', ['camera']],
    ['screen', ['screen', 'screen-audio']],
    ['receive', []],
  ] as const)('[P2] %s alone lets send exactly %j', (grant, sources) => {
    expect(MediaSource.options.filter((source) => canSend({ ...nothing, [grant]: true }, source))).toEqual(sources);
  });

  test.each([
    ['microphone', 'audio'],
    ['camera', 'video'],
    ['screen', 'video'],
    ['screen-audio', 'audio'],
  ] as const)('%s is %s and nothing else', (source, kind) => {
    expect((['audio', 'video'] as const).filter((each) => fitsKind(source, each))).toEqual([kind]);
  });
});

describe('what a newcomer gets ahead', () => {
  const of = (kind: 'audio' | 'video', source: MediaSource, id: number) => ({ kind, source, id });

  test('all audio, then screens, then cameras in order, up to the limit of videos', () => {
    const producers = [
      of('video', 'camera', 1),
      of('audio', 'microphone', 2),
      of('video', 'camera', 3),
      of('video', 'screen', 4),
      of('audio', 'screen-audio', 5),
    ];
    expect(chooseInitial(producers, 2).map(({ id }) => id)).toEqual([2, 5, 4, 1]);
  });
});

describe('the top layer of a video', () => {
  test.each([
    ['one encoding', [{}], 0],
    ['three simulcast encodings', [{}, {}, {}], 2],
    [
      'three simulcast encodings with temporal layers',
      [{ scalabilityMode: 'L1T3' }, { scalabilityMode: 'L1T3' }, { scalabilityMode: 'L1T3' }],
      2,
    ],
    ['SVC with three spatial layers', [{ scalabilityMode: 'L3T3_KEY' }], 2],
    ['no encodings', [], 0],
    ['more than there can be', [{ scalabilityMode: 'L9T1' }], 3],
  ])('of %s', (_title, encodings, expected) => {
    expect(topLayer(encodings)).toBe(expected);
  });
});
