import type { KnockId } from '@conclave/protocol/ids';
import type { ReplyData, RequestParsed, RequestType } from '@conclave/protocol/signalling/messages';
import * as chat from '../chat/verbs.ts';
import type { ServerContext } from '../context.ts';
import * as invites from '../invites/verbs.ts';
import type { Lobby } from '../lobby/lobby.ts';
import * as lobby from '../lobby/verbs.ts';
import * as bans from '../moderation/ban-verbs.ts';
import { setPassword } from '../moderation/password-verbs.ts';
import * as moderation from '../moderation/verbs.ts';
import { join, leave, restartMedia, resume, type JoiningDeps } from '../rooms/joining.ts';
import type { PresentSeat } from '../rooms/live-rooms.ts';
import type { Standing } from './dispatch.ts';

/** What handlers are given; each takes what it needs. */
export type SignalDeps = JoiningDeps & Omit<ServerContext, 'live' | 'lobby'> & { readonly lobby: Lobby };

/** The connection that asks. `reply` sends at once, ahead of what is sent to it afterwards, and must be called once. */
export interface Requester<T extends RequestType> {
  readonly connectionId: string;
  readonly address: string | null;
  isOpen(): boolean;
  reply(data: ReplyData<T>): void;
}

/** Resolves with where the connection stands afterwards. */
type Entering<T extends RequestType> = (deps: SignalDeps, data: RequestParsed<T>, requester: Requester<T>) => Promise<Standing>;
type Waiting<T extends RequestType> = (
  deps: SignalDeps,
  data: RequestParsed<T>,
  requester: Requester<T>,
  knockId: KnockId,
) => Promise<Standing>;
type Acting<T extends RequestType> = (
  deps: SignalDeps,
  data: RequestParsed<T>,
  requester: Requester<T>,
  seat: PresentSeat,
) => Promise<void>;

type EnteringType = 'room.join' | 'room.resume' | 'lobby.resume';
type WaitingType = 'lobby.leave' | 'connection.ping';
type ActingType = Exclude<RequestType, EnteringType | 'lobby.leave'>;

/** Who answers those that are nobody yet. When and with which permission any verb may be sent: `VERBS` of the protocol. */
export const ENTERING: { readonly [T in EnteringType]: Entering<T> } = {
  'room.join': async (deps, data, requester) => {
    const arrival = await join(deps, data, requester);
    return arrival.kind === 'seat' ? { state: 'joined', seat: arrival.seat } : { state: 'lobby', knockId: arrival.knockId };
  },
  'room.resume': async (deps, data, requester) => ({ state: 'joined', seat: await resume(deps, data, requester) }),
  'lobby.resume': async (deps, data, requester) => ({ state: 'lobby', knockId: await lobby.lobbyResume(deps, data, requester) }),
};

/** Who answers those that wait. */
export const WAITING: { readonly [T in WaitingType]: Waiting<T> } = {
  'lobby.leave': async (deps, data, requester, knockId) => {
    await lobby.lobbyLeave(deps, data, requester, knockId);
    return { state: 'left' };
  },
  'connection.ping': async (_deps, _data, requester, knockId) => {
    requester.reply({});
    return { state: 'lobby', knockId };
  },
};

/** Who answers participants. */
export const ACTING: { readonly [T in ActingType]: Acting<T> } = {
  'connection.ping': async (_deps, _data, requester) => requester.reply({}),
  'room.leave': async (_deps, _data, requester, seat) => {
    leave(seat);
    requester.reply({});
  },
  'media.ice-servers': async (_deps, _data, requester, { session, participantId }) =>
    requester.reply({ iceServers: session.mediaPaths.iceServersFor(participantId) }),
  'media.restart': (deps, data, requester, seat) => restartMedia(deps, seat, data, (media) => requester.reply({ media })),

  'chat.send': chat.sendToEveryone,
  'chat.send-private': chat.sendPrivate,
  'chat.send-group': chat.sendToGroup,
  'chat.delete': chat.deleteOwn,
  'chat.delete-any': chat.deleteAny,
  'chat.clear': chat.clear,
  'chat.react': chat.react,
  'chat.export': chat.exportChat,
  'room.set-chat': chat.setChat,

  'participant.rename': moderation.rename,
  'hand.raise': moderation.raiseHand,
  'hand.lower': moderation.lowerHand,
  'participant.set-name': moderation.setName,
  'participant.set-role': moderation.setRole,
  'participant.set-broadcast': moderation.setBroadcast,
  'participant.set-screenshare': moderation.setScreenshare,
  'participant.mute': moderation.mute,
  'room.mute-all': moderation.muteAll,
  'participant.ask-unmute': moderation.askUnmute,
  'participant.lower-hand': moderation.lowerTheirHand,
  'room.lower-hands': moderation.lowerHands,
  'participant.remove': moderation.remove,
  'room.set-lock': moderation.setLock,
  'room.end': moderation.endMeeting,

  'participant.ban': bans.banParticipant,
  'ban.list': bans.listBansVerb,
  'ban.lift': bans.liftBan,
  'room.set-password': setPassword,

  'participant.send-to-lobby': lobby.sendToLobby,
  'lobby.admit': lobby.admit,
  'lobby.admit-all': lobby.admitAll,
  'lobby.turn-away': lobby.turnAway,
  'room.set-lobby': lobby.setLobby,

  'invite.create': invites.createInvite,
  'invite.list': invites.listInvites,
  'invite.revoke': invites.revokeInvite,
  'invite.renew': invites.renewInvite,
};

export const isEntering = (type: RequestType): type is EnteringType => Object.hasOwn(ENTERING, type);
export const isWaiting = (type: RequestType): type is WaitingType => Object.hasOwn(WAITING, type);
export const isActing = (type: RequestType): type is ActingType => Object.hasOwn(ACTING, type);
