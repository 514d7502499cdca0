import { LIMITS } from '@conclave/protocol/limits';
import type { GivenInvite, InviteRequest } from '@conclave/protocol/rest/invites';
import type { RoleName } from '@conclave/protocol/roles';
import { useId, useState, type SyntheticEvent } from 'react';
import { useTranslation } from 'react-i18next';
import type { Answer, Failure } from '../app/api.ts';
import { Banner } from '../ui/Banner.tsx';
import { Button } from '../ui/Button.tsx';
import { Dialog, type DialogProps } from '../ui/Dialog.tsx';
import { Select } from '../ui/Select.tsx';
import { Switch } from '../ui/Switch.tsx';
import { TextField } from '../ui/TextField.tsx';
import { DURATIONS_MINUTES, emptyFields, EXPIRY_DAYS, readFields, type Faults, type InviteFields } from './invite-form.ts';
import type { InviteBook } from './invite-source.ts';

interface InviteFormProps {
  frame: DialogProps;
  book: InviteBook;
  roleName(role: RoleName): string;
  create(request: InviteRequest): Promise<Answer<GivenInvite>>;
  onGiven(given: GivenInvite): void;
  onBack(): void;
}

type Change = (change: Partial<InviteFields>) => void;

/** Who is invited, as what, for how long, and whether by mail. */
export function InviteForm({ frame, book, roleName, create, onGiven, onBack }: InviteFormProps) {
  const { t, i18n } = useTranslation(['invites', 'errors']);
  const formId = useId();
  const roles = book.roles.map((value) => ({ value, label: roleName(value) }));
  const [fields, setFields] = useState(() => emptyFields(book.defaultRole, i18n.language.startsWith('de') ? 'de' : 'en'));
  const [faults, setFaults] = useState<Faults>({});
  const [failure, setFailure] = useState<Failure | null>(null);
  const [busy, setBusy] = useState(false);
  const change: Change = (changed) => {
    setFields((now) => ({ ...now, ...changed }));
    setFaults({});
  };
  const submit = async (event: SyntheticEvent) => {
    event.preventDefault();
    if (busy) return;
    const read = readFields(fields, { nowMs: Date.now(), timeZone: Intl.DateTimeFormat().resolvedOptions().timeZone });
    setFailure(null);
    if (!read.ok) return setFaults(read.faults);
    setBusy(true);
    const answer = await create(read.request);
    setBusy(false);
    return answer.ok ? onGiven(answer.data) : setFailure(answer.failure);
  };
  return (
    <Dialog
      key="form"
      {...frame}
      footer={
        <>
          <Button onClick={onBack}>{t('invites:back')}</Button>
          <Button tone="primary" type="submit" form={formId} busy={busy}>
            {t(fields.sendMail ? 'invites:createAndSend' : 'invites:create')}
          </Button>
        </>
      }
    >
      <form id={formId} noValidate onSubmit={(event) => void submit(event)} className="flex flex-col gap-5">
        {failure && (
          <Banner tone="danger" live="alert" title={t(`errors:${failure.code}.title`)}>
            {t(`errors:${failure.code}.action`)}
          </Banner>
        )}
        <TextField
          label={t('invites:name')}
          hint={t('invites:nameHint')}
          value={fields.name}
          maxLength={LIMITS.nameLength}
          autoComplete="off"
          data-autofocus
          onChange={({ target }) => change({ name: target.value })}
        />
        <div className="grid gap-5 sm:grid-cols-3">
          <Select label={t('invites:role')} value={fields.role} options={roles} onChange={(value) => change({ role: value })} />
          <ExpirySelect value={fields.expiry} onChange={(expiry) => change({ expiry })} />
          <TextField
            label={t('invites:persons')}
            type="number"
            inputMode="numeric"
            min={1}
            max={LIMITS.personsPerInvite}
            value={fields.persons}
            error={faults.persons && t(`invites:${faults.persons}`, { max: LIMITS.personsPerInvite })}
            onChange={({ target }) => change({ persons: target.value })}
          />
        </div>
        {book.mayMail && <MailFields fields={fields} faults={faults} change={change} />}
      </form>
    </Dialog>
  );
}

function ExpirySelect({ value, onChange }: { value: string; onChange(value: string): void }) {
  const { t } = useTranslation('invites');
  const options = [
    ...EXPIRY_DAYS.map((days) => ({ value: String(days), label: t('expiryDays', { count: days }) })),
    { value: '', label: t('expiryNever') },
  ];
  return <Select label={t('expiry')} value={value} options={options} onChange={onChange} />;
}

function MailFields({ fields, faults, change }: { fields: InviteFields; faults: Faults; change: Change }) {
  const { t } = useTranslation('invites');
  const languages = [
    { value: 'en', label: 'English' },
    { value: 'de', label: 'Deutsch' },
  ];
  return (
    <fieldset className="flex flex-col gap-5 border-t border-line pt-5">
      <Switch label={t('sendMail')} hint={t('sendMailHint')} checked={fields.sendMail} onChange={(sendMail) => change({ sendMail })} />
      {fields.sendMail && (
        <>
          <div className="grid gap-5 sm:grid-cols-[2fr_1fr]">
            <TextField
              label={t('email')}
              type="email"
              inputMode="email"
              autoComplete="off"
              required
              value={fields.email}
              error={faults.email && t(faults.email)}
              onChange={({ target }) => change({ email: target.value })}
            />
            <Select
              label={t('language')}
              value={fields.language}
              options={languages}
              onChange={(value) => change({ language: value === 'de' ? 'de' : 'en' })}
            />
          </div>
          <div className="grid gap-5 sm:grid-cols-[2fr_1fr]">
            <TextField
              label={t('date')}
              hint={t('dateHint')}
              type="datetime-local"
              value={fields.date}
              error={faults.date && t(faults.date)}
              onChange={({ target }) => change({ date: target.value })}
            />
            <Select
              label={t('duration')}
              value={fields.durationMinutes}
              disabled={fields.date === ''}
              options={DURATIONS_MINUTES.map((minutes) => ({ value: String(minutes), label: t('minutes', { count: minutes }) }))}
              onChange={(durationMinutes) => change({ durationMinutes })}
            />
          </div>
        </>
      )}
    </fieldset>
  );
}
