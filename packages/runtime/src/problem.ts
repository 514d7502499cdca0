import { AppError, ERRORS, type ErrorCode } from '@conclave/protocol/errors';
import type { Problem } from '@conclave/protocol/rest/problem';
import { ZodError } from 'zod';

/**
 * Turns whatever was thrown while a request was answered into an `AppError`: its own kind is kept, a schema's refusal becomes
 * `bad_request` with the paths that failed, the HTTP layer's refusals become their codes, all else is `internal`.
 */
export function toAppError(thrown: unknown): AppError {
  if (thrown instanceof AppError) return thrown;
  if (thrown instanceof ZodError)
    return badRequest(
      thrown.issues.map((issue) => issue.path.join('.')),
      thrown,
    );
  if (!(thrown instanceof Error)) return new AppError('internal', { cause: thrown });
  const { validation, statusCode } = thrown as { validation?: { instancePath?: string }[]; statusCode?: number }; // Fastify's own additions to an Error
  if (Array.isArray(validation))
    return badRequest(
      validation.map((fault) => (fault.instancePath ?? '').replace(/^\//, '').replaceAll('/', '.')),
      thrown,
    );
  return new AppError(codeOfStatus(statusCode), { cause: thrown });
}

/** The body of an error reply (RFC 9457). An AppError's details leave; its cause, stack and message do not. */
export function toProblem(error: AppError, requestId: string): Problem {
  const { code, details } = error;
  const title = code.replaceAll('_', ' ');
  return {
    type: `urn:conclave:error:${code}`,
    title,
    status: ERRORS[code].http,
    code,
    requestId,
    message: title,
    error: code.replaceAll('_', '-').replace(/^rate-limited$/, 'rate-limit'),
    ...(details?.paths && { details: { paths: details.paths } }),
    ...(details?.errors && { errors: details.errors }),
  };
}

function badRequest(paths: string[], cause: unknown): AppError {
  return new AppError('bad_request', { details: { paths: [...new Set(paths.filter((path) => path !== ''))] }, cause });
}

function codeOfStatus(status: number | undefined): ErrorCode {
  if (status === 404) return 'not_found';
  if (status === 413) return 'too_large';
  if (status === 429) return 'rate_limited';
  if (status === 503) return 'unavailable';
  return status !== undefined && status >= 400 && status < 500 ? 'bad_request' : 'internal';
}
