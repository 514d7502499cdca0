import type { Page } from '@playwright/test';
import { MADE_ALERTS, MADE_EVENTS, MADE_RETENTION, MADE_RULES, MADE_STATUS, madeDetail, SESSION } from './log-fixture.ts';
import { DASHBOARD, ok, refused, type Reply, type Scene } from './page-scenes.ts';

const newestFirst = MADE_EVENTS.toReversed();
const page = (events: unknown[], next: number | null = null) => ok({ events, next });
const alerts = (list: unknown[]) => ok({ alerts: list, next: null, open: 2 });
const LOG: Record<string, Reply> = {
  ...DASHBOARD,
  '/api/log/status': ok(MADE_STATUS),
  '/api/log/events': page(newestFirst, 3),
  '/api/log/alerts': alerts(MADE_ALERTS.open),
  '/api/log/rules': ok(MADE_RULES),
  '/api/log/retention': ok(MADE_RETENTION),
  [`/api/log/sessions/${SESSION}`]: page(MADE_EVENTS.filter((event) => event['session'] === SESSION)),
  ...Object.fromEntries(MADE_EVENTS.map(({ seq }) => [`/api/log/events/${seq}`, ok(madeDetail(seq))])),
};

/** A connection that stands; `sendLive(event)` says something on it. */
const LIVE = `
  const open = new Set();
  window.sendLive = (event) => { for (const source of open) source.dispatchEvent(new MessageEvent('event', { data: JSON.stringify(event) })); };
  window.EventSource = class extends EventTarget {
    static CLOSED = 2;
    readyState = 1;
    constructor() { super(); open.add(this); setTimeout(() => this.dispatchEvent(new Event('open'))); }
    close() { open.delete(this); }
  };`;
const log = (more: Partial<Scene> = {}): Scene => ({ path: '/dashboard/log', before: LIVE, ...more, api: { ...LOG, ...more.api } });
const status = (more: object) => ({ '/api/log/status': ok({ ...MADE_STATUS, ...more }) });
const settled = (seen: Page) =>
  seen
    .getByText(/Verified in this browser|does not hold|In diesem Browser|stimmt nicht/)
    .first()
    .waitFor();
const tampered = () => {
  const detail = madeDetail(6);
  return ok({ ...detail, entry: detail.entry.replace('private', 'public!') });
};

/** The event log on the dashboard in every state. */
export const LOG_SCENES: Record<string, Scene> = {
  log: log(),
  'log-empty': log({ api: { '/api/log/events': page([]) } }),
  'log-loading': log({ api: { '/api/log/events': 'hangs' } }),
  'log-failed': log({ api: { '/api/log/events': refused(503, 'unavailable') } }),
  'log-filtered': log({
    path: '/dashboard/log?category=security&result=refused&actor=00000000-0000-4000-8000-000000000062',
    api: { '/api/log/events': page(newestFirst.filter((event) => event['result'] !== 'done')) },
  }),
  'log-none': log({ path: '/dashboard/log?name=session.ended', api: { '/api/log/events': page([]) } }),
  'log-range': log({ path: '/dashboard/log?from=2026-11-24T09:00:00.000Z&to=2026-11-24T08:00:00.000Z' }),
  'log-filters-open': log({
    act: async (seen) => {
      const fold = seen.getByRole('button', { name: /^Filter/ });
      if (await fold.isVisible()) await fold.click();
    },
  }),
  'log-news': log({
    api: { '/api/log/events': page(newestFirst.slice(2)) },
    act: async (seen) => {
      await seen
        .getByRole('link', { name: /(Open event|öffnen)/ })
        .nth(6)
        .focus();
      await seen.evaluate(
        (events) => {
          const { sendLive } = window as unknown as { sendLive(event: unknown): void }; // LIVE made it
          for (const event of events) sendLive(event);
        },
        newestFirst.slice(0, 2),
      );
      await seen.getByRole('button', { name: /2 (new|neue)/ }).waitFor();
    },
  }),
  'log-late': log({ api: status({ publishing: 'late' }) }),
  'log-inconsistent': log({ api: status({ publishing: 'inconsistent' }) }),
  'log-event': log({ path: '/dashboard/log/6', act: settled }),
  'log-event-hostile': log({ path: '/dashboard/log/15', act: settled }),
  'log-event-erased': log({ path: '/dashboard/log/14', act: settled }),
  'log-event-refused': log({ path: '/dashboard/log/7', act: settled }),
  'log-event-unsealed': log({ path: '/dashboard/log/23', api: { '/api/log/events/23': ok({ ...madeDetail(23), proof: null }) } }),
  'log-event-tampered': log({ path: '/dashboard/log/6', api: { '/api/log/events/6': tampered() }, act: settled }),
  'log-event-technical': log({
    path: '/dashboard/log/6',
    act: async (seen) => {
      await settled(seen);
      await seen.locator('summary').click();
    },
  }),
  'log-event-missing': log({ path: '/dashboard/log/99', api: { '/api/log/events/99': refused(404, 'not_found') } }),
  'log-session': log({ path: `/dashboard/sessions/${SESSION}` }),
  'log-session-empty': log({ path: `/dashboard/sessions/${SESSION}`, api: { [`/api/log/sessions/${SESSION}`]: page([]) } }),
  'log-alerts': log({ path: '/dashboard/alerts' }),
  'log-alerts-none': log({ path: '/dashboard/alerts', api: { '/api/log/alerts': alerts([]), ...status({ openAlerts: 0 }) } }),
  'log-alerts-noted': log({
    path: '/dashboard/alerts',
    api: { '/api/log/alerts': alerts([...MADE_ALERTS.open.slice(0, 1), ...MADE_ALERTS.noted]) },
  }),
  'log-settings': log({ path: '/dashboard/log/settings' }),
  'log-settings-wrong': log({
    path: '/dashboard/log/settings',
    act: async (seen) => {
      await seen
        .getByRole('button', { name: /^(Change|Regel)/ })
        .first()
        .click();
      await seen.getByLabel(/How many|Wie viele/).fill('0');
      await seen.getByLabel(/Send e-mail|E-Mail senden/).fill('security@example.org, olivia@');
      await seen
        .getByRole('button', { name: /^(Save|Speichern)$/ })
        .first()
        .click();
      await seen.getByLabel(/Meeting: days|Besprechung: Tage/).fill('3');
      await seen
        .getByRole('button', { name: /^(Save|Speichern)$/ })
        .last()
        .click();
    },
  }),
};
