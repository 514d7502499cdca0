import { EventView } from '@conclave/protocol/rest/log';
import { useEffect, useRef, useState } from 'react';

/** `lost`: the connection is away and is tried again by itself. */
export type LiveState = 'connecting' | 'on' | 'lost';

interface LiveListener {
  onEvents(events: EventView[]): void;
  /** The connection stands: what happened before is not told by it. */
  onOpen(): void;
}

/** A burst becomes one change of the list. */
const GATHER_MS = 200;
/** After a refusal the browser gives up, and we try again: each time later, as each refusal is an event in the log. */
const AGAIN_MS = { first: 5_000, most: 120_000 };

/** Follows new events at an address; null follows nothing. */
export function useLive(address: string | null, listener: LiveListener): LiveState {
  const [state, setState] = useState<{ address: string | null; state: LiveState }>({ address, state: 'connecting' });
  const latest = useRef(listener);
  useEffect(() => {
    latest.current = listener;
  });
  useEffect(() => {
    if (address === null) return undefined;
    const tell = (now: LiveState) => setState({ address, state: now });
    let gathered: EventView[] = [];
    let gathering: ReturnType<typeof setTimeout> | undefined;
    let again: ReturnType<typeof setTimeout> | undefined;
    let delayMs = AGAIN_MS.first;
    let source = connect();
    function connect(): EventSource {
      const made = new EventSource(address ?? '');
      made.addEventListener('open', () => {
        tell('on');
        delayMs = AGAIN_MS.first;
        latest.current.onOpen();
      });
      made.addEventListener('event', take);
      made.addEventListener('error', () => {
        tell('lost');
        if (made.readyState !== EventSource.CLOSED) return;
        again = setTimeout(() => (source = connect()), delayMs);
        delayMs = Math.min(delayMs * 2, AGAIN_MS.most);
      });
      return made;
    }
    function take({ data }: MessageEvent<string>): void {
      const event = readEvent(data);
      if (!event) return;
      gathered.push(event);
      gathering ??= setTimeout(hand, GATHER_MS);
    }
    function hand(): void {
      gathering = undefined;
      latest.current.onEvents(gathered);
      gathered = [];
    }
    return () => {
      source.close();
      clearTimeout(gathering);
      clearTimeout(again);
    };
  }, [address]);
  return state.address === address ? state.state : 'connecting';
}

function readEvent(data: string): EventView | null {
  try {
    const parsed = EventView.safeParse(JSON.parse(data));
    return parsed.success ? parsed.data : null;
  } catch {
    return null;
  }
}
