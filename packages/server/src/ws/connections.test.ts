import { ParticipantId } from '@conclave/protocol/ids';
import type { Notification } from '@conclave/protocol/signalling/messages';
import { describe, expect, it } from 'vitest';
import type { SignalConnection } from './connection.ts';
import { createConnections } from './connections.ts';

const left = (last: string): Notification => ({
  type: 'participant.left',
  data: { participantId: ParticipantId.parse(`00000000-0000-4000-8000-0000000000${last}`) },
});
const other: Notification = { type: 'chat.deleted', data: { messageIds: [] } };

/** Connections that keep what they were told, each time it leaves the process. */
function audienceOf(size: number) {
  const due: { delayMs: number; run: () => void }[] = [];
  const connections = createConnections({ schedule: (delayMs, run) => (due.push({ delayMs, run }), () => undefined) });
  const heard = Array.from({ length: size }, (): string[][] => []);
  for (const [index, batches] of heard.entries()) {
    let later: (string | Buffer)[] = [];
    const flush = () => {
      if (later.length > 0) batches.push(later.map((text) => (JSON.parse(String(text)) as Notification).type));
      later = [];
    };
    const send = (text: string | Buffer) => (later.push(text), flush());
    const none = () => undefined;
    const connection: SignalConnection = {
      id: String(index),
      send,
      sendLater: (text) => void later.push(text),
      flush,
      closeFor: none,
      beat: none,
      terminate: none,
    };
    connections.add(connection);
  }
  return { connections, ids: heard.map((_, index) => String(index)), heard, due };
}

describe('changes of the list of participants', () => {
  it('reach a hundred people at once', () => {
    const { connections, ids, heard, due } = audienceOf(100);
    connections.notify(ids, left('01'));
    connections.notify(ids, left('02'));
    expect(heard).toEqual(ids.map(() => [['participant.left'], ['participant.left']]));
    expect(due).toEqual([]);
  });

  it('gather where more hear of them, at most for a second, and come in one piece', () => {
    const { connections, ids, heard, due } = audienceOf(400);
    connections.notify(ids, left('01'));
    connections.notify(ids.slice(0, 399), left('02'));
    expect(heard.flat()).toEqual([]);
    expect(due.map(({ delayMs }) => delayMs)).toEqual([400]);
    runAll(due);
    expect(heard[0]).toEqual([['participant.left', 'participant.left']]);
    expect(heard[399]).toEqual([['participant.left']]);
    connections.notify(ids, left('03'));
    expect(due.map(({ delayMs }) => delayMs)).toEqual([400]);
    expect(audienceDelayMs(5_000)).toBe(1_000);
  });

  it('are never overtaken by what comes after them', () => {
    const { connections, ids, heard, due } = audienceOf(200);
    connections.notify(ids, left('01'));
    connections.notify(['7'], other);
    expect(heard[7]).toEqual([['participant.left', 'chat.deleted']]);
    runAll(due);
    expect(heard[7]).toHaveLength(1);
    expect(heard[8]).toEqual([['participant.left']]);
  });

  it('are of no interest to a connection that is gone', () => {
    const { connections, ids, heard, due } = audienceOf(200);
    connections.notify(ids, left('01'));
    connections.remove('0');
    runAll(due);
    expect(heard[0]).toEqual([]);
    expect(heard[1]).toHaveLength(1);
  });
});

describe('a word to many', () => {
  it('goes to a hundred at a time, and what comes after it waits for it', () => {
    const { connections, ids, heard, due } = audienceOf(250);
    connections.notify(ids, other);
    expect(heard.filter((batches) => batches.length > 0)).toHaveLength(100);
    connections.notify(ids, other);
    connections.notify(ids.slice(0, 3), left('01'));
    expect(heard[0]).toEqual([['chat.deleted'], ['chat.deleted', 'participant.left']]);
    runAll(due);
    for (const batches of heard.slice(3)) expect(batches.flat()).toEqual(['chat.deleted', 'chat.deleted']);
    // Whose turn had not come yet got both in one piece.
    expect(heard[249]).toHaveLength(1);
  });
});

/** What becomes due by it, too. */
function runAll(due: { run: () => void }[]): void {
  for (let next = due.shift(); next; next = due.shift()) next.run();
}

function audienceDelayMs(size: number): number | undefined {
  const { connections, ids, due } = audienceOf(size);
  connections.notify(ids, left('01'));
  return due[0]?.delayMs;
}
