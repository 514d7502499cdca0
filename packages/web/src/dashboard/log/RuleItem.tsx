import type { AlertRule, AlertRulePatch } from '@conclave/protocol/rest/log';
import { useState, type SyntheticEvent } from 'react';
import { useTranslation } from 'react-i18next';
import type { Failure } from '../../app/api.ts';
import { Banner } from '../../ui/Banner.tsx';
import { Button } from '../../ui/Button.tsx';
import { Switch } from '../../ui/Switch.tsx';
import { TextField } from '../../ui/TextField.tsx';
import { useToast } from '../../ui/Toast.tsx';
import { changeRule } from './log-api.ts';
import { formOf, minutesOf, ruleChange, type RuleFaults, type RuleForm } from './rule-change.ts';
import { ruleText, type LogT } from './sentences.ts';
import { visibleText } from './visible-text.ts';

interface RuleItemProps {
  rule: AlertRule;
  onChanged(rule: AlertRule): void;
}

/** One alert rule: on or off at once, its numbers and addresses in a form that opens. */
export function RuleItem({ rule, onChanged }: RuleItemProps) {
  const { t } = useTranslation(['log', 'errors']);
  const toast = useToast();
  const [editing, setEditing] = useState(false);
  const [busy, setBusy] = useState(false);
  const title = ruleText(t, rule.id, 'title');
  const toggle = async (enabled: boolean) => {
    setBusy(true);
    const answer = await changeRule(rule.id, { enabled });
    setBusy(false);
    if (!answer.ok) return toast({ tone: 'danger', text: t(`errors:${answer.failure.code}.title`) });
    onChanged(answer.data);
    return toast({ text: t(enabled ? 'log:rules.switched_on' : 'log:rules.switched_off', { rule: title }) });
  };
  return (
    <li className="py-5 first:pt-1 last:pb-0">
      <Switch
        label={title}
        hint={rule.enabled ? ruleText(t, rule.id, 'meaning') : t('log:rules.off')}
        checked={rule.enabled}
        disabled={busy}
        onChange={(enabled) => void toggle(enabled)}
      />
      {rule.enabled && !editing && (
        <div className="mt-2 flex flex-wrap items-center justify-between gap-x-4 gap-y-2">
          <RuleSummary rule={rule} />
          <Button size="small" aria-label={t('log:rules.changeOf', { rule: title })} onClick={() => setEditing(true)}>
            {t('log:rules.change')}
          </Button>
        </div>
      )}
      {rule.enabled && editing && <RuleEditor rule={rule} onChanged={onChanged} onDone={() => setEditing(false)} />}
    </li>
  );
}

function RuleSummary({ rule }: { rule: AlertRule }) {
  const { t } = useTranslation('log');
  const minutes = minutesOf(rule);
  const sums = {
    count: () => (rule.kind === 'count' ? t('rules.sumCount', { count: rule.count, minutes }) : ''),
    first: () => (rule.kind === 'first' ? t('rules.sumFirst', { count: rule.forgottenAfterDays }) : ''),
    late: () => t('rules.sumLate', { minutes }),
  };
  return (
    <p className="text-sm text-muted">
      {sums[rule.kind]()} · {rule.emails.length === 0 ? t('rules.noEmails') : t('rules.toEmails', { count: rule.emails.length })}
    </p>
  );
}

function RuleEditor({ rule, onChanged, onDone }: RuleItemProps & { onDone(): void }) {
  const { t } = useTranslation(['log', 'errors', 'common']);
  const toast = useToast();
  const [form, setForm] = useState<RuleForm>(() => formOf(rule));
  const [faults, setFaults] = useState<RuleFaults>({});
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState<Failure | null>(null);
  const set = (part: Partial<RuleForm>) => setForm((before) => ({ ...before, ...part }));

  const save = async (change: AlertRulePatch) => {
    setBusy(true);
    setFailure(null);
    const answer = await changeRule(rule.id, change);
    setBusy(false);
    if (!answer.ok) return setFailure(answer.failure);
    onChanged(answer.data);
    onDone();
    return toast({ text: t('log:rules.saved') });
  };
  const submit = (event: SyntheticEvent) => {
    event.preventDefault();
    const result = ruleChange(rule, form);
    if ('faults' in result) return setFaults(result.faults);
    setFaults({});
    if (Object.keys(result.change).length === 0) return onDone();
    return busy ? undefined : void save(result.change);
  };
  return (
    <form noValidate onSubmit={submit} className="mt-4 flex flex-col gap-4 rounded-2xl bg-sunken p-4">
      <RuleFields rule={rule} form={form} faults={faults} onSet={set} />
      {failure && (
        <Banner tone="danger" live="alert" title={t(`errors:${failure.code}.title`)}>
          {t(`errors:${failure.code}.action`)}
        </Banner>
      )}
      <div className="flex flex-wrap justify-end gap-2">
        <Button onClick={onDone}>{t('common:cancel')}</Button>
        <Button type="submit" tone="primary" busy={busy}>
          {busy ? t('common:saving') : t('common:save')}
        </Button>
      </div>
    </form>
  );
}

interface RuleFieldsProps {
  rule: AlertRule;
  form: RuleForm;
  faults: RuleFaults;
  onSet(part: Partial<RuleForm>): void;
}

function RuleFields({ rule, form, faults, onSet }: RuleFieldsProps) {
  const { t } = useTranslation('log');
  return (
    <>
      <div className="grid gap-4 sm:grid-cols-2">
        {rule.kind === 'count' && (
          <TextField
            label={t('rules.count')}
            inputMode="numeric"
            value={form.count}
            onChange={(event) => onSet({ count: event.target.value })}
            error={faults.count && t('rules.numberWrong', faults.count)}
          />
        )}
        {minutesOf(rule) !== null && (
          <TextField
            label={t(rule.kind === 'late' ? 'rules.afterMinutes' : 'rules.withinMinutes')}
            inputMode="numeric"
            value={form.minutes}
            onChange={(event) => onSet({ minutes: event.target.value })}
            error={faults.minutes && t('rules.numberWrong', faults.minutes)}
          />
        )}
      </div>
      <TextField
        label={t('rules.emails')}
        hint={t('rules.emailsHint')}
        inputMode="email"
        autoCapitalize="none"
        spellCheck={false}
        value={form.emails}
        maxLength={2_600}
        onChange={(event) => onSet({ emails: event.target.value })}
        error={faults.emails && emailFault(t, faults.emails)}
      />
    </>
  );
}

function emailFault(t: LogT, fault: NonNullable<RuleFaults['emails']>): string {
  return fault.kind === 'too-many' ? t('rules.emailsTooMany') : t('rules.emailWrong', { email: visibleText(fault.email) });
}
