import { randomUUID } from 'node:crypto';
import { AppError } from '@conclave/protocol/errors';
import type { EventData } from '@conclave/protocol/events/names';
import { KnockId, type RoomId, type TeamId } from '@conclave/protocol/ids';
import { LIMITS } from '@conclave/protocol/limits';
import type { RoleName } from '@conclave/protocol/roles';
import type { Waiting } from '@conclave/protocol/signalling/messages';
import type { KnockView } from '@conclave/protocol/signalling/views';
import type { Background } from '@conclave/runtime/background';
import type { Clock } from '@conclave/runtime/clock';
import type { Log } from '@conclave/runtime/log';
import type { Timers } from '@conclave/runtime/timers';
import type { Access } from '../access/authenticate.ts';
import type { Db } from '../db/connection.ts';
import { inTransaction, type Tx } from '../db/transaction.ts';
import { holdEntryEpoch } from '../doors/entry-epoch.ts';
import type { Identity } from '../doors/identity.ts';
import { SERVER, type Cause } from '../event-log/cause.ts';
import type { EventLog, NewEvent } from '../event-log/event-log.ts';
import { personOf, type Entrance } from '../rooms/entrance.ts';
import { enteredBy, type Asking, type LobbyDoor } from '../rooms/joining.ts';
import type { LiveRooms } from '../rooms/live-rooms.ts';
import type { Outbox } from '../rooms/live.ts';
import type { ConnectionId } from '../rooms/session-state.ts';
import { findRoomById } from '../rooms/store.ts';
import { digestOf, issueTicket, newSecret, spendTicket, type Ticket } from '../rooms/tickets.ts';
import { untilDone } from '../retry.ts';
import { insertKnock, loadOpenKnocks, moveKnocks, openKnocksOf, stateOfKnock, type StoredKnock } from './store.ts';

/** Somebody who waits, or was let in and is on the way. */
export interface Knock extends StoredKnock {
  readonly teamId: TeamId;
  readonly identity: Identity;
  readonly connectionId: ConnectionId | null;
  readonly state: 'waiting' | 'admitted';
}

export interface LobbyDeps {
  readonly db: Db;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly background: Background;
  readonly log: Log;
  readonly eventLog: EventLog;
  readonly access: Pick<Access, 'keys'>;
  readonly outbox: Outbox;
  readonly live: Pick<LiveRooms, 'tell'>;
}

type LeavingReason = EventData<'knock.left'>['reason'];

/** The lobbies of all rooms. What is decided is stored first, in `knocks`, which outlives the process. */
export interface Lobby extends LobbyDoor, AsyncDisposable {
  /** Somebody of the room who waits or is on the way. */
  find(roomId: RoomId, id: KnockId): Knock | undefined;
  waitingIn(roomId: RoomId): Knock[];
  /** Whom the event log is to name when somebody who waits is refused something. */
  whoIs(id: KnockId): { by: Cause; place: { team: TeamId; room: RoomId }; target: { kind: 'knock'; id: KnockId } } | undefined;
  /** Those of the room whom an identity knows. */
  matching(roomId: RoomId, identity: Identity): KnockId[];
  /** Lets those in who still wait; resolves with them. */
  admit(knocks: readonly Knock[], by: Cause): Promise<KnockId[]>;
  /** @throws AppError `conflict` when somebody else has decided. */
  turnAway(knock: Knock, word: string | null, by: Cause): Promise<void>;
  /** Puts a knock that was stored by somebody else where it belongs. */
  add(knock: StoredKnock & { teamId: TeamId }): void;
  /** Back at the place that the token stands for. @throws AppError `turned_away`, `sign_in_required` */
  resume(knockToken: string, asking: Pick<Asking, 'connectionId' | 'address'>): Promise<Knock>;
  /** A new ticket for somebody who was let in. */
  ticketFor(knock: Knock): Promise<string>;
  lose(id: KnockId, connectionId: ConnectionId): void;
  leave(id: KnockId, reason: LeavingReason): Promise<void>;
  /** Takes over what the process before this one left. */
  restore(): Promise<void>;
}

const OPENS_DOORS = { permission: 'control_room_entry' } as const;

export function createLobby(deps: LobbyDeps): Lobby {
  const knocks = new Map<KnockId, Knock>();
  const timers = new Map<KnockId, () => void>();
  const aborter = new AbortController();

  const inRoom = (roomId: RoomId) => [...knocks.values()].filter((knock) => knock.roomId === roomId);
  const waitingIn = (roomId: RoomId) => inRoom(roomId).filter(({ state }) => state === 'waiting');

  function put(knock: Knock): void {
    knocks.set(knock.id, knock);
    if (knock.state === 'waiting') deps.live.tell(knock.roomId, OPENS_DOORS, { type: 'lobby.knocked', data: { knock: viewOf(knock) } });
  }

  function drop(id: KnockId): void {
    const knock = knocks.get(id);
    knocks.delete(id);
    stopTimer(id);
    if (knock?.state === 'waiting') deps.live.tell(knock.roomId, OPENS_DOORS, { type: 'lobby.left', data: { knockId: id } });
  }

  function stopTimer(id: KnockId): void {
    timers.get(id)?.();
    timers.delete(id);
  }

  function leaveIn(id: KnockId, delayMs: number, reason: LeavingReason): void {
    stopTimer(id);
    timers.set(
      id,
      deps.timers.schedule(delayMs, () => {
        const onFailure = (error: unknown) => deps.log.warn({ err: error, knockId: id }, 'somebody who waited could not be let go yet');
        deps.background(untilDone(() => leave(id, reason), { timers: deps.timers, signal: aborter.signal, onFailure }));
      }),
    );
  }

  async function leave(id: KnockId, reason: LeavingReason): Promise<void> {
    const knock = knocks.get(id);
    if (!knock) return;
    await inTransaction(deps.db, async (tx) => {
      const moved = await moveKnocks(tx, [id], { from: ['waiting', 'admitted'], to: 'left', atMs: deps.clock.nowMs() });
      await deps.eventLog.appendAll(
        tx,
        moved.map((): NewEvent<'knock.left'> => ({ ...about(knock, causeOf(knock)), name: 'knock.left', data: { reason } })),
      );
    });
    drop(id);
  }

  /** In the transaction that lets them in: what brings them from the lobby into the room. */
  async function issueFor(tx: Tx, knock: Knock): Promise<string> {
    const claims = { ...knock.claims, knockId: knock.id };
    const issued = await issueTicket(tx, { roomId: knock.roomId, claims, nowMs: deps.clock.nowMs() });
    await deps.eventLog.append(tx, { ...about(knock, SERVER), name: 'ticket.issued', data: { expiresAtMs: issued.expiresAtMs } });
    return issued.ticket;
  }

  function onAdmitted(knock: Knock, ticket: string | undefined): void {
    deps.live.tell(knock.roomId, OPENS_DOORS, { type: 'lobby.left', data: { knockId: knock.id } });
    knocks.set(knock.id, { ...knock, state: 'admitted' });
    leaveIn(knock.id, LIMITS.admittedMs, 'not_arrived');
    if (ticket !== undefined && knock.connectionId !== null)
      deps.outbox.notify([knock.connectionId], { type: 'lobby.admitted', data: { ticket } });
  }

  function refuseTooMany(roomId: RoomId, identity: Identity): void {
    const ofAddress = [...knocks.values()].filter(({ identity: { network } }) => network !== null && network === identity.network);
    if (inRoom(roomId).length >= LIMITS.knocksPerRoom || ofAddress.length >= LIMITS.knocksPerAddress)
      throw new AppError('rate_limited', { details: { retryAfterMs: 30_000 } });
  }

  async function knockAt(
    { room, ticket, role, identity, visitor }: Entrance & { ticket: Ticket; role: RoleName },
    asking: Asking<Waiting>,
  ): Promise<{ knockId: KnockId } | 'changed'> {
    refuseTooMany(room.id, identity);
    const knockToken = newSecret();
    const { claims } = ticket;
    const stored: StoredKnock = {
      id: KnockId.parse(randomUUID()),
      roomId: room.id,
      tokenDigest: digestOf(knockToken),
      name: claims.name,
      claims,
      role,
      person: identity.person,
      sinceMs: deps.clock.nowMs(),
    };
    const knock: Knock = { ...stored, teamId: room.teamId, identity, connectionId: asking.connectionId, state: 'waiting' };
    const shown = enteredBy(visitor.credential);
    const outcome = await inTransaction(deps.db, async (tx) => {
      if ((await holdEntryEpoch(tx, room.id)) !== room.entryEpoch) return 'changed';
      if (!(await spendTicket(tx, ticket.digest))) return 'spent';
      await insertKnock(tx, stored, { identity, sentBackFrom: null });
      const by: Cause = { ...causeOf(knock), address: asking.address };
      const personal = identity.person === null ? {} : { personal: { name: claims.name } };
      await deps.eventLog.append(tx, { ...about(knock, by), ...personal, name: 'knock.made', data: { role, enteredBy: shown } });
      return 'stored';
    });
    if (outcome === 'changed') return outcome;
    if (outcome === 'spent') throw new AppError('sign_in_required');
    asking.reply({ waiting: { knockToken } });
    put(knock);
    return { knockId: knock.id };
  }

  async function turnAway(knock: Knock, word: string | null, by: Cause): Promise<void> {
    await inTransaction(deps.db, async (tx) => {
      const moved = await moveKnocks(tx, [knock.id], { from: ['waiting'], to: 'turned_away', atMs: deps.clock.nowMs() });
      if (moved.length === 0) throw new AppError('conflict');
      await deps.eventLog.append(tx, { ...about(knock, by), name: 'knock.turned_away', data: {} });
    });
    const connectionId = knocks.get(knock.id)?.connectionId ?? null;
    drop(knock.id);
    if (connectionId === null) return;
    deps.outbox.notify([connectionId], { type: 'lobby.turned-away', data: { word } });
    deps.outbox.close(connectionId, 'turned_away');
  }

  /** To somebody who came back while it was being stored that they are let in: there was nobody to be given a ticket then. */
  async function handTicket(id: KnockId): Promise<void> {
    const knock = knocks.get(id);
    if (knock === undefined || knock.connectionId === null) return;
    const ticket = await ticketFor(knock);
    deps.outbox.notify([knock.connectionId], { type: 'lobby.admitted', data: { ticket } });
  }

  const ticketFor = (knock: Knock) => inTransaction(deps.db, (tx) => issueFor(tx, knock));

  async function admit(chosen: readonly Knock[], by: Cause): Promise<KnockId[]> {
    const tickets = new Map<KnockId, string>();
    const admitted = await inTransaction(deps.db, async (tx) => {
      tickets.clear();
      const ids = chosen.map(({ id }) => id);
      const moved = new Set(await moveKnocks(tx, ids, { from: ['waiting'], to: 'admitted', atMs: deps.clock.nowMs() }));
      const letIn = chosen.filter(({ id }) => moved.has(id));
      await deps.eventLog.appendAll(
        tx,
        letIn.map((knock): NewEvent<'knock.admitted'> => ({ ...about(knock, by), name: 'knock.admitted', data: {} })),
      );
      for (const knock of letIn) if (knock.connectionId !== null) tickets.set(knock.id, await issueFor(tx, knock));
      return letIn;
    });
    // Who came back on another connection meanwhile is told there.
    for (const knock of admitted) onAdmitted(knocks.get(knock.id) ?? knock, tickets.get(knock.id));
    for (const { id } of admitted) if (!tickets.has(id)) await handTicket(id);
    return admitted.map(({ id }) => id);
  }

  async function resume(knockToken: string, { connectionId, address }: Pick<Asking, 'connectionId' | 'address'>): Promise<Knock> {
    const digest = digestOf(knockToken);
    const find = () => [...knocks.values()].find(({ tokenDigest }) => tokenDigest.equals(digest));
    const known = find();
    if (known)
      await inTransaction(deps.db, (tx) =>
        deps.eventLog.append(tx, { ...about(known, { ...causeOf(known), address }), name: 'knock.resumed', data: {} }),
      );
    // Somebody may have decided meanwhile.
    const found = find();
    if (!found) throw new AppError((await stateOfKnock(deps.db, digest)) === 'turned_away' ? 'turned_away' : 'sign_in_required');
    if (found.connectionId !== null && found.connectionId !== connectionId) deps.outbox.close(found.connectionId, 'replaced');
    if (found.state === 'waiting') stopTimer(found.id);
    const back: Knock = { ...found, connectionId };
    put(back);
    return back;
  }

  function restored(stored: StoredKnock, teamId: TeamId, state: Knock['state']): void {
    const { claims, id } = stored;
    const visitor = { credential: claims.credential, userId: claims.userId, deviceId: claims.deviceId, address: null };
    const identity: Identity = {
      person: personOf(deps, { teamId }, visitor),
      inviteId: claims.credential.kind === 'invite' ? claims.credential.inviteId : null,
      deviceId: claims.deviceId,
      network: null,
    };
    put({ ...stored, teamId, identity, connectionId: null, state });
    leaveIn(id, state === 'waiting' ? LIMITS.restoreGraceMs : LIMITS.admittedMs, state === 'waiting' ? 'connection_lost' : 'not_arrived');
  }

  return {
    knock: knockAt,
    find: (roomId, id) => inRoom(roomId).find((knock) => knock.id === id),
    waitingIn,
    whoIs: (id) => {
      const knock = knocks.get(id);
      if (!knock) return undefined;
      const { by, team, room, target } = about(knock, causeOf(knock));
      return { by, place: { team, room }, target };
    },
    listed: (roomId) => waitingIn(roomId).map(viewOf),
    matching: (roomId, by) =>
      inRoom(roomId)
        .filter(({ identity }) =>
          (['person', 'inviteId', 'deviceId', 'network'] as const).some((field) => by[field] !== null && by[field] === identity[field]),
        )
        .map(({ id }) => id),
    admit,
    turnAway,
    add: (stored) => restored(stored, stored.teamId, 'waiting'),
    resume,
    ticketFor,
    lose: (id, connectionId) => {
      const knock = knocks.get(id);
      if (knock?.connectionId !== connectionId) return;
      put({ ...knock, connectionId: null });
      if (knock.state === 'waiting') leaveIn(id, LIMITS.lobbyGraceMs, 'connection_lost');
    },
    leave,
    markEntered: async (tx, id) => (await moveKnocks(tx, [id], { from: ['admitted'], to: 'entered', atMs: deps.clock.nowMs() })).length > 0,
    entered: drop,
    empty: async (tx, { id: room, teamId: team }, by) => {
      const open = await openKnocksOf(tx, room);
      const moved = await moveKnocks(tx, open, { from: ['waiting', 'admitted'], to: 'left', atMs: deps.clock.nowMs() });
      await deps.eventLog.appendAll(
        tx,
        moved.map(
          (id) => ({ name: 'knock.left', by, team, room, target: { kind: 'knock', id }, data: { reason: 'room_closed' } }) as const,
        ),
      );
      return moved;
    },
    forget: (ids, code) => {
      for (const id of ids) {
        const connectionId = knocks.get(id)?.connectionId ?? null;
        drop(id);
        if (connectionId !== null) deps.outbox.close(connectionId, code);
      }
    },
    restore: async () => {
      for (const { state, ...stored } of await loadOpenKnocks(deps.db)) {
        const room = await findRoomById(deps.db, stored.roomId);
        if (room) restored(stored, room.teamId, state);
      }
    },
    [Symbol.asyncDispose]: async () => {
      aborter.abort();
      for (const cancel of timers.values()) cancel();
      timers.clear();
    },
  };
}

function viewOf({ id, name, role, claims, sinceMs, connectionId }: Knock): KnockView {
  const connection = connectionId === null ? 'reconnecting' : 'connected';
  return { id, name, role, enteredBy: enteredBy(claims.credential), sinceMs, connection };
}

/** What somebody does who waits. */
function causeOf({ claims, identity }: Knock): Cause {
  const shown = enteredBy(claims.credential);
  return {
    actor: { kind: 'visitor', id: null, authenticatedBy: shown === 'account' ? 'cookie' : shown },
    person: identity.person,
    address: null,
  };
}

function about({ id, roomId, teamId }: Knock, by: Cause) {
  return { by, team: teamId, room: roomId, target: { kind: 'knock', id } } as const;
}
