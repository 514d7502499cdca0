import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { settingsChange } from './settings-change.ts';

test('only what was touched is told, before and after; what was not given is null', () => {
  const before = { topbar_enabled: true, privacy: 'public', tags: ['a'] } as const;
  const after = { topbar_enabled: false, tags: ['a'], max_participants: 5 } as const;
  expect(settingsChange(before, { ...after })).toEqual({
    before: { topbar_enabled: true, privacy: 'public', max_participants: null },
    after: { topbar_enabled: false, privacy: null, max_participants: 5 },
  });
});

test('a secret is never told, only that it was touched', () => {
  const data = settingsChange({ restream_key: 'old one' }, { restream_key: 'new one', telephony_pin_dtmf: '1234#' });
  expect(data).toEqual({
    before: { restream_key: '[secret]', telephony_pin_dtmf: null },
    after: { restream_key: '[secret]', telephony_pin_dtmf: '[secret]' },
  });
});

test('pictures and long texts are told by the hash of their JSON', () => {
  const logo = `data:image/png;base64,${'A'.repeat(5_000)}`;
  const hash = createHash('sha256').update(JSON.stringify(logo)).digest('hex');
  expect(settingsChange({}, { custom_logo: logo }).after).toEqual({ custom_logo: `sha256:${hash}` });
});
