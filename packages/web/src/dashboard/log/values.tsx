import { useTranslation } from 'react-i18next';
import { ForeignText } from './ForeignText.tsx';
import type { LogT } from './sentences.ts';

/** A value of a setting or of an event's data, as people read it. */
export function ShownValue({ value }: { value: unknown }) {
  const { t } = useTranslation('log');
  const words = valueWords(t, value);
  if (words !== null) return <span className="text-muted">{words}</span>;
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return <ForeignText text={text ?? ''} limit={200} expandable />;
}

/** Our words for values that are none themselves; null for all that are shown as they are. */
export function valueWords(t: LogT, value: unknown): string | null {
  if (value === undefined || value === null) return t('detail.nothingSet');
  if (value === '') return t('detail.emptyText');
  if (typeof value === 'boolean') return t(value ? 'detail.on' : 'detail.off');
  if (value === '[secret]') return t('detail.secretValue');
  const fingerprint = typeof value === 'string' ? /^sha256:(\S{4,88})$/.exec(value)?.[1] : undefined;
  return fingerprint === undefined ? null : t('detail.longValue', { hash: fingerprint.slice(0, 12) });
}

export interface SettingChange {
  name: string;
  before: unknown;
  after: unknown;
}

/** Settings that an event changed, by name. For something new, `before` is absent throughout. */
export function settingChanges(data: Readonly<Record<string, unknown>>): { changes: SettingChange[]; isNew: boolean } {
  const before = asRecord(data['before']);
  const after = asRecord(data['after']);
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])].sort();
  return { changes: names.map((name) => ({ name, before: before[name], after: after[name] })), isNew: data['before'] === undefined };
}

function asRecord(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : {};
}
