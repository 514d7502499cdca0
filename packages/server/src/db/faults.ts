import { AppError } from '@conclave/protocol/errors';

const AWAY_SYSTEM_CODES = new Set(['ECONNREFUSED', 'ECONNRESET', 'ENOENT', 'EPIPE', 'ETIMEDOUT', 'EHOSTUNREACH', 'ENOTFOUND', 'EAI_AGAIN']);
/** 08 connection exception, 53 out of resources, 57 operator intervention, which includes the statement timeout (SQLSTATE classes). */
const AWAY_CLASSES = new Set(['08', '53', '57']);
const SILENCE_TEXT = 'Query read timeout';
const AWAY_TEXTS = /Query read timeout|Connection terminated|timeout exceeded when trying to connect|not queryable/;

/** The driver's error as `unavailable` when the database is away, busy or too slow; any other error unchanged. */
export function asAppError(error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  const code = sqlState(error);
  const away =
    code === undefined
      ? AWAY_TEXTS.test(error.message)
      : AWAY_SYSTEM_CODES.has(code) || (code.length === 5 && AWAY_CLASSES.has(code.slice(0, 2)));
  return away ? new AppError('unavailable', { cause: error }) : error;
}

/** The driver gave up waiting for an answer. */
export function isSilence(error: unknown): error is Error {
  return error instanceof Error && error.message === SILENCE_TEXT;
}

/** Whether `error` is the violation of a unique constraint, of the one named if a name is given. */
export function isUniqueViolation(error: unknown, constraint?: string): boolean {
  if (sqlState(error) !== '23505') return false;
  return constraint === undefined || (error as { constraint?: unknown }).constraint === constraint; // pg puts the name there
}

/** Two transactions stood in each other's way and one may simply be run again. */
export function isRetryable(error: unknown): boolean {
  const code = sqlState(error);
  return code === '40001' || code === '40P01';
}

function sqlState(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('code' in error)) return undefined;
  return typeof error.code === 'string' ? error.code : undefined;
}
