import { cleanup, configure, render } from '@testing-library/react';
import i18next from 'i18next';
import type { ReactNode } from 'react';
import { initReactI18next } from 'react-i18next';
import { afterEach, beforeAll, vi } from 'vitest';
import { catalogue } from '../ui/strings/en/catalogue.ts';
import { check } from '../ui/strings/en/check.ts';
import { log } from '../ui/strings/en/log.ts';
import { privacy } from '../ui/strings/en/privacy.ts';
import { roles } from '../ui/strings/en/roles.ts';
import { ToastProvider } from '../ui/Toast.tsx';
import { TooltipProvider } from '../ui/Tooltip.tsx';
import { NavigationProvider } from './navigation.tsx';

/** What a request is answered with: a status and a JSON body, or no answer at all. */
export type StubbedReply = { status: number; body?: unknown } | 'no answer';
export interface SentRequest {
  method: string;
  path: string;
  body: unknown;
}

/** Texts, and what jsdom lacks. Call once at the top of a test file. */
export function preparePages(): void {
  // A second, which is what it waits otherwise, is little on a machine that is busy.
  configure({ asyncUtilTimeout: 10_000 });
  beforeAll(async () => {
    Element.prototype.hasPointerCapture = () => false;
    vi.stubGlobal('scrollTo', () => {});
    vi.stubGlobal(
      'ResizeObserver',
      class {
        observe() {}
        unobserve() {}
        disconnect() {}
      },
    );
    await i18next.use(initReactI18next).init({
      lng: 'en',
      defaultNS: 'common',
      resources: { en: { ...catalogue, check, log, privacy, roles } },
      interpolation: { escapeValue: false },
    });
  });
  afterEach(() => {
    cleanup();
    localStorage.clear();
    sessionStorage.clear();
    history.replaceState(null, '', '/');
  });
}

/** Shows something as the page at `path` would hold it. */
export function showPage(content: ReactNode, path = '/'): void {
  history.replaceState(null, '', path);
  render(
    <TooltipProvider>
      <ToastProvider>
        <NavigationProvider>{content}</NavigationProvider>
      </ToastProvider>
    </TooltipProvider>,
  );
}

/** Answers requests by `METHOD /path` and tells what was sent, in order. */
export function stubServer(replies: Record<string, StubbedReply>): SentRequest[] {
  const sent: SentRequest[] = [];
  vi.stubGlobal('fetch', async (input: string, init: RequestInit = {}) => {
    const method = init.method ?? 'GET';
    const path = input.split('?')[0] ?? '';
    sent.push({ method, path, body: typeof init.body === 'string' ? JSON.parse(init.body) : undefined });
    const reply = replies[`${method} ${path}`] ?? 'no answer';
    if (reply === 'no answer') throw new TypeError('Failed to fetch');
    return reply.body === undefined ? new Response(null, { status: reply.status }) : Response.json(reply.body, { status: reply.status });
  });
  return sent;
}

export const problem = (status: number, code: string): StubbedReply => ({ status, body: { code } });
