import { readFileSync } from 'node:fs';
import { parse } from 'smol-toml';
import { expect, test } from 'vitest';
import { sampleConfig } from './sample-config.ts';

test('deploy/config.sample.toml is what `conclave config sample` prints', () => {
  expect(readFileSync(new URL('../../../deploy/config.sample.toml', import.meta.url), 'utf8')).toBe(sampleConfig());
});

test('the sample sets nothing, and every setting in it can be uncommented', () => {
  expect(parse(sampleConfig())).toEqual({});
  const uncommented = sampleConfig().replaceAll(/^# (\w+ = )/gm, '$1');
  expect(Object.keys(parse(uncommented)).length).toBeGreaterThan(10);
});
