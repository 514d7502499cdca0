import { EntryReply } from '@conclave/protocol/rest/join';
import { useCallback } from 'react';
import { call } from '../app/api.ts';
import { useAnswer, type AnswerControl } from '../app/use-answer.ts';

/** Asks the server what this link opens. */
export function useEntry(room: string, { token, invite }: { token: string | null; invite: string | null }): AnswerControl<EntryReply> {
  const load = useCallback(
    (signal: AbortSignal) =>
      call('/api/entry', {
        method: 'POST',
        body: { room, ...(token !== null && { token }), ...(invite !== null && { invite }) },
        reply: EntryReply,
        signal,
      }),
    [room, token, invite],
  );
  return useAnswer(load);
}
