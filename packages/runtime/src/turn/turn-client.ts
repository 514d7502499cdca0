import { createHash, randomBytes } from 'node:crypto';
import { connect, type ConnectionOptions, type TLSSocket } from 'node:tls';
import {
  addressBytes,
  errorCode,
  readStunMessage,
  signedStunMessage,
  STUN_ATTRIBUTE,
  stunLength,
  stunMessage,
  stunPeer,
  type StunAttribute,
  type StunMessage,
} from './stun-message.ts';

const METHOD = { allocate: 3, refresh: 4, permit: 8, bind: 9, send: 0x16 } as const;
const DEFAULT_TIMEOUT_MS = 10_000;
const FIRST_CHANNEL = 0x4000;

export interface TurnCredential {
  readonly username: string;
  readonly credential: string;
}

/**
 * One stream of TURN over TLS (RFC 8656) that does what it is told, right or wrong. Each resolves with 0 when it is granted, and with the
 * error code otherwise. @throws Error when the stream ends instead of an answer, or none comes in time.
 */
export interface TurnClient extends Disposable {
  allocate(): Promise<number>;
  refresh(): Promise<number>;
  permit(address: string): Promise<number>;
  bind(address: string, port: number): Promise<number>;
  /** One packet to a peer, by a Send indication (RFC 8656 §11.1): nobody answers it. */
  send(address: string, port: number, data: Buffer): void;
  /** Resolves when the stream has ended. */
  readonly ended: Promise<void>;
}

export interface TurnOptions {
  readonly credential: TurnCredential;
  readonly ca?: string;
  /** Replaces what follows from the origin, such as the address that is dialled. */
  readonly tls?: ConnectionOptions;
  /** For the handshake and for each answer; 10 s unless told. */
  readonly timeoutMs?: number;
}

/** @param origin of the platform, whose TLS port takes TURN too. @throws Error when there is no TLS in time. */
export async function connectTurn(origin: string, options: TurnOptions): Promise<TurnClient> {
  const { ca, credential, tls, timeoutMs = DEFAULT_TIMEOUT_MS } = options;
  const { hostname, port } = new URL(origin);
  const socket = connect({
    host: hostname,
    port: Number(port || 443),
    ...(ca !== undefined && { ca }),
    servername: hostname,
    ...tls,
    ALPNProtocols: ['stun.turn'],
  });
  const ended = new Promise<void>((resolve) => void socket.once('close', () => resolve()));
  await handshake(socket, timeoutMs);
  socket.on('error', () => undefined); // the end follows
  const waiting = new Map<string, (answer: StunMessage) => void>();
  readAnswers(socket, (answer) => waiting.get(answer.transaction)?.(answer));
  let challenge: { realm: Buffer; nonce: Buffer } | undefined;
  let channel = FIRST_CHANNEL;

  async function ask(method: number, attributes: (transaction: Buffer) => readonly StunAttribute[]): Promise<number> {
    const transaction = randomBytes(12);
    const key = transaction.toString('hex');
    const answered = Promise.withResolvers<StunMessage>();
    waiting.set(key, answered.resolve);
    const timer = setTimeout(() => answered.reject(new Error(`no answer in ${timeoutMs} ms`)), timeoutMs);
    try {
      socket.write(request(method, transaction, attributes(transaction), challenge && { ...challenge, ...credential }));
      const answer = await Promise.race([answered.promise, ended]);
      if (!answer) throw new Error('the stream has ended');
      const [realm, nonce] = [STUN_ATTRIBUTE.realm, STUN_ATTRIBUTE.nonce].map((type) => answer.attributes.get(type));
      if (realm && nonce) challenge = { realm, nonce };
      return errorCode(answer);
    } finally {
      clearTimeout(timer);
      waiting.delete(key);
    }
  }

  return {
    ended,
    allocate: async () => {
      const first = await ask(METHOD.allocate, () => [UDP]);
      return first === 401 ? ask(METHOD.allocate, () => [UDP]) : first;
    },
    refresh: () => ask(METHOD.refresh, () => []),
    permit: (address) => ask(METHOD.permit, (transaction) => [stunPeer(addressBytes(address), 0, transaction)]),
    bind: (address, to) => {
      const number = Buffer.alloc(4);
      number.writeUInt16BE(channel++, 0);
      return ask(METHOD.bind, (transaction) => [[STUN_ATTRIBUTE.channel, number], stunPeer(addressBytes(address), to, transaction)]);
    },
    send: (address, to, data) => {
      const transaction = randomBytes(12);
      socket.write(stunMessage(METHOD.send, transaction, [stunPeer(addressBytes(address), to, transaction), [STUN_ATTRIBUTE.data, data]]));
    },
    [Symbol.dispose]: () => socket.destroy(),
  };
}

/** REQUESTED-TRANSPORT (RFC 8656 §18.7) */
const UDP: StunAttribute = [STUN_ATTRIBUTE.transport, Buffer.from([17, 0, 0, 0])];

async function handshake(socket: TLSSocket, timeoutMs: number): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    const timer = setTimeout(() => {
      socket.destroy();
      reject(new Error(`no TLS in ${timeoutMs} ms`));
    }, timeoutMs);
    const settle = (action: () => void) => () => {
      clearTimeout(timer);
      action();
    };
    socket.once('secureConnect', settle(resolve));
    socket.once('error', (error: Error) => settle(() => reject(error))());
    socket.once(
      'close',
      settle(() => reject(new Error('the stream has ended'))),
    );
  });
}

interface Signing extends TurnCredential {
  readonly realm: Buffer;
  readonly nonce: Buffer;
}

/** With the long-term credential mechanism of RFC 8489 §9.2 once the server has asked for it. */
function request(method: number, transaction: Buffer, attributes: readonly StunAttribute[], signing: Signing | undefined): Buffer {
  if (!signing) return stunMessage(method, transaction, attributes);
  const { username, credential, realm, nonce } = signing;
  const known: StunAttribute[] = [
    ...attributes,
    [STUN_ATTRIBUTE.username, Buffer.from(username)],
    [STUN_ATTRIBUTE.realm, realm],
    [STUN_ATTRIBUTE.nonce, nonce],
  ];
  const key = createHash('md5').update(`${username}:${realm.toString()}:${credential}`).digest();
  return signedStunMessage(method, transaction, known, key);
}

/** What the server says, message by message. What is no STUN ends it: nothing behind it could be read. */
function readAnswers(socket: TLSSocket, onAnswer: (answer: StunMessage) => void): void {
  let received = Buffer.alloc(0);
  socket.on('data', (chunk: Buffer) => {
    received = Buffer.concat([received, chunk]);
    for (;;) {
      const length = stunLength(received);
      if (length === undefined || received.length < length) return;
      const answer = readStunMessage(received.subarray(0, length));
      if (!answer) return void socket.destroy();
      onAnswer(answer);
      received = received.subarray(length);
    }
  });
}
