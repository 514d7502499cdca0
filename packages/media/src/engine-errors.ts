import { AppError, type ErrorCode } from '@conclave/protocol/errors';
import { NotFoundError, UnsupportedError, WorkerClosedError } from 'mediasoup/errors';
import type { MediaPath } from './sessions/session.ts';

/**
 * Refuses what comes for a path that is no longer there.
 * @throws AppError `capability_invalid` when it was replaced or deleted, `media_lost` when its worker died.
 */
export function assertOpen(path: MediaPath): void {
  if (path.state === 'closed') throw new AppError('capability_invalid');
  if (path.state === 'lost') throw new AppError('media_lost');
}

/** Calls mediasoup for a path and turns what it throws into our codes, the path's own end first. */
export async function callEngine<T>(path: MediaPath, call: () => Promise<T>): Promise<T> {
  assertOpen(path);
  try {
    return await call();
  } catch (error) {
    assertOpen(path);
    throw error instanceof AppError ? error : new AppError(codeOf(error), { cause: error });
  }
}

/**
 * Parameters that mediasoup cannot accept are the client's fault; so is what the worker refuses in its present state, such as an SSRC
 * that another producer of this transport already uses.
 */
export function codeOf(error: unknown): ErrorCode {
  if (error instanceof TypeError || error instanceof UnsupportedError) return 'bad_request';
  if (error instanceof NotFoundError) return 'not_found';
  if (error instanceof WorkerClosedError) return 'media_lost';
  return error instanceof Error ? 'conflict' : 'internal';
}
