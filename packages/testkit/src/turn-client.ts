import { createHash, createHmac, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { connect, type TLSSocket } from 'node:tls';
import { turnMessage, turnPeer, type TurnAttribute } from '@conclave/runtime/testing/turn-message';

const HEADER_BYTES = 20;
const METHOD = { allocate: 3, permit: 8, bind: 9 } as const;
const ATTRIBUTE = {
  username: 0x0006,
  integrity: 0x0008,
  error: 0x0009,
  channel: 0x000c,
  realm: 0x0014,
  nonce: 0x0015,
  transport: 0x0019,
} as const;

export interface TurnCredential {
  readonly username: string;
  readonly credential: string;
}

/** One stream of TURN over TLS (RFC 8656) that does what it is told, right or wrong. */
export interface TurnClient extends Disposable {
  /** 0 when granted, the error code otherwise. @throws Error when the stream ends instead of an answer. */
  allocate(): Promise<number>;
  permit(address: string): Promise<number>;
  bind(address: string, port: number): Promise<number>;
  /** Resolves when the stream has ended. */
  readonly ended: Promise<void>;
}

/** @param origin of the platform, whose TLS port takes TURN too */
export async function connectTurn(origin: string, { ca, credential }: { ca: string; credential: TurnCredential }): Promise<TurnClient> {
  const { hostname, port } = new URL(origin);
  const socket = connect({ host: hostname, port: Number(port), ca, servername: hostname, ALPNProtocols: ['stun.turn'] });
  const ended = new Promise<void>((resolve) => void socket.once('close', () => resolve()));
  socket.on('error', () => undefined); // the end follows
  await once(socket, 'secureConnect');
  const waiting = new Map<string, (attributes: Map<number, Buffer>) => void>();
  readAnswers(socket, (transaction, attributes) => waiting.get(transaction)?.(attributes));
  let challenge: { realm: Buffer; nonce: Buffer } | undefined;

  async function ask(method: number, attributes: (transaction: Buffer) => readonly TurnAttribute[]): Promise<number> {
    const transaction = randomBytes(12);
    const answered = Promise.withResolvers<Map<number, Buffer>>();
    waiting.set(transaction.toString('hex'), answered.resolve);
    socket.write(message(method, transaction, attributes(transaction), challenge && { ...challenge, ...credential }));
    const answer = await Promise.race([answered.promise, ended]);
    if (!answer) throw new Error('the stream has ended');
    const [realm, nonce, error] = [ATTRIBUTE.realm, ATTRIBUTE.nonce, ATTRIBUTE.error].map((type) => answer.get(type));
    if (realm && nonce) challenge = { realm, nonce };
    return error ? (error[2] ?? 0) * 100 + (error[3] ?? 0) : 0;
  }

  const udp: TurnAttribute = [ATTRIBUTE.transport, Buffer.from([17, 0, 0, 0])];
  return {
    ended,
    allocate: async () => {
      const first = await ask(METHOD.allocate, () => [udp]);
      return first === 401 ? ask(METHOD.allocate, () => [udp]) : first;
    },
    permit: (address) => ask(METHOD.permit, (transaction) => [turnPeer(bytesOf(address), 0, transaction)]),
    bind: (address, to) =>
      ask(METHOD.bind, (transaction) => [[ATTRIBUTE.channel, Buffer.from([0x40, 0, 0, 0])], turnPeer(bytesOf(address), to, transaction)]),
    [Symbol.dispose]: () => socket.destroy(),
  };
}

const bytesOf = (ipv4: string) => ipv4.split('.').map(Number);

interface Signing extends TurnCredential {
  readonly realm: Buffer;
  readonly nonce: Buffer;
}

/** With the long-term credential mechanism of RFC 8489 §9.2 once the server has asked for it. */
function message(method: number, transaction: Buffer, attributes: readonly TurnAttribute[], signing: Signing | undefined): Buffer {
  if (!signing) return turnMessage(method, transaction, attributes);
  const { username, credential, realm, nonce } = signing;
  const known: TurnAttribute[] = [
    ...attributes,
    [ATTRIBUTE.username, Buffer.from(username)],
    [ATTRIBUTE.realm, realm],
    [ATTRIBUTE.nonce, nonce],
  ];
  const key = createHash('md5').update(`${username}:${realm.toString()}:${credential}`).digest();
  // The length in the header counts the integrity that is not there yet.
  const covered = turnMessage(method, transaction, [...known, [ATTRIBUTE.integrity, Buffer.alloc(20)]]).subarray(0, -24);
  return turnMessage(method, transaction, [...known, [ATTRIBUTE.integrity, createHmac('sha1', key).update(covered).digest()]]);
}

/** What the server says, by the transaction that it answers. */
function readAnswers(socket: TLSSocket, onAnswer: (transaction: string, attributes: Map<number, Buffer>) => void): void {
  let received = Buffer.alloc(0);
  socket.on('data', (chunk: Buffer) => {
    received = Buffer.concat([received, chunk]);
    while (received.length >= HEADER_BYTES && received.length >= HEADER_BYTES + received.readUInt16BE(2)) {
      const length = HEADER_BYTES + received.readUInt16BE(2);
      onAnswer(received.toString('hex', 8, HEADER_BYTES), attributesOf(received.subarray(HEADER_BYTES, length)));
      received = received.subarray(length);
    }
  });
}

function attributesOf(body: Buffer): Map<number, Buffer> {
  const attributes = new Map<number, Buffer>();
  for (let at = 0; at + 4 <= body.length;) {
    const length = body.readUInt16BE(at + 2);
    attributes.set(body.readUInt16BE(at), body.subarray(at + 4, at + 4 + length));
    at += 4 + length + (-length & 3);
  }
  return attributes;
}
