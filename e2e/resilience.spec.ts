import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Installation } from '@conclave/testkit/installation';
import { descendants } from '@conclave/runtime/process-tree';
import { findDescendant, findDescendants } from '@conclave/testkit/process-tree';
import { api, createRoom, enter, expect, expectSees, test, type Person } from './support/fixtures.ts';
import { readShownFrames } from './support/page-probe.ts';

/** Longer than a server takes to start beside three browsers. */
const WATCH_MS = 12_000;

/** How a video was shown: the longest time without a new frame, and of how many tracks, which is one as long as nothing is made anew. */
interface Shown {
  gapMs: number;
  tracks: number;
}

/** Watches the video `label` for `durationMs`. */
function watch(viewer: Person, label: string, durationMs: number): Promise<Shown> {
  return viewer.page.evaluate(
    async ({ wanted, lastsMs }) => {
      const started = performance.now();
      let lastFrames = -1;
      let lastChangeMs = started;
      let gapMs = 0;
      const tracks = new Set<string>();
      while (performance.now() - started < lastsMs) {
        const video = [...document.querySelectorAll<HTMLVideoElement>('video')].find(
          (element) => element.getAttribute('aria-label') === wanted,
        );
        const frames = video?.getVideoPlaybackQuality().totalVideoFrames ?? lastFrames;
        if (video?.srcObject instanceof MediaStream) for (const { id } of video.srcObject.getVideoTracks()) tracks.add(id);
        const nowMs = performance.now();
        if (frames !== lastFrames) {
          if (lastFrames >= 0) gapMs = Math.max(gapMs, nowMs - lastChangeMs);
          lastFrames = frames;
          lastChangeMs = nowMs;
        }
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
      return { gapMs: Math.max(gapMs, performance.now() - lastChangeMs), tracks: tracks.size };
    },
    { wanted: label, lastsMs: durationMs },
  );
}

/** Resolves with how long the server answers nothing, from now on. */
function watchOutage(viewer: Person): Promise<number> {
  return viewer.page.evaluate(async () => {
    const started = performance.now();
    for (;;) {
      const answer = await fetch('/healthz').catch(() => null);
      if (answer?.ok) return performance.now() - started;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  });
}

async function sendChat(person: Person, text: string): Promise<void> {
  const chat = person.page.getByRole('button', { name: /^Chat/ });
  const field = person.page.getByRole('textbox', { name: /message/i });
  if (!(await field.isVisible())) await chat.click();
  await field.fill(text);
  await field.press('Enter');
}

/** The events of the newest session in the log, as the operator exports them. */
async function exportEvents({ installation }: { installation: Installation }): Promise<{ name: string; session: string | null }[]> {
  const lines = (await installation.conclave('log', 'export')).split('\n').filter((line) => line.startsWith('{"entry":'));
  const events = lines.map((line) => (JSON.parse(line) as { entry: { name: string; session: string | null } }).entry);
  const newest = events.findLast(({ session }) => session !== null)?.session;
  return events.filter(({ session }) => session === newest);
}

/** Whoever has ended by themselves needs none. */
function signal(pids: readonly number[], name: NodeJS.Signals): void {
  for (const pid of pids)
    try {
      process.kill(pid, name);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
    }
}

test.describe('when a part dies', () => {
  let people: Person[];

  test.beforeEach(async ({ browser, team }) => {
    const room = await createRoom(team);
    people = [
      await enter(browser, room.room_url, 'Ada'),
      await enter(browser, room.room_url, 'Ben'),
      await enter(browser, room.room_url, 'Cleo'),
    ];
    for (const person of people)
      await expectSees(
        person,
        people.filter((other) => other !== person).map((other) => other.name),
      );
  });

  test.afterEach(async () => {
    await Promise.all(people.map((person) => person.context.close()));
  });

  test('a killed mediasoup worker: everybody sees everybody again within 5 s, without a reload', async ({ team }) => {
    const workers = await findDescendants(team.installation.pid, 'mediasoup-worker');
    expect(workers.length).toBeGreaterThan(0);
    await Promise.all(people.map((person) => person.page.evaluate(() => Object.assign(window, { notReloaded: true }))));
    const killedAtMs = Date.now();
    for (const worker of workers) process.kill(worker.pid, 'SIGKILL');
    // Frames must stop first, or "still growing" would be the old path's last frames.
    await Promise.all(
      people.map(async (person) => {
        for (const other of people) if (other !== person) await expectNewPath(person, other.name, killedAtMs);
      }),
    );
    const tookMs = Date.now() - killedAtMs;
    test.info().annotations.push({ type: 'measured', description: `everybody back ${tookMs} ms after the kill` });
    expect(tookMs).toBeLessThan(5_000);
    for (const person of people) expect(await person.page.evaluate(() => 'notReloaded' in window)).toBe(true);
  });

  test('a killed server: frames go on being shown, signalling resumes by itself, chat is not lost', async ({ team }) => {
    const [ada, ben] = people as [Person, Person, Person]; // made in beforeEach
    await sendChat(ada, 'before the crash');
    await ben.page.getByRole('button', { name: /^Chat/ }).click();
    await expect(ben.page.getByText('before the crash', { exact: true })).toBeVisible();
    const server = await findDescendant(team.installation.pid, 'packages/server/src/main/server.ts');
    const watching = Promise.all([watch(ada, 'Video of Ben', WATCH_MS), watch(ben, 'Video of Cleo', WATCH_MS)]);
    process.kill(server.pid, 'SIGKILL');
    const outage = watchOutage(people[2] as Person); // made in beforeEach
    await sendChat(ada, 'during the crash');
    // Beside three browsers with software encoders on two cores a start of the server takes many times what it takes alone.
    await expect(ben.page.getByText('during the crash', { exact: true })).toBeVisible({ timeout: 120_000 });
    // Not a time of its own: the start of a server takes the processor from encoders and decoders. What hung on the server would be
    // away as long as it is.
    const longestMs = Math.min(await outage, WATCH_MS) / 2;
    for (const { gapMs, tracks } of await watching) {
      test.info().annotations.push({ type: 'measured', description: `no new frame for ${gapMs} ms, no server for ${await outage} ms` });
      expect(gapMs, 'longest time without a new frame').toBeLessThan(longestMs);
      expect(tracks, 'tracks that were shown').toBe(1);
    }
    await expect(ben.page.getByText('during the crash', { exact: true })).toHaveCount(1);
    await expect(ben.page.getByText('before the crash', { exact: true })).toHaveCount(1);
    for (const person of people)
      expect(Object.keys(await readShownFrames(person.page)).filter((label) => label.startsWith('Video of')).length).toBe(2);
  });

  test('[E1] a database that answers nothing for a minute: frames go on, what needs it is refused as unavailable, nothing is lost', async ({
    team,
  }) => {
    const [ada, ben] = people as [Person, Person, Person]; // made in beforeEach
    const dataDir = team.installation.dataDir;
    const postmaster = Number((await readFile(join(dataDir, 'postgres/cluster/postmaster.pid'), 'utf8')).split('\n', 1)[0]);
    await ben.page.getByRole('button', { name: /^Chat/ }).click();
    // The postmaster first: it starts no other then. A child may be about to end.
    signal([postmaster], 'SIGSTOP');
    const children = (await descendants(postmaster)).map(({ pid }) => pid);
    signal(children, 'SIGSTOP');
    try {
      const watching = Promise.all([watch(ada, 'Video of Ben', 60_000), watch(ben, 'Video of Cleo', 60_000)]);
      await sendChat(ada, 'while the database sleeps');
      await ada.page.getByRole('button', { name: 'Mute microphone' }).click();
      const refused = api(team, 'POST', '/rooms', {});
      await expect(refused).rejects.toThrow('503');
      for (const { gapMs, tracks } of await watching) {
        expect(gapMs, 'longest time without a new frame').toBeLessThan(10_000);
        expect(tracks, 'tracks that were shown').toBe(1);
      }
      expect(await ben.page.getByText('while the database sleeps', { exact: true }).count()).toBe(0);
    } finally {
      signal([postmaster, ...children], 'SIGCONT');
    }
    const again = ada.page.getByRole('button', { name: /again|retry/i });
    await expect(async () => {
      if (await again.isVisible()) await again.click();
      await expect(ben.page.getByText('while the database sleeps', { exact: true })).toBeVisible({ timeout: 2_000 });
    }).toPass({ timeout: 30_000 });
    await expect(ben.page.getByText('while the database sleeps', { exact: true })).toHaveCount(1);
    await expect(async () => {
      const names = (await exportEvents(team)).map(({ name }) => name);
      expect(names.filter((name) => name === 'message.posted').length).toBe(1);
      expect(names.filter((name) => name === 'producer.paused').length).toBeGreaterThan(0);
    }).toPass({ timeout: 30_000 });
    for (const person of people)
      await expectSees(
        person,
        people.filter((other) => other !== person).map((other) => other.name),
      );
  });

  test('a killed media node: everybody is back by themselves', async ({ team }) => {
    const media = await findDescendant(team.installation.pid, 'packages/media/src/main/media.ts');
    process.kill(media.pid, 'SIGKILL');
    await people[0]?.page.waitForTimeout(1_000);
    for (const person of people)
      await expectSees(
        person,
        people.filter((other) => other !== person).map((other) => other.name),
        30_000,
      );
  });

  test('a page that loses its network for a while comes back as the same participant', async () => {
    const [ada, ben] = people as [Person, Person, Person]; // made in beforeEach
    await ben.context.setOffline(true);
    await ben.page.waitForTimeout(4_000);
    await ben.context.setOffline(false);
    await sendChat(ben, 'back again');
    await ada.page.getByRole('button', { name: /^Chat/ }).click();
    await expect(ada.page.getByText('back again', { exact: true })).toBeVisible();
    await expect(ada.page.locator('video[aria-label="Video of Ben"]')).toHaveCount(1);
    await expectSees(ada, ['Ben', 'Cleo']);
    await expectSees(ben, ['Ada', 'Cleo']);
  });
});

/** A video of `name` that began after the kill (its own frame counter or its growth says so) and grows. */
async function expectNewPath(viewer: Person, name: string, sinceMs: number): Promise<void> {
  const label = `Video of ${name}`;
  await viewer.page.waitForFunction(
    async ({ wanted, at }) => {
      const connections = (window as unknown as { probedConnections: RTCPeerConnection[] }).probedConnections; // defined by installProbe
      const fresh = connections.some((connection) => connection.connectionState === 'connected' && Date.now() > at);
      const video = [...document.querySelectorAll<HTMLVideoElement>('video')].find(
        (element) => element.getAttribute('aria-label') === wanted,
      );
      if (!fresh || !video) return false;
      const before = video.getVideoPlaybackQuality().totalVideoFrames;
      await new Promise((resolve) => setTimeout(resolve, 500));
      return Date.now() - at > 900 && video.getVideoPlaybackQuality().totalVideoFrames > before;
    },
    { wanted: label, at: sinceMs },
    { timeout: 30_000, polling: 50 },
  );
}
