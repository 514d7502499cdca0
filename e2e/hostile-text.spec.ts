import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join as joinPath } from 'node:path';
import { connectSignal, type SignalClient } from '@conclave/testkit/signal-client';
import { createRoom, expect, join, openRoom, test } from './support/fixtures.ts';

/** What people may call themselves, a room, or write: none of it may be more than text. */
const HOSTILE = [
  '<img src=x onerror="alert(1)">',
  '<script>alert(2)</script>',
  '"><svg onload=alert(3)>',
  '<a href="javascript:alert(4)">here</a>',
  'javascript:alert(5)',
  '<iframe src="https://evil.example/"></iframe>',
  '<style>*{display:none}</style>',
  '{{constructor.constructor("alert(6)")()}} ${alert(7)} $t(chat.send)',
  '__proto__',
  'constructor',
  '\u202eevil\u202c \u2066isolate',
  '\u001b[31mred\u001b[0m\u0007',
  'zero\u200bwidth\u200d\ufeff',
  'Z\u0351\u036b\u0343'.repeat(20),
  "'; drop table chat_messages; --",
] as const;
const LONGEST = 'x'.repeat(4_000);

test('names, a room and messages of mark-up, scripts, turned and endless text are shown as text; no page breaks, no request leaves', async ({
  browser,
  team,
  request,
}) => {
  const { origin, dataDir } = team.installation;
  const ca = await readFile(joinPath(dataDir, 'tls', 'ca.pem'), 'utf8');
  const description = `<b onmouseover=alert(0)>\u202eRoom\u202c</b>`;
  const room = await createRoom(team, { description });

  const ada = await openRoom(browser, room.room_url, 'Ada');
  const faults: string[] = [];
  ada.page.on('pageerror', (error) => faults.push(`error: ${error.message}`));
  ada.page.on('dialog', (dialog) => {
    faults.push(`dialog: ${dialog.message()}`);
    void dialog.dismiss();
  });
  ada.page.on('popup', (popup) => faults.push(`popup: ${popup.url()}`));
  ada.context.on('request', (request) => {
    if (!request.url().startsWith(origin) && !/^(data|blob):/.test(request.url())) faults.push(`request: ${request.url()}`);
  });
  await join(ada);
  await expect(ada.page.getByText(description, { exact: true }).first()).toBeVisible();
  await ada.page.getByRole('button', { name: /^Chat/ }).click();

  using stack = new DisposableStack();
  const askIn = async (name: string) => {
    const response = await request.post(`${origin}/api/join`, { data: { room: room.friendly_url, name } });
    return (await response.json()) as { ticket?: string; code?: string };
  };
  const guests: SignalClient[] = [];
  for (const name of HOSTILE) {
    const { ticket = '' } = await askIn(name);
    const client = stack.use(await connectSignal(origin, { ca }));
    expect(await client.ask('room.join', { ticket })).toMatchObject({ ok: true });
    guests.push(client);
  }
  const [first] = guests;
  if (!first) throw new Error('nobody came');
  await test.step('10,000 letters are refused as a name and as a message, from the wire too', async () => {
    expect(await askIn('x'.repeat(10_000))).toMatchObject({ code: 'bad_request' });
    const reply = await first.ask('chat.send', { clientMessageId: randomUUID(), text: 'x'.repeat(10_000) });
    expect(reply).toMatchObject({ ok: false, code: 'bad_request' });
  });

  const log = ada.page.getByRole('log', { name: 'Messages' });
  await test.step('each message is shown letter by letter, and makes no element', async () => {
    for (const [index, text] of [...HOSTILE, LONGEST].entries()) {
      const reply = await guests[index % guests.length]?.ask('chat.send', { clientMessageId: randomUUID(), text });
      expect(reply).toMatchObject({ ok: true });
    }
    const messages = log.locator('[id^=message-] p');
    await expect(messages).toHaveCount(HOSTILE.length + 1);
    expect(await messages.allTextContents()).toEqual([...HOSTILE, LONGEST].map((text) => text.trim()));
    for (const element of ['img[src=x]', 'script:not([src])', 'iframe', 'style:not([data-vite-dev-id])', 'a[href^="javascript"]', 'b'])
      expect([element, await ada.page.locator(`#root ${element}`).count()]).toEqual([element, 0]);
    // The one whole address that is written in plain sight, and nothing but it.
    const links = await log
      .getByRole('link')
      .evaluateAll((elements) => elements.map((element) => [element.getAttribute('href'), element.getAttribute('rel')]));
    expect(links).toEqual([['https://evil.example/', 'noopener noreferrer nofollow']]);
  });

  await test.step('nothing is wider than the panel', async () => {
    expect(await log.evaluate((element) => element.scrollWidth - element.clientWidth)).toBeLessThanOrEqual(0);
    expect(await ada.page.evaluate(() => document.documentElement.scrollWidth - innerWidth)).toBeLessThanOrEqual(0);
  });

  await test.step('each name is in the list, letter by letter', async () => {
    await ada.page.getByRole('button', { name: /^Participants/ }).click();
    const list = ada.page.getByRole('list', { name: 'Everybody in the room' });
    const names = await list.locator('li p:first-child').allTextContents();
    expect(names.filter((name) => !name.startsWith('Ada')).toSorted()).toEqual([...HOSTILE].map((name) => name.trim()).toSorted());
  });

  await test.step('what turns the direction of text turns nothing outside of itself', async () => {
    await ada.page.getByRole('button', { name: /^Chat/ }).click();
    const directions = await log
      .locator('h3, time')
      .evaluateAll((elements) => elements.map((element) => getComputedStyle(element).direction));
    expect(new Set(directions)).toEqual(new Set(['ltr']));
  });

  await test.step('the page still works: one writes, answers such a message and leaves', async () => {
    await ada.page.getByRole('textbox', { name: /message to/i }).fill('still here');
    await ada.page.keyboard.press('Enter');
    await expect(log.getByText('still here', { exact: true })).toBeVisible();
    await log
      .locator('[id^=message-]')
      .first()
      .getByRole('button', { name: /^Actions/ })
      .click();
    await ada.page.getByRole('menuitem', { name: 'Reply' }).click();
    await ada.page.keyboard.type('an answer');
    await ada.page.keyboard.press('Enter');
    await expect(log.getByText('an answer', { exact: true })).toBeVisible();
    await ada.page.getByRole('button', { name: 'Leave', exact: true }).click();
    await expect(ada.page.getByRole('button', { name: 'Join again' })).toBeVisible();
  });
  expect(faults).toEqual([]);
  await ada.context.close();
});
