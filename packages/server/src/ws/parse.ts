import { RequestEnvelope } from '@conclave/protocol/signalling/messages';
import { z } from 'zod';

export interface Request {
  readonly id: number;
  readonly type: string;
  readonly data: unknown;
}

const Identified = z.object({ id: RequestEnvelope.shape.id });

/** Reads the envelope of a message. A refused one still has its `id` if that at least can be read, so that it can be answered. */
export function parseRequest(frame: Buffer): { ok: true; request: Request } | { ok: false; id: number | undefined } {
  const json = parseJson(frame);
  const envelope = RequestEnvelope.safeParse(json);
  if (envelope.success) return { ok: true, request: envelope.data };
  const identified = Identified.safeParse(json);
  return { ok: false, id: identified.success ? identified.data.id : undefined };
}

function parseJson(frame: Buffer): unknown {
  try {
    return JSON.parse(frame.toString('utf8'));
  } catch {
    return undefined;
  }
}
