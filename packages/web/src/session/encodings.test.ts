import { expect, test } from 'vitest';
import { cameraLayers, planSending } from './encodings.ts';

test.each([
  ['720p', { width: 1280, height: 720 }, [4, 2, 1]],
  ['720p held upright', { width: 720, height: 1280 }, [4, 2, 1]],
  ['360p', { width: 640, height: 360 }, [2, 1]],
  ['VGA', { width: 640, height: 480 }, [2, 1]],
  ['a thumbnail', { width: 320, height: 240 }, [1]],
])('a camera of %s is sent in the layers that make sense', (_title, size, scales) => {
  const layers = cameraLayers(size);
  expect(layers.map((layer) => layer.scaleResolutionDownBy)).toEqual(scales);
  const bitrates = layers.map((layer) => layer.maxBitrate ?? 0);
  expect(bitrates).toEqual(bitrates.toSorted((a, b) => a - b));
});

test('speech is sent with error correction and silence suppression, shared sound in stereo without', () => {
  expect(planSending('microphone', { width: 0, height: 0 }).codecOptions).toMatchObject({
    opusFec: true,
    opusDtx: true,
    opusStereo: false,
  });
  expect(planSending('screen-audio', { width: 0, height: 0 }).codecOptions).toMatchObject({ opusDtx: false, opusStereo: true });
});

test('a shared screen is sent sharp rather than smooth', () => {
  const plan = planSending('screen', { width: 1920, height: 1080 });
  expect(plan.contentHint).toBe('detail');
  expect(plan.encodings).toHaveLength(1);
  expect(plan.encodings[0]?.maxFramerate).toBeLessThanOrEqual(15);
});
