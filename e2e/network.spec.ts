import { execFileSync } from 'node:child_process';
import { startInstallation } from '@conclave/testkit/installation';
import { createRoom, enter, expect, expectHears, expectSees, makeTeam, OWNER, test } from './support/fixtures.ts';
import { readCounters } from './support/page-probe.ts';

test('only layers that somebody watches are sent, and all of them stop when nobody does', async ({ browser, team }) => {
  const room = await createRoom(team);
  const ada = await enter(browser, room.room_url, 'Ada');
  const active = async () => (await readCounters(ada.page)).encodings.filter((encoding) => encoding.active).length;
  await expect.poll(active, { message: 'alone, nothing is encoded' }).toBe(0);
  const ben = await enter(browser, room.room_url, 'Ben');
  await expectSees(ben, ['Ada']);
  await expect.poll(active, { message: 'shown large, all three layers' }).toBe(3);
  await ben.page.setViewportSize({ width: 390, height: 300 });
  await expect.poll(active, { message: 'shown small, fewer' }).toBeLessThan(3);
  await ben.context.close();
  await expect.poll(active, { message: 'alone again', timeout: 30_000 }).toBe(0);
  await ada.context.close();
});

test('people on different workers see and hear each other: a room is not limited to one core', async ({ browser }) => {
  // One consumer fills a worker here, so that the next person goes to the other one.
  await using installation = await startInstallation({ env: { CONCLAVE_CONSUMERS_PER_WORKER: '1', CONCLAVE_MEDIA_WORKERS: '2' } });
  const team = await makeTeam(installation, OWNER.team);
  const room = await createRoom(team);
  const people = [
    await enter(browser, room.room_url, 'Ada'),
    await enter(browser, room.room_url, 'Ben'),
    await enter(browser, room.room_url, 'Cleo'),
  ];
  for (const person of people) {
    await expectSees(
      person,
      people.filter((other) => other !== person).map((other) => other.name),
    );
    await expectHears(person, 2);
  }
  const ports = new Set((await Promise.all(people.map((person) => readCounters(person.page)))).flatMap((counters) => counters.remotePorts));
  expect(ports.size, 'both workers carry somebody').toBe(2);
  await Promise.all(people.map((person) => person.context.close()));
});

test('with UDP dropped, media takes TCP on the same port', async ({ browser, team }) => {
  test.skip(process.getuid?.() !== 0, 'dropping packets needs root (nftables)');
  const table = 'conclave_test_udp';
  const nft = (script: string) => execFileSync('nft', ['-f', '-'], { input: script });
  const { mediaPort } = team.installation;
  nft(`table inet ${table} {
    chain output {
      type filter hook output priority 0
      udp dport ${mediaPort}-${mediaPort + 3} drop
    }
  }`);
  try {
    const room = await createRoom(team);
    const ada = await enter(browser, room.room_url, 'Ada');
    const ben = await enter(browser, room.room_url, 'Ben');
    await expectSees(ada, ['Ben'], 40_000);
    await expectSees(ben, ['Ada'], 40_000);
    for (const person of [ada, ben]) expect(new Set((await readCounters(person.page)).protocols)).toEqual(new Set(['tcp']));
    await Promise.all([ada, ben].map((person) => person.context.close()));
  } finally {
    nft(`delete table inet ${table}`);
  }
});
