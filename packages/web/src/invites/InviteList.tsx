import type { InviteView } from '@conclave/protocol/signalling/views';
import { MoreHorizontal, RotateCw, Send, Trash2 } from 'lucide-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Badge, type BadgeTone } from '../ui/Badge.tsx';
import { Button } from '../ui/Button.tsx';
import { IconButton } from '../ui/IconButton.tsx';
import { Menu, MenuItem, MenuSeparator } from '../ui/Menu.tsx';
import { isOver } from './invite-source.ts';

interface InviteListProps {
  invites: readonly InviteView[];
  mayMail: boolean;
  roleName(role: string): string;
  /** Whether one may give the role of an invite, and so its link. */
  mayRenew(invite: InviteView): boolean;
  onRenew(invite: InviteView, sendMail: boolean): Promise<void>;
  onRevoke(invite: InviteView): Promise<void>;
}

/** Those that still open the room first; what is over is folded away. */
export function InviteList({ invites, ...rest }: InviteListProps) {
  const { t } = useTranslation('invites');
  const over = invites.filter(isOver);
  const standing = invites.filter((invite) => !isOver(invite));
  const rows = (shown: readonly InviteView[]) => shown.map((invite) => <InviteRow key={invite.id} invite={invite} {...rest} />);
  return (
    <>
      <ul aria-label={t('list')} className="divide-y divide-line">
        {rows(standing)}
      </ul>
      {over.length > 0 && (
        <details className="mt-2 border-t border-line pt-3">
          <summary className="cursor-pointer rounded-lg py-1.5 text-sm font-medium text-muted hover:text-ink">
            {t('over', { count: over.length })}
          </summary>
          <ul className="divide-y divide-line">{rows(over)}</ul>
        </details>
      )}
    </>
  );
}

const TONES: Record<InviteView['state'], BadgeTone> = {
  open: 'accent',
  used: 'neutral',
  expired: 'neutral',
  revoked: 'neutral',
  void: 'warn',
};

function InviteRow({ invite, mayMail, roleName, mayRenew, onRenew, onRevoke }: Omit<InviteListProps, 'invites'> & { invite: InviteView }) {
  const { t, i18n } = useTranslation('invites');
  const [asking, setAsking] = useState(false);
  const [busy, setBusy] = useState(false);
  const moment = (ms: number) => new Intl.DateTimeFormat(i18n.language, { dateStyle: 'medium', timeStyle: 'short' }).format(ms);
  const who = invite.name ?? invite.email ?? t('anybody');
  const revoke = async () => {
    setBusy(true);
    await onRevoke(invite);
    setBusy(false);
    setAsking(false);
  };
  const facts = [
    roleName(invite.role),
    ...(invite.expiresAtMs === null ? [] : [t('until', { time: moment(invite.expiresAtMs) })]),
    ...(invite.startsAtMs === null ? [] : [t('begins', { time: moment(invite.startsAtMs) })]),
  ];
  return (
    <li className="py-3.5 first:pt-1">
      <div className="flex items-start gap-3">
        <div className="min-w-0 flex-1">
          <p className="flex flex-wrap items-center gap-x-2 gap-y-1">
            <bdi className="min-w-0 font-medium wrap-anywhere">{who}</bdi>
            <Badge tone={TONES[invite.state]}>{stateText(invite, t)}</Badge>
          </p>
          <p className="mt-0.5 text-sm text-muted">{facts.join(' · ')}</p>
          {invite.email !== null && (invite.mail !== 'none' || invite.name !== null) && (
            <p className={invite.mail === 'failed' ? 'text-sm text-danger-ink' : 'text-sm wrap-anywhere text-muted'}>
              {t(`mail.${invite.mail}`, { email: invite.email })}
            </p>
          )}
          {invite.state === 'void' && <p className="text-sm text-warn-ink">{t('voidHint')}</p>}
        </div>
        {!isOver(invite) && (
          <Menu
            trigger={
              <IconButton
                size="small"
                label={t('moreFor', { who })}
                icon={busy ? <RotateCw aria-hidden="true" /> : <MoreHorizontal aria-hidden="true" />}
                tooltip={false}
              />
            }
          >
            {mayRenew(invite) && (
              <>
                {mayMail && invite.email !== null && (
                  <MenuItem icon={<Send aria-hidden="true" />} onSelect={() => void onRenew(invite, true)}>
                    {t('resend')}
                  </MenuItem>
                )}
                <MenuItem icon={<RotateCw aria-hidden="true" />} onSelect={() => void onRenew(invite, false)}>
                  {t('renew')}
                </MenuItem>
                <MenuSeparator />
              </>
            )}
            <MenuItem icon={<Trash2 aria-hidden="true" />} tone="danger" onSelect={() => setAsking(true)}>
              {t('revoke')}
            </MenuItem>
          </Menu>
        )}
      </div>
      {asking && <RevokeQuestion busy={busy} onCancel={() => setAsking(false)} onRevoke={() => void revoke()} />}
    </li>
  );
}

/** Asks once more: there is no way back from it. */
function RevokeQuestion({ busy, onCancel, onRevoke }: { busy: boolean; onCancel(): void; onRevoke(): void }) {
  const { t } = useTranslation(['invites', 'common']);
  return (
    <div role="alert" className="mt-3 flex flex-wrap items-center justify-end gap-2 rounded-2xl bg-danger-soft p-3 text-sm text-danger-ink">
      <p className="min-w-48 flex-1 px-1">{t('invites:revokeText')}</p>
      <Button size="small" onClick={onCancel}>
        {t('common:cancel')}
      </Button>
      <Button size="small" tone="danger" busy={busy} onClick={onRevoke}>
        {t('invites:revokeConfirm')}
      </Button>
    </div>
  );
}

function stateText({ state, personsUsed, maxPersons }: InviteView, t: ReturnType<typeof useTranslation<'invites'>>['t']): string {
  if ((state === 'open' || state === 'used') && personsUsed > 0 && maxPersons > 1)
    return t('state.usedOf', { used: personsUsed, max: maxPersons });
  return t(`state.${state}`);
}
