import type { GivenInvite } from '@conclave/protocol/rest/invites';
import type { RoleName } from '@conclave/protocol/roles';
import type { InviteView } from '@conclave/protocol/signalling/views';
import { MailPlus, Plus } from 'lucide-react';
import { useCallback, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Failure } from '../app/api.ts';
import { useAnswer } from '../app/use-answer.ts';
import { Button } from '../ui/Button.tsx';
import { Dialog } from '../ui/Dialog.tsx';
import { Spinner } from '../ui/Spinner.tsx';
import { EmptyState } from '../ui/StatePanel.tsx';
import { LoadFailed } from '../ui/LoadFailed.tsx';
import { useToast } from '../ui/Toast.tsx';
import { GivenLink } from './GivenLink.tsx';
import { InviteForm } from './InviteForm.tsx';
import { InviteList } from './InviteList.tsx';
import type { InviteSource } from './invite-source.ts';

type Shown = { kind: 'list' } | { kind: 'form' } | { kind: 'given'; given: GivenInvite };

interface InvitesDialogProps {
  source: InviteSource;
  title: string;
  /** As people are shown it. */
  roleName(role: RoleName): string;
  onClose(): void;
}

/** The invites of a room: who is invited and how it stands, a new one, its link, and the way back from one. */
export function InvitesDialog({ source, title, roleName, onClose }: InvitesDialogProps) {
  const { t } = useTranslation(['invites', 'errors', 'common']);
  const toast = useToast();
  const [shown, setShown] = useState<Shown>({ kind: 'list' });
  const { loaded, retry, update } = useAnswer(useCallback((signal: AbortSignal) => source.list(signal), [source]));
  const toList = () => setShown({ kind: 'list' });
  const refused = ({ code }: Failure) => toast({ tone: 'danger', text: t(`errors:${code}.title`) });
  const put = (invite: InviteView) =>
    update((book) => ({ ...book, invites: [invite, ...book.invites.filter(({ id }) => id !== invite.id)] }));
  const give = (given: GivenInvite) => {
    put(given.invite);
    setShown({ kind: 'given', given });
  };
  const renew = async (invite: InviteView, sendMail: boolean) => {
    const answer = await source.renew(invite.id, sendMail);
    if (answer.ok) give(answer.data);
    else refused(answer.failure);
  };
  const revoke = async (invite: InviteView) => {
    const answer = await source.revoke(invite.id);
    if (!answer.ok) return refused(answer.failure);
    update((book) => ({ ...book, invites: book.invites.map((one) => (one.id === invite.id ? { ...one, state: 'revoked' } : one)) }));
    return toast({ text: t('invites:revoked') });
  };
  const titles = { list: title, form: t('invites:newTitle'), given: t('invites:givenTitle') };
  const frame = {
    open: true,
    onOpenChange: (open: boolean) => {
      if (!open) onClose();
    },
    title: titles[shown.kind],
  };
  if (shown.kind === 'given') return <GivenLink frame={frame} given={shown.given} onDone={toList} />;
  if (shown.kind === 'form' && loaded.kind === 'ready')
    return <InviteForm frame={frame} book={loaded.data} roleName={roleName} create={source.create} onGiven={give} onBack={toList} />;
  const makeButton = (
    <Button tone="primary" icon={<Plus aria-hidden="true" className="size-4" />} onClick={() => setShown({ kind: 'form' })}>
      {t('invites:make')}
    </Button>
  );
  const hasInvites = loaded.kind === 'ready' && loaded.data.invites.length > 0;
  return (
    <Dialog {...frame} {...(hasInvites && { description: t('invites:lead'), footer: makeButton })}>
      {loaded.kind === 'loading' && (
        <p role="status" className="flex animate-late items-center gap-3 py-8 text-muted">
          <Spinner />
          {t('invites:loading')}
        </p>
      )}
      {loaded.kind === 'failed' && <LoadFailed code={loaded.failure.code} className="py-6" onRetry={retry} />}
      {loaded.kind === 'ready' && !hasInvites && (
        <EmptyState icon={<MailPlus aria-hidden="true" />} title={t('invites:none')} className="pt-4 pb-6" actions={makeButton}>
          {t('invites:noneText')}
        </EmptyState>
      )}
      {loaded.kind === 'ready' && hasInvites && (
        <InviteList
          invites={loaded.data.invites}
          mayMail={loaded.data.mayMail}
          roleName={roleName}
          mayRenew={({ role }) => loaded.data.roles.includes(role)}
          onRenew={renew}
          onRevoke={revoke}
        />
      )}
    </Dialog>
  );
}
