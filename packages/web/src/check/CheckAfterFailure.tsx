import { useEffect, useState, type ComponentType } from 'react';
import { loadFailureCheck } from './load.ts';

/** The check that begins by itself; nothing where it cannot be fetched any more, as it may be without a connection. */
export function CheckAfterFailure() {
  const [Check, setCheck] = useState<ComponentType | null>(null);
  useEffect(() => {
    // A component is a function: React would call it as one that makes the state.
    loadFailureCheck().then(
      (loaded) => setCheck(() => loaded),
      () => undefined,
    );
  }, []);
  return Check && <Check />;
}
