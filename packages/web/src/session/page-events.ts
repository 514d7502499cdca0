export interface PageEvents {
  /** Another network, or the page woke from sleep: connections may be dead without anybody knowing. */
  onNetworkChange(): void;
  /** Nobody has looked at the page for a while, or somebody looks again. */
  onHidden(hidden: boolean): void;
}

const HIDDEN_AFTER_MS = 10_000;

/** The part of the Network Information API that is used; not in TypeScript's library, not in every browser. */
interface NetworkInformation extends EventTarget {
  type?: string;
}

/** Listens until the returned function is called. */
export function listenToPage({ onNetworkChange, onHidden }: PageEvents): () => void {
  const aborter = new AbortController();
  const on = { signal: aborter.signal };
  let timer: ReturnType<typeof setTimeout> | undefined;

  window.addEventListener('online', onNetworkChange, on);
  // Back from the browser's cache of pages: all connections were cut.
  window.addEventListener(
    'pageshow',
    (event) => {
      if (event.persisted) onNetworkChange();
    },
    on,
  );

  const network = (navigator as Navigator & { connection?: NetworkInformation }).connection; // see above
  let type = network?.type;
  network?.addEventListener(
    'change',
    () => {
      // Also fires for mere estimates of speed; only another kind of network matters.
      if (network.type === type) return;
      type = network.type;
      onNetworkChange();
    },
    on,
  );

  document.addEventListener(
    'visibilitychange',
    () => {
      clearTimeout(timer);
      if (document.hidden) timer = setTimeout(() => onHidden(true), HIDDEN_AFTER_MS);
      else onHidden(false);
    },
    on,
  );
  return () => {
    aborter.abort();
    clearTimeout(timer);
  };
}
