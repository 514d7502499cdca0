import { isErrorCode } from '@conclave/protocol/errors';
import type { ZodType } from 'zod';
import type { ShownError } from '../ui/strings/en/errors.ts';

export interface Failure {
  code: ShownError;
  /** Texts per field from the public REST interface. */
  errors: Record<string, string[]>;
  /** Names of fields that the server found wrong. */
  paths: string[];
}

export type Answer<T> = { ok: true; data: T } | { ok: false; failure: Failure };

export interface Call<T> {
  method?: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  body?: unknown;
  /** What is expected back; leave out where the reply has nothing to say. */
  reply?: ZodType<T>;
  signal?: AbortSignal;
}

const TIMEOUT_MS = 15_000;

/** Calls our own server. Never throws: what goes wrong is a `Failure` with a code that has a text. */
export async function call<T = undefined>(path: string, { method = 'GET', body, reply, signal }: Call<T> = {}): Promise<Answer<T>> {
  const timeout = AbortSignal.timeout(TIMEOUT_MS);
  try {
    const response = await fetch(path, {
      method,
      signal: signal ? AbortSignal.any([signal, timeout]) : timeout,
      credentials: 'same-origin',
      headers: { accept: 'application/json', ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const content: unknown = await readJson(response);
    if (!response.ok) return { ok: false, failure: failureOf(response.status, content) };
    if (!reply) return { ok: true, data: undefined as T }; // without `reply` T is undefined
    const parsed = reply.safeParse(content);
    return parsed.success ? { ok: true, data: parsed.data } : { ok: false, failure: { code: 'internal', errors: {}, paths: [] } };
  } catch {
    return { ok: false, failure: { code: 'network', errors: {}, paths: [] } };
  }
}

async function readJson(response: Response): Promise<unknown> {
  try {
    return await response.json();
  } catch {
    return undefined; // empty, or a page of something in between
  }
}

const BY_STATUS: Readonly<Record<number, ShownError>> = {
  400: 'bad_request',
  401: 'sign_in_required',
  403: 'not_allowed',
  404: 'not_found',
  409: 'conflict',
  412: 'stale',
  413: 'too_large',
  422: 'invalid_settings',
  429: 'rate_limited',
  502: 'unavailable',
  503: 'unavailable',
  504: 'unavailable',
};

/** Reads a problem document; what is not one is told by its status alone. */
export function failureOf(status: number, content: unknown): Failure {
  const problem = asRecord(content);
  const details = asRecord(problem['details']);
  return {
    code: isErrorCode(problem['code']) ? problem['code'] : (BY_STATUS[status] ?? 'internal'),
    errors: textsByField(problem['errors']),
    paths: Array.isArray(details['paths']) ? details['paths'].filter((path) => typeof path === 'string') : [],
  };
}

function textsByField(value: unknown): Record<string, string[]> {
  const entries = Object.entries(asRecord(value)).filter((entry): entry is [string, string[]] => Array.isArray(entry[1]));
  return Object.fromEntries(entries);
}

function asRecord(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? { ...value } : {};
}
