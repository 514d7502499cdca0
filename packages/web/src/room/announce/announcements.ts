import type { ChatAudience } from '@conclave/protocol/signalling/views';
import type { SessionState } from '../../session/state.ts';
import { isSharing } from '../layout/stage-tiles.ts';

export type Announcement =
  | { kind: 'joined' | 'left' | 'shareStarted' | 'shareStopped' | 'knocked' | 'handRaised'; name: string }
  | { kind: 'message'; name: string; text: string; to: ChatAudience['kind'] }
  | { kind: 'reconnecting' | 'reconnected' };

type Watched = Pick<SessionState, 'phase' | 'participants' | 'order' | 'self' | 'chat' | 'lobby'>;

/** What a listener should be told about the step from one state to the next; oneself is never announced. */
export function announcementsBetween(before: Watched, after: Watched): Announcement[] {
  if (before.phase.kind !== 'joined' || after.phase.kind !== 'joined') return phaseAnnouncements(before, after);
  const selfId = after.self?.participantId;
  const told: Announcement[] = [];
  for (const id of after.order) {
    const now = after.participants[id];
    if (!now || id === selfId) continue;
    const then = before.participants[id];
    if (!then) told.push({ kind: 'joined', name: now.name });
    if (then?.handRaisedAtMs === null && now.handRaisedAtMs !== null) told.push({ kind: 'handRaised', name: now.name });
    const shared = then !== undefined && isSharing(then);
    if (isSharing(now) !== shared) told.push({ kind: shared ? 'shareStopped' : 'shareStarted', name: now.name });
  }
  for (const id of before.order) {
    const then = before.participants[id];
    if (then && id !== selfId && !after.participants[id]) told.push({ kind: 'left', name: then.name });
  }
  for (const knock of after.lobby) {
    if (!before.lobby.some(({ id }) => id === knock.id)) told.push({ kind: 'knocked', name: knock.name });
  }
  const readSeq = before.chat.at(-1)?.seq ?? 0;
  for (const message of after.chat) {
    if (message.seq > readSeq && message.participantId !== selfId)
      told.push({ kind: 'message', name: message.name, text: message.text, to: message.to.kind });
  }
  return told;
}

function phaseAnnouncements(before: Watched, after: Watched): Announcement[] {
  if (before.phase.kind === 'joined' && after.phase.kind === 'reconnecting') return [{ kind: 'reconnecting' }];
  if (before.phase.kind === 'reconnecting' && after.phase.kind === 'joined') return [{ kind: 'reconnected' }];
  return [];
}

export interface AnnouncementTexts {
  one(announcement: Announcement): string;
  many(kind: 'joined' | 'left', count: number): string;
}

const MANY_FROM = 3;

/** Puts what happened within a moment into one text: many who come or go at once are counted, not listed. */
export function announcementText(told: readonly Announcement[], texts: AnnouncementTexts): string {
  const crowds = (['joined', 'left'] as const).filter((kind) => told.filter((one) => one.kind === kind).length >= MANY_FROM);
  const single = told.filter((one) => !crowds.some((kind) => kind === one.kind)).map((one) => texts.one(one));
  return [...crowds.map((kind) => texts.many(kind, told.filter((one) => one.kind === kind).length)), ...single].join('. ');
}
