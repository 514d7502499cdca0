import { RETENTION_CLASSES, type Retention, type RetentionClass, type RetentionPatch } from '@conclave/protocol/rest/log';
import { useState, type SyntheticEvent } from 'react';
import { useTranslation } from 'react-i18next';
import type { Failure } from '../../app/api.ts';
import { Banner } from '../../ui/Banner.tsx';
import { Button } from '../../ui/Button.tsx';
import { TextField } from '../../ui/TextField.tsx';
import { useToast } from '../../ui/Toast.tsx';
import { changeRetention } from './log-api.ts';
import { wholeNumber } from './rule-change.ts';

const MOST_DAYS = 3650;
type Typed = Record<RetentionClass, string>;

/** Days that differ from what is kept now; null while a field cannot be read. */
export function retentionChange({ days, floors }: Retention, typed: Typed): RetentionPatch['days'] | null {
  const change: NonNullable<RetentionPatch['days']> = {};
  for (const category of RETENTION_CLASSES) {
    const value = wholeNumber(typed[category], { min: floors[category], max: MOST_DAYS });
    if (value === null) return null;
    if (value !== days[category]) change[category] = value;
  }
  return change;
}

/** How many days each category is kept, never under the operator's floor. */
export function RetentionForm({ retention, onChanged }: { retention: Retention; onChanged(retention: Retention): void }) {
  const { t } = useTranslation(['log', 'errors', 'common']);
  const toast = useToast();
  const { days } = retention;
  const [typed, setTyped] = useState<Typed>({
    session: String(days.session),
    security: String(days.security),
    administration: String(days.administration),
    chat: String(days.chat),
  });
  const [checked, setChecked] = useState(false);
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState<Failure | null>(null);
  const change = retentionChange(retention, typed);
  const shorter = change && RETENTION_CLASSES.some((category) => (change[category] ?? days[category]) < days[category]);

  const submit = async (event: SyntheticEvent) => {
    event.preventDefault();
    setChecked(true);
    if (busy || !change) return undefined;
    if (Object.keys(change).length === 0) return toast({ text: t('log:retention.same') });
    setBusy(true);
    setFailure(null);
    const answer = await changeRetention({ days: change });
    setBusy(false);
    if (!answer.ok) return setFailure(answer.failure);
    onChanged(answer.data);
    return toast({ text: t('log:retention.saved') });
  };
  return (
    <form noValidate onSubmit={(event) => void submit(event)} className="flex flex-col gap-5">
      <div className="grid gap-5 sm:grid-cols-2">
        {RETENTION_CLASSES.map((category) => (
          <DaysField
            key={category}
            category={category}
            value={typed[category]}
            floor={retention.floors[category]}
            checked={checked}
            onChange={(value) => setTyped((before) => ({ ...before, [category]: value }))}
          />
        ))}
      </div>
      {shorter && (
        <Banner tone="warn" live="status" title={t('log:retention.shorterTitle')}>
          {t('log:retention.shorterText')}
        </Banner>
      )}
      {failure && (
        <Banner tone="danger" live="alert" title={t(`errors:${failure.code}.title`)}>
          {t(`errors:${failure.code}.action`)}
        </Banner>
      )}
      <Button type="submit" tone="primary" busy={busy} className="self-start max-sm:w-full">
        {busy ? t('common:saving') : t('log:retention.save')}
      </Button>
    </form>
  );
}

interface DaysFieldProps {
  category: RetentionClass;
  value: string;
  floor: number;
  checked: boolean;
  onChange(value: string): void;
}

function DaysField({ category, value, floor, checked, onChange }: DaysFieldProps) {
  const { t } = useTranslation('log');
  const wrong = checked && wholeNumber(value, { min: floor, max: MOST_DAYS }) === null;
  const tooFew = wholeNumber(value, { min: 0, max: floor - 1 }) !== null;
  return (
    <TextField
      label={category === 'chat' ? t('retention.chat') : t('retention.days', { category: t(`category.${category}`) })}
      hint={category === 'chat' ? t('retention.chatFloor') : t('retention.floor', { count: floor })}
      inputMode="numeric"
      value={value}
      maxLength={5}
      onChange={(event) => onChange(event.target.value)}
      error={wrong && (tooFew ? t('retention.tooFew', { count: floor }) : t('retention.wrong', { min: floor }))}
    />
  );
}
