import type { RoleReply } from '@conclave/protocol/rest/roles';
import { useId, useState, type SyntheticEvent } from 'react';
import { useTranslation } from 'react-i18next';
import type { Failure } from '../../app/api.ts';
import { Button } from '../../ui/Button.tsx';
import { Dialog } from '../../ui/Dialog.tsx';
import { TextField } from '../../ui/TextField.tsx';
import { useInitialFocus } from '../../ui/use-initial-focus.ts';
import { useToast } from '../../ui/Toast.tsx';
import { RightFields } from './RightFields.tsx';
import { RoleFailure } from './RoleFailure.tsx';
import { faultsOf, formOf, nameFrom, requestOf, type RoleFaults, type RoleForm } from './role-form.ts';
import { changeRole, createRole } from './roles-api.ts';

interface RoleDialogProps {
  /** The role to change; null: a new one. */
  edited: RoleReply | null;
  /** What a new role begins as. */
  template: RoleReply | null;
  roles: readonly RoleReply[];
  onClose(): void;
  onStored(role: RoleReply): void;
}

/** Makes a role of the team, or changes one. */
export function RoleDialog(props: RoleDialogProps) {
  const { edited, onClose } = props;
  const { t } = useTranslation(['roles', 'common']);
  const formId = useId();
  const [busy, setBusy] = useState(false);
  return (
    <Dialog
      open
      size="large"
      onOpenChange={(open) => {
        if (!open) onClose();
      }}
      title={edited ? t('roles:dialog.editTitle', { role: edited.display_name }) : t('roles:dialog.createTitle')}
      footer={
        <>
          <Button onClick={onClose}>{t('common:cancel')}</Button>
          <Button type="submit" form={formId} tone="primary" busy={busy}>
            {busy ? t('common:saving') : t('common:save')}
          </Button>
        </>
      }
    >
      <RoleEditor {...props} id={formId} busy={busy} onBusy={setBusy} />
    </Dialog>
  );
}

type EditorProps = RoleDialogProps & { id: string; busy: boolean; onBusy(busy: boolean): void };

function RoleEditor({ id, edited, template, roles, busy, onBusy, onClose, onStored }: EditorProps) {
  const { t } = useTranslation('roles');
  const toast = useToast();
  const [form, setForm] = useState<RoleForm>(() => formOf(edited ?? template, { asCopy: edited === null }));
  const [checked, setChecked] = useState(false);
  const [failure, setFailure] = useState<Failure | null>(null);
  const set = (part: Partial<RoleForm>) => setForm((before) => ({ ...before, ...part }));
  const faults = faultsOf(
    form,
    roles.filter((other) => other.id !== edited?.id),
  );

  const submit = async (event: SyntheticEvent) => {
    event.preventDefault();
    setChecked(true);
    if (busy || faults) return;
    onBusy(true);
    setFailure(null);
    const answer = edited ? await changeRole(edited, requestOf(form)) : await createRole(requestOf(form));
    onBusy(false);
    if (!answer.ok) return setFailure(answer.failure);
    onStored(answer.data);
    onClose();
    return toast({ text: t(edited ? 'saved' : 'created') });
  };
  const shown = checked ? faults : null;
  return (
    <form id={id} noValidate onSubmit={(event) => void submit(event)} className="flex flex-col gap-5">
      <NameFields form={form} isNew={edited === null} faults={shown} onSet={set} />
      {edited && <p className="text-sm text-muted">{t('dialog.live')}</p>}
      <RightFields
        form={form}
        roles={form.name === '' || edited ? roles : [...roles, { name: form.name, display_name: form.displayName }]}
        faults={shown}
        onSet={set}
      />
      {failure && <RoleFailure failure={failure} field="name" />}
    </form>
  );
}

interface NameFieldsProps {
  form: RoleForm;
  isNew: boolean;
  faults: RoleFaults | null;
  onSet(part: Partial<RoleForm>): void;
}

function NameFields({ form, isNew, faults, onSet }: NameFieldsProps) {
  const { t } = useTranslation('roles');
  const first = useInitialFocus<HTMLInputElement>();
  const follows = isNew && form.name === nameFrom(form.displayName);
  return (
    <div className="grid gap-4 sm:grid-cols-2">
      <TextField
        label={t('dialog.displayName')}
        hint={t('dialog.displayNameHint')}
        value={form.displayName}
        maxLength={100}
        ref={first}
        // The short name follows until somebody types one.
        onChange={({ target }) => onSet({ displayName: target.value, ...(follows && { name: nameFrom(target.value) }) })}
        error={faults?.displayName && t('dialog.displayNameWrong')}
      />
      <TextField
        label={t('dialog.name')}
        hint={t('dialog.nameHint')}
        value={form.name}
        maxLength={30}
        autoCapitalize="none"
        spellCheck={false}
        onChange={({ target }) => onSet({ name: target.value })}
        error={faults?.name && t(faults.name === 'taken' ? 'dialog.nameTaken' : 'dialog.nameWrong')}
      />
      <TextField
        label={t('dialog.description')}
        value={form.description}
        maxLength={1000}
        onChange={({ target }) => onSet({ description: target.value })}
        className="sm:col-span-2"
      />
    </div>
  );
}
