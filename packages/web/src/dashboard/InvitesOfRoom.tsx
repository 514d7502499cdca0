import type { RoomHead } from '@conclave/protocol/rest/rooms';
import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import { InvitesDialog } from '../invites/InvitesDialog.tsx';
import type { InviteSource } from '../invites/invite-source.ts';
import { roomTitle } from './room-names.ts';
import { createInvite, fetchInvites, renewInvite, revokeInvite } from './rooms-api.ts';

const BUILT_IN = ['moderator', 'speaker', 'attendee'] as const;

/** The invites of a room for a member, who may give each of its roles. */
export function InvitesOfRoom({ room, onClose }: { room: RoomHead; onClose(): void }) {
  const { t } = useTranslation(['invites', 'room']);
  const source = useMemo(() => sourceOf(room), [room]);
  const roleName = (name: string) => {
    const builtIn = BUILT_IN.find((known) => known === name);
    if (builtIn !== undefined) return t(`room:people.roles.${builtIn}`);
    return room.roles?.find((role) => role.name === name)?.display_name ?? name;
  };
  return <InvitesDialog source={source} title={t('invites:titleOf', { room: roomTitle(room) })} roleName={roleName} onClose={onClose} />;
}

function sourceOf(room: RoomHead): InviteSource {
  const roles = (room.roles ?? []).map(({ name }) => name);
  return {
    list: async (signal) => {
      const answer = await fetchInvites(room, signal);
      if (!answer.ok) return answer;
      const { data: invites, mayMail } = answer.data;
      return { ok: true, data: { invites, mayMail, roles, defaultRole: room.default_role?.name ?? roles.at(-1) ?? '' } };
    },
    create: (request) => createInvite(room, request),
    renew: (id, sendMail) => renewInvite(room, id, sendMail),
    revoke: (id) => revokeInvite(room, id),
  };
}
