import {
  AlertRule,
  AlertRules,
  AlertsPage,
  AlertView,
  EventDetail,
  LogPage,
  LogStatus,
  Retention,
  type AlertRulePatch,
  type RetentionPatch,
} from '@conclave/protocol/rest/log';
import { call, type Answer } from '../../app/api.ts';
import { filterQuery, type ShownFilter } from './filter.ts';

const BASE = '/api/log';
const PAGE = 50;

const withSignal = (signal: AbortSignal | undefined) => (signal ? { signal } : {});

function pageQuery(filter: ShownFilter, cursor: number | null, limit: number): URLSearchParams {
  const query = filterQuery(filter);
  if (cursor !== null) query.set('cursor', String(cursor));
  query.set('limit', String(limit));
  return query;
}

/** One page of events, newest first; `cursor` is `next` of the page before, null for the newest. */
export function fetchEvents(
  filter: ShownFilter,
  { cursor = null, limit = PAGE, signal }: { cursor?: number | null; limit?: number; signal?: AbortSignal } = {},
): Promise<Answer<LogPage>> {
  return call(`${BASE}/events?${pageQuery(filter, cursor, limit)}`, { reply: LogPage, ...withSignal(signal) });
}

export function fetchEvent(seq: number, signal?: AbortSignal): Promise<Answer<EventDetail>> {
  return call(`${BASE}/events/${seq}`, { reply: EventDetail, ...withSignal(signal) });
}

/** One page of what happened in a session, oldest first. */
export function fetchSession(session: string, cursor: number | null, signal?: AbortSignal): Promise<Answer<LogPage>> {
  return call(`${BASE}/sessions/${encodeURIComponent(session)}?${pageQuery({}, cursor, 200)}`, { reply: LogPage, ...withSignal(signal) });
}

/** Where new events that fit the filter come from, one at a time. */
export function liveAddress(filter: ShownFilter): string {
  const query = filterQuery(filter);
  return query.size === 0 ? `${BASE}/live` : `${BASE}/live?${query}`;
}

export function fetchStatus(signal?: AbortSignal): Promise<Answer<LogStatus>> {
  return call(`${BASE}/status`, { reply: LogStatus, ...withSignal(signal) });
}

export function fetchAlerts(state: 'open' | 'all', cursor: number | null, signal?: AbortSignal): Promise<Answer<AlertsPage>> {
  const query = new URLSearchParams({ state, ...(cursor === null ? {} : { cursor: String(cursor) }) });
  return call(`${BASE}/alerts?${query}`, { reply: AlertsPage, ...withSignal(signal) });
}

export function acknowledgeAlert(id: string): Promise<Answer<AlertView>> {
  return call(`${BASE}/alerts/${encodeURIComponent(id)}/acknowledge`, { method: 'POST', body: {}, reply: AlertView });
}

export function fetchRules(signal?: AbortSignal): Promise<Answer<AlertRules>> {
  return call(`${BASE}/rules`, { reply: AlertRules, ...withSignal(signal) });
}

export function changeRule(id: string, change: AlertRulePatch): Promise<Answer<AlertRule>> {
  return call(`${BASE}/rules/${encodeURIComponent(id)}`, { method: 'PATCH', body: change, reply: AlertRule });
}

export function fetchRetention(signal?: AbortSignal): Promise<Answer<Retention>> {
  return call(`${BASE}/retention`, { reply: Retention, ...withSignal(signal) });
}

export function changeRetention(change: RetentionPatch): Promise<Answer<Retention>> {
  return call(`${BASE}/retention`, { method: 'PATCH', body: change, reply: Retention });
}
