import type { RequestParsed, RequestType, ReplyData } from '@conclave/protocol/signalling/messages';
import type { Permission } from '@conclave/protocol/roles';
import { sendMessage } from '../chat/actions.ts';
import { join, leave, rename, restartMedia, resume, type JoiningDeps } from '../rooms/joining.ts';
import type { PresentSeat } from '../rooms/live-rooms.ts';

/** The connection on which a request came. `reply` sends at once, so that it is ahead of the notifications that follow. */
export interface Requester<T extends RequestType> {
  readonly connectionId: string;
  readonly address: string | null;
  isOpen(): boolean;
  reply(data: ReplyData<T>): void;
}

interface Entering<T extends RequestType> {
  /** Before anybody is known: only these may come first. */
  readonly state: 'new';
  handle(deps: JoiningDeps, data: RequestParsed<T>, requester: Requester<T>): Promise<PresentSeat>;
}

interface Acting<T extends RequestType> {
  readonly state: 'joined';
  /** null: everybody in the room may. */
  readonly permission: Permission | null;
  handle(deps: JoiningDeps, data: RequestParsed<T>, requester: Requester<T>, seat: PresentSeat): Promise<void>;
}

/** One row for each request there is: in which state of the connection, with which permission, and who answers. */
export type RequestTable = { readonly [T in RequestType]: Entering<T> | Acting<T> };

export const REQUEST_TABLE: RequestTable = {
  'room.join': { state: 'new', handle: join },
  'room.resume': { state: 'new', handle: resume },
  'connection.ping': { state: 'joined', permission: null, handle: async (_deps, _data, requester) => requester.reply({}) },
  'room.leave': {
    state: 'joined',
    permission: null,
    handle: async (_deps, _data, requester, seat) => {
      leave(seat);
      requester.reply({});
    },
  },
  'media.restart': {
    state: 'joined',
    permission: null,
    handle: (deps, data, requester, seat) => restartMedia(deps, seat, data, (media) => requester.reply({ media })),
  },
  'chat.send': {
    state: 'joined',
    permission: 'general_chat',
    handle: (deps, data, requester, seat) =>
      sendMessage(deps, seat, data, { connectionId: requester.connectionId, reply: (message) => requester.reply({ message }) }),
  },
  'participant.rename': {
    state: 'joined',
    permission: 'self_rename',
    handle: async (deps, data, requester, seat) => {
      await rename(deps, seat, data.name);
      requester.reply({});
    },
  },
};
