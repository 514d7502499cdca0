import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { Agent, request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ParticipantId, SessionId } from '@conclave/protocol/ids';
import { MediaParticipant, NodeMessage, type JournalLine, type MediaEvent } from '@conclave/protocol/media-api/internal';
import type { DtlsOfTransports } from '@conclave/protocol/media-api/rtp';
import type { Grants } from '@conclave/protocol/roles';
import { loadInternalIdentity, internalHostName, type Part } from '@conclave/runtime/internal-identity';
import { createLog } from '@conclave/runtime/log';
import type { ManualTime } from '@conclave/runtime/testing/manual-time';
import { WebSocket } from 'ws';
import { ROUTER_CAPABILITIES } from './rtp-fixture.ts';
import { startMediaNode, type MediaNode } from '../start-media-node.ts';

export interface Reply {
  status: number;
  /** Parsed JSON. */
  body: Record<string, unknown>;
}

export interface TestNode extends AsyncDisposable {
  node: MediaNode;
  /** Asks with the certificate of a part, or none, and with a capability, if given; as the server would for a client at `forwardedFor`. */
  ask(
    method: string,
    path: string,
    options?: { body?: unknown; text?: string; capability?: string; as?: Part; forwardedFor?: string },
  ): Promise<Reply>;
  /** The event socket of the part `server`, from its snapshot on. */
  follow(): Promise<EventLog>;
  put(
    sessionId: SessionId,
    participantId: ParticipantId,
    options?: { grants?: Partial<Grants>; fresh?: boolean; consumeAhead?: boolean; dtlsParameters?: DtlsOfTransports },
  ): Promise<MediaParticipant>;
}

export interface EventLog {
  seen: MediaEvent[];
  /** The journal as it was told, repetitions included. */
  journal: JournalLine[];
  /** The first event, seen already or to come, that fits. */
  until<T extends MediaEvent['type']>(
    type: T,
    fits?: (event: Extract<MediaEvent, { type: T }>) => boolean,
  ): Promise<Extract<MediaEvent, { type: T }>>;
  /** Reads no further. */
  pause(): void;
  say(text: string): void;
  /** The code with which the node closed it. */
  closed: Promise<number>;
  close(): void;
}

export const ALL_GRANTS: Grants = { microphone: true, camera: true, screen: true, receive: true };
export const newSession = () => SessionId.parse(randomUUID());
export const newParticipant = () => ParticipantId.parse(randomUUID());

/** A real media node with real workers on free ports. Needs `MEDIASOUP_WORKER_BIN`. */
export async function startTestNode(
  options: { workers?: number; mediaPort?: number; mediaTcp?: boolean; consumersPerWorker?: number; time?: ManualTime } = {},
): Promise<TestNode> {
  const { workers = 1, mediaPort = 0, mediaTcp = true, consumersPerWorker = 500, time } = options;
  const dataDir = await mkdtemp(join(tmpdir(), 'conclave-media-'));
  const workerBin = process.env['MEDIASOUP_WORKER_BIN'];
  const node = await startMediaNode({
    config: {
      dataDir,
      mediaPort,
      mediaTcp,
      mediaWorkers: workers,
      announcedIps: ['127.0.0.1'],
      logLevel: 'silent',
      mediaInternalPort: 0,
      consumersPerWorker,
      ...(workerBin && { workerBin }),
    },
    log: createLog({ logLevel: 'silent' }, 'media'),
    ...(time && { clock: time, timers: time }),
  });
  const agents = await createAgents(dataDir);
  const ask = createAsk(node.url, agents);
  return {
    node,
    ask,
    follow: async () => followEvents(node.url, agents.server),
    async put(sessionId, participantId, { grants = {}, fresh = true, consumeAhead = false, dtlsParameters } = {}) {
      const body = {
        grants: { ...ALL_GRANTS, ...grants },
        fresh,
        ...(consumeAhead && { rtpCapabilities: ROUTER_CAPABILITIES }),
        ...(dtlsParameters && { dtlsParameters }),
      };
      const reply = await ask('PUT', `/internal/v1/sessions/${sessionId}/participants/${participantId}`, { as: 'server', body });
      if (reply.status !== 200) throw new Error(`PUT was answered with ${String(reply.body['code'])}`);
      return MediaParticipant.parse(reply.body);
    },
    async [Symbol.asyncDispose]() {
      for (const agent of Object.values(agents)) agent.destroy();
      await node[Symbol.asyncDispose]();
      await rm(dataDir, { recursive: true });
    },
  };
}

type Agents = Record<Part | 'nobody', Agent>;

async function createAgents(dataDir: string): Promise<Agents> {
  const [server, media] = await Promise.all([loadInternalIdentity(dataDir, 'server'), loadInternalIdentity(dataDir, 'media')]);
  const common = { keepAlive: true, maxSockets: 8, servername: internalHostName('media') };
  return {
    server: new Agent({ ...common, ...server }),
    media: new Agent({ ...common, ...media }),
    nobody: new Agent({ ...common, ca: server.ca }),
  };
}

function createAsk(url: string, agents: Agents): TestNode['ask'] {
  return (method, path, { body, text, capability, as, forwardedFor } = {}) => {
    const sent = text ?? (body === undefined ? undefined : JSON.stringify(body));
    const headers = {
      ...(capability !== undefined && { authorization: `Bearer ${capability}` }),
      ...(forwardedFor !== undefined && { 'x-forwarded-for': forwardedFor }),
      ...(sent !== undefined && { 'content-type': 'application/json', 'content-length': Buffer.byteLength(sent) }),
    };
    const { promise, resolve, reject } = Promise.withResolvers<Reply>();
    const call = request(url + path, { method, headers, agent: agents[as ?? 'nobody'] }, (reply) => {
      let got = '';
      reply.setEncoding('utf8').on('data', (chunk: string) => (got += chunk));
      reply.on('end', () =>
        resolve({ status: reply.statusCode ?? 0, body: got.startsWith('{') ? (JSON.parse(got) as Reply['body']) : {} }),
      ); // the node answers objects
    });
    call.on('error', reject).end(sent);
    return promise;
  };
}

async function followEvents(url: string, agent: Agent): Promise<EventLog> {
  const socket = new WebSocket(`${url.replace('https', 'wss')}/internal/v1/events`, { agent });
  const seen: MediaEvent[] = [];
  const journal: JournalLine[] = [];
  const waiting = new Set<() => void>();
  socket.on('message', (data: Buffer) => {
    const message = NodeMessage.parse(JSON.parse(data.toString()));
    if (message.type === 'journal.started') return;
    if (message.type === 'journal.entry') return void journal.push(message);
    seen.push(message);
    for (const look of waiting) look();
  });
  const closed = Promise.withResolvers<number>();
  socket.on('close', (code) => closed.resolve(code));
  const log: EventLog = {
    seen,
    journal,
    pause: () => socket.pause(),
    say: (text) => socket.send(text),
    closed: closed.promise,
    until(type, fits = () => true) {
      type Wanted = Extract<MediaEvent, { type: typeof type }>;
      const { promise, resolve } = Promise.withResolvers<Wanted>();
      const look = () => {
        const found = seen.find((event): event is Wanted => event.type === type && fits(event as Wanted)); // its type is checked just before
        if (!found) return;
        waiting.delete(look);
        resolve(found);
      };
      waiting.add(look);
      look();
      return promise;
    },
    close: () => socket.terminate(),
  };
  const { promise, reject } = Promise.withResolvers<never>();
  socket.on('error', reject);
  await Promise.race([log.until('node.hello'), promise]);
  return log;
}
