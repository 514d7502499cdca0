import { z } from 'zod';
import { LIMITS } from '../limits.ts';
import { CheckTransport } from '../media-api/internal.ts';
import { DtlsParameters, IceServer } from '../media-api/rtp.ts';

/**
 * The connection check, open to everybody and bound to no room.
 *
 * | verb | path | body | reply |
 * | --- | --- | --- | --- |
 * | GET | `/api/check` | none | CheckTime |
 * | POST | `/api/check` | OpenCheckRequest | OpenCheckReply |
 * | GET | `/api/check/bytes?size=BYTES` | none | so many bytes that cannot be compressed |
 * | POST | `/api/check/bytes` | up to `LIMITS.checkBytes` | `{}` |
 *
 * `no_capacity` and `rate_limited` mean: not now.
 */
export const CheckTime = z.object({ nowMs: z.int() });

/** Fingerprints of the certificate that the page shows on both transports. */
export const OpenCheckRequest = z.strictObject({ dtlsParameters: DtlsParameters });
export const OpenCheckReply = z.object({
  /** When both transports are closed, whatever happens. */
  expiresAtMs: z.int(),
  udp: CheckTransport,
  /** Null where media is not taken over TCP. */
  tcp: CheckTransport.nullable(),
  /** TURN over TLS, if this server offers it. */
  iceServers: z.array(IceServer),
});
export type OpenCheckReply = z.infer<typeof OpenCheckReply>;

export const CheckSize = z.object({ size: z.coerce.number().pipe(z.int().min(1).max(LIMITS.checkBytes)) });
