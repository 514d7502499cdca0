import type { ReactNode } from 'react';
import { Logo } from '../../ui/Logo.tsx';

/** A quiet page for the time before and after the room. */
export function FullPage({ children }: { children: ReactNode }) {
  return (
    <div className="flex min-h-dvh flex-col bg-bg text-ink">
      <header className="px-5 py-4 sm:px-8 sm:py-6"><Logo /></header>
      <main className="mx-auto flex w-full max-w-lg flex-1 flex-col justify-center px-5 pb-[18vh]">{children}</main>
    </div>
  );
}
