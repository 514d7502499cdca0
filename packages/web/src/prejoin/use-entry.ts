import { EntryReply } from '@conclave/protocol/rest/join';
import { useCallback, useEffect, useState } from 'react';
import { call } from '../app/api.ts';
import type { ShownError } from '../ui/strings/en/errors.ts';

export type Entry = { kind: 'loading' } | { kind: 'ready'; reply: EntryReply } | { kind: 'refused'; code: ShownError };

/** Asks the server what this link opens; `retry` asks again. */
export function useEntry(room: string, token: string | null): { entry: Entry; retry(): void } {
  const [entry, setEntry] = useState<Entry>({ kind: 'loading' });
  const [tries, setTries] = useState(0);
  useEffect(() => {
    const abort = new AbortController();
    const body = token === null ? { room } : { room, token };
    void call('/api/entry', { method: 'POST', body, reply: EntryReply, signal: abort.signal }).then((answer) => {
      if (abort.signal.aborted) return;
      setEntry(answer.ok ? { kind: 'ready', reply: answer.data } : { kind: 'refused', code: answer.failure.code });
    });
    return () => abort.abort();
  }, [room, token, tries]);
  const retry = useCallback(() => {
    setEntry({ kind: 'loading' });
    setTries((before) => before + 1);
  }, []);
  return { entry, retry };
}
