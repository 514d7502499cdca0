import { isDeepStrictEqual } from 'node:util';
import { AppError } from '@conclave/protocol/errors';
import type { EventData } from '@conclave/protocol/events/names';
import type { ParticipantId } from '@conclave/protocol/ids';
import type { MediaSource } from '@conclave/protocol/media-api/rtp';
import type { RequestParsed, RequestType } from '@conclave/protocol/signalling/messages';
import { permitsTowards } from '@conclave/protocol/roles';
import type { Clock } from '@conclave/runtime/clock';
import { overridesAfter } from '../access/roles.ts';
import type { Db } from '../db/connection.ts';
import type { GrantOverrides } from '../db/tables/sessions.ts';
import { inTransaction } from '../db/transaction.ts';
import { bumpEntryEpoch } from '../doors/entry-epoch.ts';
import type { EventLog, NewEvent } from '../event-log/event-log.ts';
import type { PresentSeat } from '../rooms/live-rooms.ts';
import { mayBroadcast } from '../rooms/moderation-rules.ts';
import type { SessionCommand } from '../rooms/session-commands.ts';
import { evolve, type Participant, type SessionState } from '../rooms/session-state.ts';
import { decide } from '../rooms/rules.ts';
import type { SessionStore } from '../rooms/session-store.ts';
import { storeControls, storeGone, storeHandsDown, storeParticipant, type ParticipantChange } from './store.ts';

/** What the handlers of this folder need. */
export interface ModerationDeps {
  readonly db: Db;
  readonly clock: Clock;
  readonly eventLog: EventLog;
  readonly store: SessionStore;
}

interface Answer<R = object> {
  reply(data: R): void;
}
type Data<T extends RequestType> = RequestParsed<T>;

/*
 * Each is called in the order of the session, after the check of its row in VERBS. The change and its event are stored in one
 * transaction, then shown: what the database does not take does not happen.
 */

export function rename(deps: ModerationDeps, { name }: Data<'participant.rename'>, answer: Answer, seat: PresentSeat): Promise<void> {
  return giveName(deps, seat, seat.participantId, name, answer);
}

export function setName(deps: ModerationDeps, data: Data<'participant.set-name'>, answer: Answer, seat: PresentSeat): Promise<void> {
  return giveName(deps, seat, data.participantId, data.name, answer);
}

/** The name that somebody has already is no change. */
async function giveName(
  deps: ModerationDeps,
  seat: PresentSeat,
  participantId: ParticipantId,
  name: string,
  answer: Answer,
): Promise<void> {
  const target = targetOf(seat, participantId);
  if (target.name !== name) {
    const personal = { name, formerName: target.name };
    const event = { ...about(seat, participantId), name: 'participant.renamed', person: target.person, personal, data: {} } as const;
    await change(deps, seat, { kind: 'rename', participantId, name }, [event]);
  }
  answer.reply({});
}

/** One may give roles only from and to such as one may manage. @throws AppError `not_allowed`, `not_found`, `broadcasters_full` */
export async function setRole(deps: ModerationDeps, data: Data<'participant.set-role'>, answer: Answer, seat: PresentSeat): Promise<void> {
  const { participantId, role } = data;
  const state = seat.session.state();
  const target = targetOf(seat, participantId);
  if (!state.policy.roles.some(({ name }) => name === role)) throw new AppError('not_found');
  if (!permitsTowards(rolePermissions(state, seat), 'manage_roles', role)) throw new AppError('not_allowed');
  if (target.role !== role) {
    const command = { kind: 'set-role', participantId, role } as const;
    const { grants } = after(state, command, participantId);
    const event = {
      ...about(seat, participantId),
      name: 'participant.role_changed',
      data: { before: target.role, after: role, grants },
    } as const;
    await change(deps, seat, command, [event]);
  }
  answer.reply({});
}

export async function setBroadcast(
  deps: ModerationDeps,
  data: Data<'participant.set-broadcast'>,
  answer: Answer,
  seat: PresentSeat,
): Promise<void> {
  const { participantId, microphone, camera } = data;
  const target = targetOf(seat, participantId);
  if ((microphone || camera) && !mayBroadcast(seat.session.state(), target)) throw new AppError('broadcasters_full');
  const given = { ...(microphone !== undefined && { microphone }), ...(camera !== undefined && { camera }) };
  await override(deps, seat, target, given);
  answer.reply({});
}

export async function setScreenshare(
  deps: ModerationDeps,
  data: Data<'participant.set-screenshare'>,
  answer: Answer,
  seat: PresentSeat,
): Promise<void> {
  await override(deps, seat, targetOf(seat, data.participantId), { screen: data.screen });
  answer.reply({});
}

async function override(deps: ModerationDeps, seat: PresentSeat, target: Participant, given: GrantOverrides): Promise<void> {
  const overrides = overridesAfter(target.permissions, target.overrides, given);
  const command = { kind: 'set-overrides', participantId: target.id, overrides } as const;
  if (isDeepStrictEqual(command.overrides, target.overrides)) return;
  const data = { before: target.grants, after: after(seat.session.state(), command, target.id).grants };
  await change(deps, seat, command, [{ ...about(seat, target.id), name: 'participant.grants_changed', data }]);
}

/** Stops what is sent now. What is not sent is no change. */
export async function mute(deps: ModerationDeps, data: Data<'participant.mute'>, answer: Answer, seat: PresentSeat): Promise<void> {
  await muteAt(deps, seat, [targetOf(seat, data.participantId)], data.source);
  answer.reply({});
}

export async function muteAll(
  deps: ModerationDeps,
  _data: Data<'room.mute-all'>,
  answer: Answer<{ muted: number }>,
  seat: PresentSeat,
): Promise<void> {
  const state = seat.session.state();
  const permissions = rolePermissions(state, seat);
  const others = [...state.participants.values()].filter(
    (participant) => participant.id !== seat.participantId && permitsTowards(permissions, 'remote_muting', participant.role),
  );
  answer.reply({ muted: await muteAt(deps, seat, others, 'microphone') });
}

async function muteAt(deps: ModerationDeps, seat: PresentSeat, targets: readonly Participant[], source: MediaSource): Promise<number> {
  const sending = targets.filter(({ producers }) =>
    [...producers.values()].some((producer) => isStoppedWith(producer.source, source) && !producer.paused),
  );
  if (sending.length === 0) return 0;
  const events = sending.map(({ id }): NewEvent<'participant.muted'> => ({
    ...about(seat, id),
    name: 'participant.muted',
    data: { source },
  }));
  await inTransaction(deps.db, (tx) => deps.eventLog.appendAll(tx, events));
  for (const { id } of sending) {
    seat.session.mediaPaths.mute(id, [source]);
    tell(seat, id, { type: 'self.muted', data: { participantId: seat.participantId, source } });
  }
  return sending.length;
}

/** The sound of a screen ends with it. */
function isStoppedWith(sent: MediaSource, stopped: MediaSource): boolean {
  return sent === stopped || (sent === 'screen-audio' && stopped === 'screen');
}

export async function askUnmute(
  deps: ModerationDeps,
  { participantId, source }: Data<'participant.ask-unmute'>,
  answer: Answer,
  seat: PresentSeat,
): Promise<void> {
  if (!targetOf(seat, participantId).grants[source]) throw new AppError('conflict');
  await inTransaction(deps.db, (tx) =>
    deps.eventLog.append(tx, { ...about(seat, participantId), name: 'participant.asked_to_unmute', data: { source } }),
  );
  tell(seat, participantId, { type: 'self.asked-to-unmute', data: { participantId: seat.participantId, source } });
  answer.reply({});
}

export async function raiseHand(deps: ModerationDeps, _data: Data<'hand.raise'>, answer: Answer, seat: PresentSeat): Promise<void> {
  await setHand(deps, seat, seat.participantId, deps.clock.nowMs());
  answer.reply({});
}

export async function lowerHand(deps: ModerationDeps, _data: Data<'hand.lower'>, answer: Answer, seat: PresentSeat): Promise<void> {
  await setHand(deps, seat, seat.participantId, null);
  answer.reply({});
}

export async function lowerTheirHand(
  deps: ModerationDeps,
  { participantId }: Data<'participant.lower-hand'>,
  answer: Answer,
  seat: PresentSeat,
): Promise<void> {
  await setHand(deps, seat, participantId, null);
  answer.reply({});
}

/** A hand that is up keeps its time, so that nobody overtakes by raising it again. */
async function setHand(deps: ModerationDeps, seat: PresentSeat, participantId: ParticipantId, raisedAtMs: number | null): Promise<void> {
  const { handRaisedAtMs } = targetOf(seat, participantId);
  if ((handRaisedAtMs === null) === (raisedAtMs === null)) return;
  const name = raisedAtMs === null ? 'hand.lowered' : 'hand.raised';
  await change(deps, seat, { kind: 'set-hand', participantId, raisedAtMs }, [{ ...about(seat, participantId), name, data: {} }]);
}

export async function lowerHands(deps: ModerationDeps, _data: Data<'room.lower-hands'>, answer: Answer, seat: PresentSeat): Promise<void> {
  const { participants, sessionId } = seat.session.state();
  const raised = [...participants.values()].filter(({ handRaisedAtMs }) => handRaisedAtMs !== null);
  if (raised.length > 0) {
    await inTransaction(deps.db, async (tx) => {
      await storeHandsDown(tx, sessionId);
      await deps.eventLog.appendAll(
        tx,
        raised.map(({ id }): NewEvent<'hand.lowered'> => ({ ...about(seat, id), name: 'hand.lowered', data: {} })),
      );
    });
    for (const { id } of raised) seat.session.apply({ kind: 'set-hand', participantId: id, raisedAtMs: null });
  }
  answer.reply({});
}

/** Everything of that person ends at once; they may come again if the doors let them. Oneself one leaves. */
export async function remove(
  deps: ModerationDeps,
  { participantId }: Data<'participant.remove'>,
  answer: Answer,
  seat: PresentSeat,
): Promise<void> {
  if (participantId === seat.participantId) throw new AppError('conflict');
  targetOf(seat, participantId);
  await inTransaction(deps.db, async (tx) => {
    if (!(await storeGone(tx, participantId, deps.clock.nowMs()))) throw new AppError('not_found');
    await deps.eventLog.append(tx, { ...about(seat, participantId), name: 'participant.left', data: { reason: 'removed' } });
  });
  seat.session.apply({ kind: 'expel', participantIds: [participantId], reason: 'removed' });
  answer.reply({});
}

export async function setLock(deps: ModerationDeps, { on }: Data<'room.set-lock'>, answer: Answer, seat: PresentSeat): Promise<void> {
  await setControls(deps, seat, { isLocked: on });
  answer.reply({});
}

/** Changes some of the controls of the meeting. What is so already is no change. */
export async function setControls(
  deps: Pick<ModerationDeps, 'db' | 'eventLog'>,
  seat: PresentSeat,
  given: Partial<EventData<'controls.changed'>['after']>,
): Promise<void> {
  const { policy, sessionId, roomId } = seat.session.state();
  const [before, controls] = [policy.controls, { ...policy.controls, ...given }];
  if (isDeepStrictEqual(before, controls)) return;
  await inTransaction(deps.db, async (tx) => {
    await storeControls(tx, sessionId, controls);
    await bumpEntryEpoch(tx, roomId);
    await deps.eventLog.append(tx, { name: 'controls.changed', by: seat.by, ...seat.session.place, data: { before, after: controls } });
  });
  seat.session.apply({ kind: 'set-controls', controls });
}

/** Ends the meeting for everybody; answered before the connections are closed. */
export async function endMeeting(deps: ModerationDeps, _data: Data<'room.end'>, answer: Answer, seat: PresentSeat): Promise<void> {
  const { place } = seat.session;
  await deps.store.endSession({ place, by: seat.by, reason: 'ended', atMs: deps.clock.nowMs() });
  seat.session.apply({ kind: 'end', reason: 'ended' }, () => answer.reply({}), seat.by);
}

/** Stores what a command changes of a participant and its events, then applies it. */
async function change(
  deps: ModerationDeps,
  seat: PresentSeat,
  command: Extract<SessionCommand, { kind: 'rename' | 'set-role' | 'set-overrides' | 'set-hand' }>,
  events: readonly NewEvent[],
): Promise<void> {
  const { participantId } = command;
  const { name, role, overrides, permissions, grants, handRaisedAtMs } = after(seat.session.state(), command, participantId);
  const stored: ParticipantChange = { name, role, overrides, permissions, grants, handRaisedAtMs };
  await inTransaction(deps.db, async (tx) => {
    if (!(await storeParticipant(tx, participantId, stored))) throw new AppError('not_found');
    await deps.eventLog.appendAll(tx, events);
  });
  seat.session.apply(command);
}

/** Somebody as a command will leave them. */
function after(state: SessionState, command: SessionCommand, participantId: ParticipantId): Participant {
  const decision = decide(state, command);
  if (!decision.ok) throw new AppError(decision.code);
  const participant = decision.events.reduce(evolve, state).participants.get(participantId);
  if (!participant) throw new AppError('not_found');
  return participant;
}

function targetOf({ session }: PresentSeat, participantId: ParticipantId): Participant {
  const target = session.state().participants.get(participantId);
  if (!target) throw new AppError('not_found');
  return target;
}

/** What the role of the one who acts permits, with the roles towards whom. */
function rolePermissions(state: SessionState, { participantId }: PresentSeat) {
  const role = state.participants.get(participantId)?.role;
  return state.policy.roles.find(({ name }) => name === role)?.permissions ?? {};
}

function about({ session, by }: PresentSeat, participantId: ParticipantId) {
  return { by, ...session.place, target: { kind: 'participant', id: participantId } } as const;
}

function tell(
  { session }: PresentSeat,
  participantId: ParticipantId,
  notification: Extract<SessionCommand, { kind: 'tell' }>['notification'],
) {
  session.apply({ kind: 'tell', to: { participantIds: [participantId] }, notification });
}
