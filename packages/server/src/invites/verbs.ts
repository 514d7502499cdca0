import { AppError } from '@conclave/protocol/errors';
import type { ReplyData, RequestParsed } from '@conclave/protocol/signalling/messages';
import { findTeam } from '../access/store.ts';
import { mayInviteAs } from '../doors/invites.ts';
import { roomUrl } from '../rooms/actions.ts';
import type { PresentSeat } from '../rooms/live-rooms.ts';
import { findRoomById } from '../rooms/store.ts';
import * as actions from './actions.ts';

export type InviteVerbDeps = actions.InviteDeps & { readonly origin: string };
interface Answer<R> {
  reply(data: R): void;
}

/** @throws AppError `not_allowed` for a role that one may not give, and as `createInvite` of the actions. */
export async function createInvite(
  deps: InviteVerbDeps,
  data: RequestParsed<'invite.create'>,
  answer: Answer<ReplyData<'invite.create'>>,
  seat: PresentSeat,
): Promise<void> {
  answer.reply(await actions.createInvite(deps, await invitingFrom(deps, seat), data));
}

export async function listInvites(
  deps: InviteVerbDeps,
  _data: RequestParsed<'invite.list'>,
  answer: Answer<ReplyData<'invite.list'>>,
  seat: PresentSeat,
): Promise<void> {
  const { room, mayGive } = await invitingFrom(deps, seat);
  const invites = await actions.listInvites(deps, room);
  const { roles, default_role: defaultRole } = room.settings;
  answer.reply({ invites, roles: roles.filter((role) => mayGive(role)), defaultRole, mayMail: deps.mail.isConfigured });
}

export async function revokeInvite(
  deps: InviteVerbDeps,
  data: RequestParsed<'invite.revoke'>,
  answer: Answer<ReplyData<'invite.revoke'>>,
  seat: PresentSeat,
): Promise<void> {
  await actions.revokeInvite(deps, await invitingFrom(deps, seat), data.inviteId);
  answer.reply({});
}

/** @throws AppError `not_allowed` for an invite into a role that one may not give, and as `renewInvite` of the actions. */
export async function renewInvite(
  deps: InviteVerbDeps,
  data: RequestParsed<'invite.renew'>,
  answer: Answer<ReplyData<'invite.renew'>>,
  seat: PresentSeat,
): Promise<void> {
  answer.reply(await actions.renewInvite(deps, await invitingFrom(deps, seat), data));
}

async function invitingFrom(deps: InviteVerbDeps, { session, participantId, by }: PresentSeat): Promise<actions.Inviting> {
  const room = await findRoomById(deps.db, session.place.room);
  const team = room && (await findTeam(deps.db, room.teamId));
  if (!room || !team) throw new AppError('not_found');
  const { participants, policy } = session.state();
  const self = participants.get(participantId);
  const own = policy.roles.find(({ name }) => name === self?.role);
  return {
    team,
    room,
    roomUrl: roomUrl(deps, team, room),
    creator: { kind: 'participant', participantId },
    inviterName: self?.name ?? null,
    mayGive: (role) => own !== undefined && mayInviteAs(own.permissions, policy.settings, role),
    by,
  };
}
