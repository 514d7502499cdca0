import { CreateProducerReply } from '@conclave/protocol/media-api/public';
import { expect, test } from 'vitest';
import { ALL_GRANTS, newParticipant, newSession, startTestNode } from '../testing/node-fixture.ts';
import { microphone, opusPacket, ROUTER_CAPABILITIES } from '../testing/rtp-fixture.ts';
import { openReceiver, openSender } from '../testing/webrtc-peer.ts';

test('a worker that is killed is replaced on its port, its participants are told lost and are back within 3 s', async () => {
  await using t = await startTestNode();
  const events = await t.follow();
  const [session, participant] = [newSession(), newParticipant()];
  const before = await t.put(session, participant);
  const { id } = CreateProducerReply.parse(
    (await t.ask('POST', '/media/v1/producers', { capability: before.capability, body: microphone() })).body,
  );
  const [pid = 0] = t.node.workerPids();

  const killedAtMs = performance.now();
  process.kill(pid, 'SIGKILL');
  const lost = await events.until('media.lost');
  expect(lost).toMatchObject({ sessionId: session, participantIds: [participant] });
  await events.until('producer.closed', ({ producerId }) => producerId === id);
  expect((await t.ask('POST', '/media/v1/producers', { capability: before.capability, body: microphone() })).body['code']).toBe(
    'media_lost',
  );
  const snapshot = await t.follow();
  expect((await snapshot.until('node.hello')).participants).toEqual([
    { sessionId: session, participantId: participant, grants: ALL_GRANTS, producers: [], lost: true },
  ]);

  const after = await t.put(session, participant);
  expect(performance.now() - killedAtMs).toBeLessThan(3000);
  expect((await t.ask('POST', '/media/v1/producers', { capability: before.capability, body: microphone() })).body['code']).toBe(
    'capability_invalid',
  );
  expect((await t.ask('POST', '/media/v1/producers', { capability: after.capability, body: microphone() })).status).toBe(200);
  const portsOf = ({ recv }: typeof after) => recv.iceCandidates.map(({ protocol, port }) => `${protocol} ${port}`);
  expect(portsOf(after)).toEqual(portsOf(before));
  expect(t.node.workerPids()).not.toContain(pid);
  events.close();
  snapshot.close();
});

test('a PUT during which the worker dies is done on another, or may be tried again', async () => {
  await using t = await startTestNode();
  const session = newSession();
  for (let i = 0; i < 3; i++) {
    const puts = Array.from({ length: 10 }, () => t.put(session, newParticipant(), { consumeAhead: true }));
    process.kill(t.node.workerPids()[0] ?? 0, 'SIGKILL');
    const failed = (await Promise.allSettled(puts)).flatMap((result) => (result.status === 'rejected' ? String(result.reason) : []));
    expect(failed.filter((reason) => !reason.includes('unavailable'))).toEqual([]);
    await t.put(session, newParticipant());
  }
});

test('a PUT without `fresh` after the loss makes a new path', async () => {
  await using t = await startTestNode();
  const events = await t.follow();
  const [session, participant] = [newSession(), newParticipant()];
  const before = await t.put(session, participant);
  process.kill(t.node.workerPids()[0] ?? 0, 'SIGKILL');
  await events.until('media.lost');
  const after = await t.put(session, participant, { fresh: false });
  expect(after.capability).not.toBe(before.capability);
  events.close();
});

test('a session on two workers hears itself, and keeps the half whose worker lives', async () => {
  await using t = await startTestNode({ workers: 2, consumersPerWorker: 1 });
  const events = await t.follow();
  const session = newSession();
  const [ada, ben] = [newParticipant(), newParticipant()];
  const ssrc = 5_555_555;
  const speaking = await t.put(session, ada);
  using sender = openSender(speaking.send, ssrc);
  await t.ask('POST', '/media/v1/transports/send/connect', {
    capability: speaking.capability,
    body: { dtlsParameters: sender.dtlsParameters },
  });
  await sender.connect();
  const { id } = CreateProducerReply.parse(
    (await t.ask('POST', '/media/v1/producers', { capability: speaking.capability, body: microphone(ssrc) })).body,
  );
  const hearing = await t.put(session, ben, { consumeAhead: true });
  const workerOf = (participant: typeof ada) => t.node.ctx.sessions.get(session)?.participants.get(participant)?.path?.on.media;
  expect(workerOf(ada)?.index).not.toBe(workerOf(ben)?.index);

  const [consumer] = hearing.consumers;
  if (!consumer) throw new Error('no consumer was made ahead');
  using receiver = openReceiver(hearing.recv, consumer);
  await t.ask('POST', '/media/v1/transports/recv/connect', {
    capability: hearing.capability,
    body: { dtlsParameters: receiver.dtlsParameters },
  });
  await receiver.connect();
  let sequence = 0;
  const timer = setInterval(() => sender.send(opusPacket(ssrc, sequence++)), 20);
  const packet = await receiver.nextPacket();
  // The payload of the sender, through two workers.
  expect(packet.subarray(-80)).toEqual(opusPacket(ssrc, 0).subarray(-80));
  await events.until('speaker.changed', ({ participantId }) => participantId === ada);

  // Ben speaks, too: his microphone is heard on Ada's worker.
  await t.ask('POST', '/media/v1/producers', { capability: hearing.capability, body: microphone(6_666_666) });
  process.kill(workerOf(ada)?.pid ?? 0, 'SIGKILL');
  expect((await events.until('media.lost')).participantIds).toEqual([ada]);
  clearInterval(timer);
  await events.until('producer.closed', ({ producerId }) => producerId === id);
  const asked = await t.ask('POST', '/media/v1/consumers', {
    capability: hearing.capability,
    body: { rtpCapabilities: ROUTER_CAPABILITIES, producerIds: [id] },
  });
  expect(asked.body).toEqual({ consumers: [] });

  const back = await t.put(session, ada, { consumeAhead: true });
  expect(back.consumers.map(({ participantId }) => participantId)).toEqual([ben]);
  const { id: next } = CreateProducerReply.parse(
    (await t.ask('POST', '/media/v1/producers', { capability: back.capability, body: microphone(ssrc) })).body,
  );
  const again = await t.ask('POST', '/media/v1/consumers', {
    capability: hearing.capability,
    body: { rtpCapabilities: ROUTER_CAPABILITIES, producerIds: [next] },
  });
  expect(again.body['consumers']).toHaveLength(1);
  events.close();
});

test('a port that is taken stops the start, and the error names it', async () => {
  await using t = await startTestNode();
  const { port } = t.node.ctx.pool.alive()[0] ?? { port: 0 };
  await expect(startTestNode({ mediaPort: port })).rejects.toThrow(`media port ${port}`);
});
