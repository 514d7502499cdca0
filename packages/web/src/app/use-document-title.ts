import { useEffect } from 'react';

/** Names the browser's tab; null leaves it as it is. */
export function useDocumentTitle(title: string | null): void {
  useEffect(() => {
    if (title !== null) document.title = `${title} · Conclave`;
  }, [title]);
}
