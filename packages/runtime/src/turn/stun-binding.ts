import { randomBytes } from 'node:crypto';
import { createSocket } from 'node:dgram';
import { connect, isIPv6 } from 'node:net';
import { mappedAddress, readStunMessage, signedStunMessage, STUN_ATTRIBUTE, withFingerprint, type StunMessage } from './stun-message.ts';

const BINDING_REQUEST = 0x0001;
const BINDING_SUCCESS = 0x0101;
/** As a peer-reflexive candidate has it (RFC 8445 §5.1.2). */
const PRIORITY = 0x6e7f1eff;
const REPEAT_MS = 400;

/** Where an ICE-lite agent is, and its credentials (RFC 8445 §5.3). */
export interface IceAgent {
  readonly address: string;
  readonly port: number;
  readonly usernameFragment: string;
  readonly password: string;
}

export interface BindingAnswer {
  /** From which address the agent has seen us come; undefined where it does not say. */
  readonly seenAddress: string | undefined;
  readonly tookMs: number;
}

/** One connectivity check over UDP, repeated until it is answered; undefined when it is not in time. Never rejects. */
export async function bindOverUdp(agent: IceAgent, timeoutMs: number): Promise<BindingAnswer | undefined> {
  const { message, transaction } = bindingRequest(agent);
  const beganMs = performance.now();
  const socket = createSocket(isIPv6(agent.address) ? 'udp6' : 'udp4');
  return new Promise((resolve) => {
    const send = () => socket.send(message, agent.port, agent.address, () => undefined);
    const end = (answer?: StunMessage) => {
      clearInterval(repeating);
      clearTimeout(timer);
      socket.close(() => resolve(answer && { seenAddress: mappedAddress(answer), tookMs: performance.now() - beganMs }));
    };
    const repeating = setInterval(send, REPEAT_MS);
    const timer = setTimeout(end, timeoutMs);
    // An ICMP error says no more than silence: another try may get through.
    socket.on('error', () => undefined);
    socket.on('message', (datagram) => {
      const answer = readStunMessage(datagram);
      if (answer?.type === BINDING_SUCCESS && answer.transaction === transaction) end(answer);
    });
    send();
  });
}

/** The same over TCP, framed as RFC 4571 has it. Never rejects. */
export async function bindOverTcp(agent: IceAgent, timeoutMs: number): Promise<BindingAnswer | undefined> {
  const { message, transaction } = bindingRequest(agent);
  const beganMs = performance.now();
  const socket = connect({ host: agent.address, port: agent.port });
  return new Promise((resolve) => {
    let received = Buffer.alloc(0);
    const end = (answer?: StunMessage) => {
      clearTimeout(timer);
      socket.destroy();
      resolve(answer && { seenAddress: mappedAddress(answer), tookMs: performance.now() - beganMs });
    };
    const timer = setTimeout(end, timeoutMs);
    socket.once('connect', () => {
      const frame = Buffer.alloc(2);
      frame.writeUInt16BE(message.length, 0);
      socket.write(Buffer.concat([frame, message]));
    });
    socket.on('data', (chunk) => {
      received = Buffer.concat([received, chunk]);
      if (received.length < 2 || received.length < 2 + received.readUInt16BE(0)) return;
      const answer = readStunMessage(received.subarray(2, 2 + received.readUInt16BE(0)));
      end(answer?.type === BINDING_SUCCESS && answer.transaction === transaction ? answer : undefined);
    });
    socket.once('error', () => end());
    socket.once('close', () => end());
  });
}

function bindingRequest({ usernameFragment, password }: IceAgent): { message: Buffer; transaction: string } {
  const transaction = randomBytes(12);
  const priority = Buffer.alloc(4);
  priority.writeUInt32BE(PRIORITY);
  const attributes = [
    [STUN_ATTRIBUTE.username, Buffer.from(`${usernameFragment}:${randomBytes(4).toString('hex')}`)],
    [STUN_ATTRIBUTE.priority, priority],
    [STUN_ATTRIBUTE.controlling, randomBytes(8)],
  ] as const;
  const message = withFingerprint(signedStunMessage(BINDING_REQUEST, transaction, attributes, password));
  return { message, transaction: transaction.toString('hex') };
}
