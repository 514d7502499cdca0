import { constants } from 'node:crypto';
import type { SecureContextOptions } from 'node:tls';

/** Suites of TLS 1.2 with forward secrecy and authenticated encryption (RFC 9325 §4.2), in the order that we prefer. */
export const TLS12_CIPHERS = [
  'ECDHE-ECDSA-AES128-GCM-SHA256',
  'ECDHE-RSA-AES128-GCM-SHA256',
  'ECDHE-ECDSA-AES256-GCM-SHA384',
  'ECDHE-RSA-AES256-GCM-SHA384',
  'ECDHE-ECDSA-CHACHA20-POLY1305',
  'ECDHE-RSA-CHACHA20-POLY1305',
] as const;

/**
 * What every listener of ours accepts: TLS 1.3, and TLS 1.2 only with forward secrecy and authenticated encryption (RFC 9325 §4.2).
 * The server's order counts, so that a client cannot be talked down by its own preference. Key exchange is hybrid with ML-KEM where the client can
 * (draft-ietf-tls-ecdhe-mlkem), so that what is recorded today stays closed to a quantum computer. Nobody may renegotiate (RFC 9325 §3.5).
 */
export const TLS_OPTIONS = {
  minVersion: 'TLSv1.2',
  maxVersion: 'TLSv1.3',
  honorCipherOrder: true,
  ecdhCurve: 'X25519MLKEM768:X25519:P-256:P-384',
  secureOptions: constants.SSL_OP_NO_RENEGOTIATION | constants.SSL_OP_NO_COMPRESSION,
  ciphers: ['TLS_AES_128_GCM_SHA256', 'TLS_AES_256_GCM_SHA384', 'TLS_CHACHA20_POLY1305_SHA256', ...TLS12_CIPHERS].join(':'),
} as const satisfies SecureContextOptions & { honorCipherOrder: boolean };

/** PEM texts of a certificate chain and its key; `ca` where the other side must show a certificate or is checked against it. */
export interface TlsIdentity {
  key: string;
  cert: string;
  ca?: string;
}
