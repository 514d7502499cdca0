// @vitest-environment jsdom
import { act, screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { beforeEach, describe, expect, test, vi } from 'vitest';
import type { DashboardRoute } from '../../app/route.ts';
import { preparePages, problem, showPage, stubServer, type StubbedReply } from '../../app/testing.tsx';
import { useNavigation } from '../../app/navigation.tsx';
import { LogPages } from './LogPages.tsx';

preparePages();

const id = (n: number) => `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`;
const event = (seq: number, more: object = {}) => ({
  seq,
  id: id(seq),
  time: `2026-11-24T09:00:${String(seq % 60).padStart(2, '0')}.000Z`,
  category: 'session',
  name: 'participant.joined',
  actor: { kind: 'participant', id: `p${seq}`, authenticatedBy: 'room-link' },
  target: null,
  team: id(9),
  room: id(1),
  session: id(70),
  result: 'done',
  data: { role: 'speaker', grants: { microphone: true, camera: true, screen: true, receive: true } },
  personal: { name: `Person ${seq}` },
  ...more,
});
const page = (events: object[], next: number | null = null): StubbedReply => ({ status: 200, body: { events, next } });
const RULE = {
  id: 'repeated-wrong-passwords',
  enabled: true,
  severity: 'warning',
  emails: [],
  kind: 'count',
  match: { name: 'request.refused' },
  groupBy: 'network',
  count: 10,
  withinS: 600,
};
const ALERT = {
  id: id(80),
  rule: 'repeated-wrong-passwords',
  severity: 'warning',
  raisedAtMs: Date.UTC(2026, 10, 24, 9),
  count: 12,
  seqs: [7, 8],
  subject: '203.0.113.0/24',
  acknowledged: null,
};
const RETENTION = {
  days: { session: 90, security: 365, administration: 730, chat: 30 },
  floors: { session: 7, security: 180, administration: 365, chat: 1 },
};
const BASE: Record<string, StubbedReply> = {
  'GET /api/v1/rooms': { status: 200, body: { data: [], total_count: '0' } },
  'GET /api/log/events': page([event(3), event(2), event(1)]),
  'GET /api/log/alerts': { status: 200, body: { alerts: [ALERT], next: null, open: 1 } },
  'GET /api/log/rules': { status: 200, body: { rules: [RULE] } },
  'GET /api/log/retention': { status: 200, body: RETENTION },
};
const LOG = {
  status: { size: 4, origin: 'x', publicKey: 'x', checkpoint: null, publishing: 'current' as const, openAlerts: 1 },
  failure: null,
  refresh: () => undefined,
};

/** The connections that the page has open, to speak on them. */
let live: FakeLive[] = [];
class FakeLive extends EventTarget {
  static readonly CLOSED = 2;
  readyState = 1;
  readonly address: string;
  constructor(address: string) {
    super();
    this.address = address;
    live.push(this);
  }
  close() {
    this.readyState = FakeLive.CLOSED;
  }
  say(...events: object[]) {
    for (const data of events) this.dispatchEvent(new MessageEvent('event', { data: JSON.stringify(data) }));
  }
}
beforeEach(() => {
  live = [];
  vi.stubGlobal('EventSource', FakeLive);
  vi.stubGlobal('scrollY', 0);
});
const openLive = () => live.filter((one) => one.readyState !== FakeLive.CLOSED);

/** As the dashboard does it: which view is shown follows the address. */
function Routed() {
  const { route } = useNavigation();
  return <LogPages view={route as DashboardRoute} log={LOG} />; // these tests stay on the dashboard
}
const show = (path = '/dashboard/log', replies: Record<string, StubbedReply> = {}) => {
  const sent = stubServer({ ...BASE, ...replies });
  showPage(<Routed />, path);
  return sent;
};
const rows = () => screen.getAllByRole('link', { name: /^Open event/ }).map((link) => link.getAttribute('href'));

describe('the list of events', () => {
  test('says what happened, newest first, each leading to its event', async () => {
    show();
    expect(await screen.findByText('Person 3')).toBeTruthy();
    expect(rows()).toEqual(['/dashboard/log/3', '/dashboard/log/2', '/dashboard/log/1']);
    const [first] = screen.getAllByRole('listitem');
    expect(first?.textContent).toContain('Person 3 joined as speaker.');
  });

  test('a refusal says so in words, and how often', async () => {
    const data = { door: 'rest', verb: 'POST /api/v1/rooms', count: 12 };
    show('/dashboard/log', {
      'GET /api/log/events': page([event(1, { name: 'request.refused', result: 'not_allowed', data, personal: {} })]),
    });
    expect((await screen.findByRole('listitem')).textContent).toMatch(/Refused: Not allowed.*12 times/);
  });

  test('a hostile name stays inside its own element and shows what is hidden in it', async () => {
    show('/dashboard/log', { 'GET /api/log/events': page([event(1, { personal: { name: `\u202e<img src=x>${'a'.repeat(10_000)}` } })]) });
    const mark = await screen.findByText('U+202E');
    const name = mark.closest('bdi');
    expect(name?.textContent).toContain('<img src=x>');
    expect(name?.textContent.length).toBeLessThan(120);
    expect(document.querySelector('img')).toBeNull();
  });

  test('pressing on who acted filters by them, in the address and in what is asked for', async () => {
    show();
    await userEvent.click(await screen.findByRole('link', { name: 'Person 2' }));
    expect(location.search).toBe('?actor=p2');
    expect(await screen.findByRole('button', { name: 'Remove the filter Who' })).toBeTruthy();
    await userEvent.click(screen.getByRole('button', { name: 'Clear all filters' }));
    expect(location.search).toBe('');
  });

  test('a filter is asked for as it stands in the address', async () => {
    const asked: string[] = [];
    show('/dashboard/log?category=security&result=refused');
    const answer = fetch;
    vi.stubGlobal('fetch', async (path: string, init: RequestInit) => {
      asked.push(path);
      return answer(path, init);
    });
    await screen.findByText('Person 3');
    await userEvent.selectOptions(screen.getByLabelText('Result'), 'Not allowed');
    expect(location.search).toBe('?category=security&result=not_allowed');
    await waitFor(() => expect(asked).toContain('/api/log/events?category=security&result=not_allowed&limit=50'));
  });

  test('older events follow at the end, and the focus stays', async () => {
    show('/dashboard/log', { 'GET /api/log/events': page([event(9)], 9) });
    const more = await screen.findByRole('button', { name: 'Load older events' });
    stubServer({ ...BASE, 'GET /api/log/events': page([event(8)]) });
    more.focus();
    await userEvent.keyboard('{Enter}');
    expect(await screen.findByText('Person 8')).toBeTruthy();
    expect(screen.getByText('1 older event loaded').getAttribute('role')).toBe('status');
    expect(rows()).toEqual(['/dashboard/log/9', '/dashboard/log/8']);
  });

  test('when nothing matches, the way back is to clear the filters', async () => {
    show('/dashboard/log?result=banned', { 'GET /api/log/events': page([]) });
    expect(await screen.findByRole('heading', { name: 'No event matches these filters' })).toBeTruthy();
  });

  test('a log that cannot be had is said, and tried again', async () => {
    show('/dashboard/log', { 'GET /api/log/events': problem(503, 'unavailable') });
    await screen.findByRole('heading', { name: 'Part of the service is not answering' });
    stubServer(BASE);
    await userEvent.click(screen.getByRole('button', { name: 'Try again' }));
    expect(await screen.findByText('Person 3')).toBeTruthy();
  });

  test('an end before the beginning is said and not asked for', async () => {
    const sent = show('/dashboard/log?from=2026-11-24T09:00:00.000Z&to=2026-11-24T08:00:00.000Z');
    expect((await screen.findByRole('alert')).textContent).toBe('The end must be after the beginning.');
    expect(sent.some((request) => request.path === '/api/log/events')).toBe(false);
  });
});

describe('following live', () => {
  const opened = async () => {
    await screen.findByText('Person 3');
    await waitFor(() => expect(openLive()).toHaveLength(1));
    act(() => void openLive()[0]?.dispatchEvent(new Event('open')));
    await screen.findByText('Live');
    return openLive()[0];
  };

  test('a new event appears at the top, once', async () => {
    show();
    const source = await opened();
    source?.say(event(4), event(4), event(3));
    expect(await screen.findByText('Person 4')).toBeTruthy();
    expect(rows().slice(0, 2)).toEqual(['/dashboard/log/4', '/dashboard/log/3']);
    expect(rows()).toHaveLength(4);
  });

  test('while one is at work in the list, news wait until they are asked for', async () => {
    show();
    const source = await opened();
    screen.getByRole('link', { name: 'Open event 2' }).focus();
    source?.say(event(4), event(5));
    const pill = await screen.findByRole('button', { name: 'Show 2 new events' });
    expect(rows()[0]).toBe('/dashboard/log/3');
    await userEvent.click(pill);
    expect(rows().slice(0, 3)).toEqual(['/dashboard/log/5', '/dashboard/log/4', '/dashboard/log/3']);
  });

  test('what happened before the connection stood is asked for', async () => {
    show();
    await screen.findByText('Person 3');
    await waitFor(() => expect(openLive()).toHaveLength(1));
    stubServer({ ...BASE, 'GET /api/log/events': page([event(4), event(3), event(2)], 2) });
    act(() => void openLive()[0]?.dispatchEvent(new Event('open')));
    expect(await screen.findByText('Person 4')).toBeTruthy();
  });

  test('pausing closes the connection, resuming opens another for the same filter', async () => {
    show('/dashboard/log?category=session');
    const source = await opened();
    expect(source?.address).toBe('/api/log/live?category=session');
    await userEvent.click(screen.getByRole('button', { name: 'Pause' }));
    expect(openLive()).toHaveLength(0);
    await userEvent.click(screen.getByRole('button', { name: 'Follow live' }));
    expect(openLive()).toHaveLength(1);
  });

  test('nothing is followed where the time ends in the past', async () => {
    show('/dashboard/log?to=2020-01-01T00:00:00.000Z');
    await screen.findByText('Person 3');
    expect(screen.getByText('Not live: the time ends in the past')).toBeTruthy();
    expect(live).toHaveLength(0);
  });
});

describe('one event', () => {
  test('shows settings before and after, and what was erased', async () => {
    const view = event(3, {
      name: 'room.changed',
      data: { before: { privacy: 'public', logo: null }, after: { privacy: 'private', logo: '[secret]' } },
      personal: { name: null, address: null, network: '192.0.2.0/24' },
    });
    show('/dashboard/log/3', {
      'GET /api/log/events/3': { status: 200, body: { view, entry: '{}', leafHash: 'x', proof: null, roomName: 'Board' } },
    });
    const table = within(await screen.findByRole('table'));
    expect(table.getAllByRole('row').map((row) => row.textContent)).toEqual([
      'SettingBeforeAfter',
      'logoBeforenot setAftersecret, never stored in the log',
      'privacyBeforepublicAfterprivate',
    ]);
    expect(screen.getByText('erased: unreadable for good')).toBeTruthy();
    expect(screen.getByText('removed when its time was over; the network stays')).toBeTruthy();
    expect(screen.getByText('Not sealed yet')).toBeTruthy();
  });

  test('a proof that does not hold says so', async () => {
    const proof = { size: 4, path: [], checkpoint: 'x\n4\nx\n' };
    show('/dashboard/log/3', {
      'GET /api/log/events/3': { status: 200, body: { view: event(3), entry: '{}', leafHash: 'x', proof, roomName: null } },
    });
    expect(await screen.findByText('This does not hold')).toBeTruthy();
  });

  test('one that is not ours is not found', async () => {
    show('/dashboard/log/4', { 'GET /api/log/events/4': problem(404, 'not_found') });
    expect(await screen.findByRole('heading', { name: 'There is no such event' })).toBeTruthy();
  });
});

test('the timeline of a meeting groups by the minute and names who was there', async () => {
  const left = event(75, {
    name: 'participant.left',
    actor: event(1).actor,
    data: { reason: 'left' },
    personal: {},
    time: '2026-11-24T09:10:00.000Z',
  });
  show(`/dashboard/sessions/${id(70)}`, { [`GET /api/log/sessions/${id(70)}`]: page([event(1), event(2), left]) });
  const timeline = within(await screen.findByRole('region', { name: 'Timeline' }));
  expect(timeline.getAllByRole('list')).toHaveLength(3); // the minutes, and what happened in each of the two
  expect(timeline.getAllByText('Person 1')).toHaveLength(2);
  const people = within(screen.getByRole('region', { name: 'Participants' })).getAllByRole('listitem');
  expect(people.map((one) => one.textContent)).toEqual([expect.stringContaining('until'), expect.stringContaining('still there')]);
});

describe('alerts', () => {
  test('say what they mean and what to do, and are taken note of', async () => {
    const acknowledged = { ...ALERT, acknowledged: { atMs: Date.UTC(2026, 10, 24, 10), by: 'Olivia Owner' } };
    const sent = show('/dashboard/alerts', { [`POST /api/log/alerts/${id(80)}/acknowledge`]: { status: 200, body: acknowledged } });
    const card = within(await screen.findByRole('article', { name: 'Many wrong passwords' }));
    expect(card.getByText('What to do')).toBeTruthy();
    expect(card.getByRole('link', { name: 'Open event 8' }).getAttribute('href')).toBe('/dashboard/log/8');
    await userEvent.click(card.getByRole('button', { name: 'Take note of “Many wrong passwords”' }));
    expect(await card.findByText('Olivia Owner')).toBeTruthy();
    expect(sent.at(-1)).toMatchObject({ method: 'POST' });
  });
});

describe('rules and retention', () => {
  test('a rule is switched off at once', async () => {
    const sent = show('/dashboard/log/settings', {
      'PATCH /api/log/rules/repeated-wrong-passwords': { status: 200, body: { ...RULE, enabled: false } },
    });
    await userEvent.click(await screen.findByRole('switch', { name: 'Many wrong passwords' }));
    await waitFor(() => expect(screen.getByRole('switch').getAttribute('aria-checked')).toBe('false'));
    expect(sent.at(-1)?.body).toEqual({ enabled: false });
  });

  test('numbers and addresses are checked before they are sent', async () => {
    const sent = show('/dashboard/log/settings');
    await userEvent.click(await screen.findByRole('button', { name: 'Change the rule “Many wrong passwords”' }));
    const form = within(screen.getByLabelText('How many').closest('form') ?? document.body);
    await userEvent.clear(form.getByLabelText('How many'));
    await userEvent.type(form.getByLabelText('Send e-mail to'), 'olivia@');
    await userEvent.click(form.getByRole('button', { name: 'Save' }));
    expect(form.getByText('Use a whole number from 1 to 10000.')).toBeTruthy();
    expect(form.getByText('“olivia@” is not a complete e-mail address.')).toBeTruthy();
    expect(sent.every((request) => request.method === 'GET')).toBe(true);
  });

  test('days under the floor are refused with the floor, and fewer days warn before they are saved', async () => {
    const sent = show('/dashboard/log/settings', {
      'PATCH /api/log/retention': { status: 200, body: { ...RETENTION, days: { ...RETENTION.days, session: 30 } } },
    });
    const days = await screen.findByLabelText('Meeting: days');
    const save = screen.getByRole('button', { name: 'Save' });
    await userEvent.clear(days);
    await userEvent.type(days, '3');
    await userEvent.click(save);
    expect(screen.getByText('Use at least 7 days: the operator allows no fewer.')).toBeTruthy();
    await userEvent.clear(days);
    await userEvent.type(days, '30');
    expect(screen.getByText('What is older is removed for good')).toBeTruthy();
    await userEvent.click(save);
    expect(await screen.findByText('Retention saved')).toBeTruthy();
    expect(sent.at(-1)?.body).toEqual({ days: { session: 30 } });
  });
});
