import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import type { Answer } from '../../app/api.ts';
import { InvitesDialog } from '../../invites/InvitesDialog.tsx';
import type { InviteSource } from '../../invites/invite-source.ts';
import type { SessionCommands } from '../../session/state.ts';
import type { ShownError } from '../../ui/strings/en/errors.ts';
import { mayI } from '../moderation/offers.ts';
import { useRoleName } from '../moderation/role-name.ts';
import { useCommands, useSession } from '../session-context.tsx';

/** Whether one may invite people into this room. */
export function useMayInvite(): boolean {
  return useSession((state) => mayI(state, 'invite.create'));
}

/** The invites of this room, as the meeting's server keeps them. */
export function RoomInvites({ onClose }: { onClose(): void }) {
  const { t } = useTranslation('invites');
  const { ask } = useCommands();
  const roleName = useRoleName();
  const source = useMemo(() => sourceOf(ask), [ask]);
  return <InvitesDialog source={source} title={t('title')} roleName={roleName} onClose={onClose} />;
}

function sourceOf(ask: SessionCommands['ask']): InviteSource {
  return {
    list: async () => asAnswer(await ask('invite.list', {})),
    create: async (request) => asAnswer(await ask('invite.create', request)),
    renew: async (inviteId, sendMail) => asAnswer(await ask('invite.renew', { inviteId, sendMail })),
    revoke: async (inviteId) => asAnswer(await ask('invite.revoke', { inviteId })),
  };
}

function asAnswer<T>(answer: { ok: true; data: T } | { ok: false; code: ShownError }): Answer<T> {
  return answer.ok ? answer : { ok: false, failure: { code: answer.code, errors: {}, paths: [] } };
}
