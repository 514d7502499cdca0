import { connect, type ConnectionOptions, type DetailedPeerCertificate } from 'node:tls';
import { STEP_TIMEOUT_MS } from './dial.ts';
import { serverName, type Reached } from './target.ts';

/** A handshake that was made. */
export interface Handshake {
  readonly kind: 'made';
  /** `TLSv1.3` */
  readonly protocol: string;
  readonly cipher: string;
  /** The group of the key exchange, where OpenSSL names it. */
  readonly group: string | undefined;
  readonly certificate: DetailedPeerCertificate;
  /** OpenSSL's code of why the chain is not trusted. */
  readonly trustError: string | undefined;
}

/** `refused` by the other side, `silent` when it said nothing in time, `impossible` when our own OpenSSL cannot ask for it. */
export type HandshakeOutcome = Handshake | { readonly kind: 'refused' | 'silent' | 'impossible'; readonly reason: string };

/** Makes one handshake, whatever the certificate is worth, and hangs up. Never rejects. */
export async function shakeHands(target: Reached, options: ConnectionOptions = {}): Promise<HandshakeOutcome> {
  return new Promise((resolve) => {
    const socket = dial(target, options);
    if (socket instanceof Error) return resolve({ kind: 'impossible', reason: socket.message });
    const end = (outcome: HandshakeOutcome) => {
      clearTimeout(timer);
      socket.destroy();
      resolve(outcome);
    };
    const timer = setTimeout(() => end({ kind: 'silent', reason: `no TLS in ${STEP_TIMEOUT_MS / 1000} s` }), STEP_TIMEOUT_MS);
    socket.once('secureConnect', () => {
      const key = socket.getEphemeralKeyInfo();
      end({
        kind: 'made',
        protocol: socket.getProtocol() ?? '',
        cipher: socket.getCipher().name,
        group: key && 'name' in key ? key.name : undefined,
        certificate: socket.getPeerCertificate(true),
        trustError: socket.authorized ? undefined : String(socket.authorizationError),
      });
    });
    socket.once('error', (error) => end({ kind: 'refused', reason: error.message.split('\n', 1)[0]?.trim() ?? '' }));
    socket.once('close', () => end({ kind: 'refused', reason: 'the connection was closed' }));
  });
}

function dial(target: Reached, options: ConnectionOptions): ReturnType<typeof connect> | Error {
  try {
    return connect({
      host: target.address,
      port: target.port,
      servername: serverName(target.host),
      rejectUnauthorized: false,
      // Whose name it is, is judged apart from whether it is trusted.
      checkServerIdentity: () => undefined,
      ...options,
    });
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  }
}
