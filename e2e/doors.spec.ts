import { randomBytes } from 'node:crypto';
import { SignJWT } from 'jose';
import { createRoom, enter, expect, expectSees, join, openRoom, roomToken, test, type Person, type Room } from './support/fixtures.ts';
import { readCounters } from './support/page-probe.ts';

const unsigned = (claims: object) =>
  `${Buffer.from('{"alg":"none","typ":"JWT"}').toString('base64url')}.${Buffer.from(JSON.stringify(claims)).toString('base64url')}.`;

test.describe('doors', () => {
  test('a private room opens to a token of its own and to nothing else', async ({ browser, team, request }) => {
    const room = await createRoom(team, { privacy: 'private' });
    const other = await createRoom(team, { privacy: 'private' });
    const key = new TextEncoder().encode(team.developerKey);
    const nowS = Math.floor(Date.now() / 1000);
    const claims = { td: team.teamId, rd: room.id, u: 'Ada', role: 'speaker' };
    const sign = (payload: Record<string, unknown>, secret: Uint8Array = key, alg = 'HS256') =>
      new SignJWT(payload).setProtectedHeader({ alg, typ: 'JWT' }).sign(secret);
    const refused: [string, string | undefined, string][] = [
      ['no token', undefined, 'token_required'],
      ['of another room', await roomToken(team, other, { u: 'Ada' }), 'token_wrong_room'],
      ['of another team', await sign({ ...claims, td: crypto.randomUUID() }), 'token_wrong_room'],
      ['expired', await sign({ ...claims, exp: nowS - 60 }), 'token_expired'],
      ['not valid yet', await sign({ ...claims, nbf: nowS + 600 }), 'token_not_yet_valid'],
      ['alg none', unsigned(claims), 'token_invalid'],
      ['signature cut off', `${(await sign(claims)).split('.').slice(0, 2).join('.')}.`, 'token_invalid'],
      ['another key', await sign(claims, new Uint8Array(randomBytes(32))), 'token_invalid'],
      ['HS512', await sign(claims, key, 'HS512'), 'token_invalid'],
      ['not a JWT', 'abc', 'token_invalid'],
    ];
    for (const [title, token, code] of refused) {
      const response = await request.post(`${team.installation.origin}/api/join`, {
        data: { room: room.friendly_url, name: 'Eve', token },
      });
      expect(response.ok(), title).toBe(false);
      expect(((await response.json()) as { code: string }).code, title).toBe(code);
    }
    const ada = await openRoom(browser, `${room.room_url}?token=${await sign(claims)}`, 'Ada');
    await expect.poll(() => ada.page.url()).not.toContain('token');
    await join(ada);
    await ada.context.close();
  });

  test('[T5] [P2] an attendee that asks the media API itself to produce is refused, and nobody receives a byte of it', async ({
    browser,
    team,
  }) => {
    const room = await createRoom(team);
    const ada = await enter(browser, room.room_url, 'Ada');
    const attendee = await enterAs(browser, team, room, 'Mallory', 'attendee');
    await expectSees(attendee, ['Ada']);
    const before = await readCounters(ada.page);
    const replies = await produceByHand(attendee);
    expect(replies).toEqual([
      { source: 'camera', status: 403, code: 'not_allowed' },
      { source: 'microphone', status: 403, code: 'not_allowed' },
      { source: 'screen', status: 403, code: 'not_allowed' },
    ]);
    await ada.page.waitForTimeout(2_000);
    const after = await readCounters(ada.page);
    expect(after.framesDecoded, 'Ada decodes no frame of the attendee').toBe(before.framesDecoded);
    expect(after.audioEnergies.length, 'Ada has no audio stream of the attendee').toBe(0);
    await Promise.all([ada, attendee].map((person) => person.context.close()));
  });

  test('[T5] a capability that is unknown, or belongs to an older connection, opens nothing', async ({ browser, team, request }) => {
    const room = await createRoom(team);
    const ada = await openRoom(browser, room.room_url, 'Ada');
    const capabilities: string[] = [];
    ada.page.on('request', (sent) => {
      const value = sent.headers()['authorization'];
      if (sent.url().includes('/media/v1/') && value) capabilities.push(value);
    });
    await join(ada);
    await expect.poll(() => capabilities.length).toBeGreaterThan(0);
    const old = capabilities[0] ?? '';
    await ada.page.reload();
    await expect(ada.page.getByRole('button', { name: 'Leave', exact: true })).toBeVisible();
    for (const authorization of [undefined, 'Bearer abc', `Bearer ${randomBytes(32).toString('base64url')}`, old]) {
      const response = await request.post(`${team.installation.origin}/media/v1/transports/recv/restart-ice`, {
        headers: authorization === undefined ? {} : { authorization },
        data: {},
      });
      expect(response.status()).toBe(401);
      expect(((await response.json()) as { code: string }).code).toBe('capability_invalid');
    }
    await ada.context.close();
  });
});

async function enterAs(
  browser: Parameters<typeof openRoom>[0],
  team: Parameters<typeof createRoom>[0],
  room: Room,
  name: string,
  role: string,
): Promise<Person> {
  const token = await roomToken(team, room, { u: name, role });
  const person = await openRoom(browser, `${room.room_url}?token=${token}`, name);
  await person.page.evaluate(() => undefined);
  await spyOnCapability(person);
  await join(person);
  return person;
}

/** Keeps the page's own capability where the test can take it: the attacker is the page's owner. */
async function spyOnCapability(person: Person): Promise<void> {
  person.page.on('request', (request) => {
    const value = request.headers()['authorization'];
    if (request.url().includes('/media/v1/') && value) spied.set(person, value);
  });
}
const spied = new Map<Person, string>();

/** What an attacker with the page's capability would send: well-formed RTP parameters for each source. */
async function produceByHand(person: Person): Promise<{ source: string; status: number; code: string }[]> {
  await expect.poll(() => spied.get(person)).toBeDefined();
  const authorization = spied.get(person) ?? '';
  return person.page.evaluate(async (bearer) => {
    const video = {
      codecs: [{ mimeType: 'video/VP8', payloadType: 96, clockRate: 90_000, parameters: {}, rtcpFeedback: [] }],
      encodings: [{ ssrc: 1111 }],
      rtcp: { cname: 'x' },
    };
    const audio = {
      codecs: [{ mimeType: 'audio/opus', payloadType: 111, clockRate: 48_000, channels: 2, parameters: {}, rtcpFeedback: [] }],
      encodings: [{ ssrc: 2222 }],
      rtcp: { cname: 'x' },
    };
    const answers: { source: string; status: number; code: string }[] = [];
    for (const [source, kind, rtpParameters] of [
      ['camera', 'video', video],
      ['microphone', 'audio', audio],
      ['screen', 'video', video],
    ] as const) {
      const response = await fetch('/media/v1/producers', {
        method: 'POST',
        headers: { authorization: bearer, 'content-type': 'application/json' },
        body: JSON.stringify({ source, kind, rtpParameters, paused: false }),
      });
      const body = (await response.json()) as { code?: string };
      answers.push({ source, status: response.status, code: body.code ?? '' });
    }
    return answers;
  }, authorization);
}
