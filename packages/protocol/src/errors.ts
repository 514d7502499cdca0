/**
 * The one table of error codes. `http` is the status of a REST reply; `ws` says whether a WebSocket
 * request is answered (`reply`) or the connection is closed with that code; `log` is the level at which
 * the refusal is logged; `meaning` is for `docs/protocol/errors.md`, which is generated from this table.
 */
export const ERRORS = {
  bad_request: {
    http: 400,
    ws: 'reply',
    log: 'debug',
    meaning: 'The request does not fit its schema. `details.paths` names the fields, never their values.',
  },
  sign_in_required: {
    http: 401,
    ws: 4401,
    log: 'info',
    meaning: 'No valid sign-in, key or ticket: missing, used, late or unknown are one answer.',
  },
  token_required: { http: 401, ws: 'reply', log: 'info', meaning: 'The room is private and no room token was given.' },
  token_invalid: {
    http: 401,
    ws: 'reply',
    log: 'info',
    meaning: 'The room token is malformed, unsigned, signed with another key or algorithm, or has a claim that does not hold.',
  },
  token_expired: { http: 401, ws: 'reply', log: 'info', meaning: 'The room token is past its `exp`.' },
  token_not_yet_valid: { http: 401, ws: 'reply', log: 'info', meaning: 'The room token is before its `nbf`.' },
  token_wrong_room: { http: 403, ws: 'reply', log: 'info', meaning: 'The room token is for another room or team.' },
  capability_invalid: {
    http: 401,
    ws: 'reply',
    log: 'info',
    meaning: 'The media capability is missing, unknown or replaced by a newer one.',
  },
  not_allowed: { http: 403, ws: 'reply', log: 'info', meaning: 'Signed in, but the role or grant does not permit this.' },
  banned: { http: 403, ws: 4403, log: 'info', meaning: 'Banned from this room.' },
  removed: { http: 403, ws: 4411, log: 'info', meaning: 'A moderator removed this participant from the meeting.' },
  turned_away: { http: 403, ws: 4412, log: 'info', meaning: 'A moderator turned this person away at the lobby.' },
  room_locked: { http: 403, ws: 'reply', log: 'info', meaning: 'The meeting is locked: nobody new may come in or wait in its lobby.' },
  password_required: { http: 401, ws: 'reply', log: 'info', meaning: 'The room has a password and none was given.' },
  password_wrong: { http: 401, ws: 'reply', log: 'info', meaning: 'The password is not that of the room.' },
  invite_invalid: { http: 401, ws: 'reply', log: 'info', meaning: 'The invite was revoked, is unknown or is for another room.' },
  invite_expired: { http: 401, ws: 'reply', log: 'info', meaning: 'The invite is past its time.' },
  invite_used: { http: 403, ws: 'reply', log: 'info', meaning: 'As many people as the invite is for have used it already.' },
  mail_not_configured: { http: 409, ws: 'reply', log: 'info', meaning: 'This installation has no mail server, so it sends no mail.' },
  mail_limit_reached: {
    http: 429,
    ws: 'reply',
    log: 'info',
    meaning: 'The team has sent as many invites by mail as it may in 24 hours; `retryAfterMs` says when it may send another one.',
  },
  broadcasters_full: {
    http: 409,
    ws: 'reply',
    log: 'debug',
    meaning: 'As many people as the room allows at once may already send microphone or camera.',
  },
  not_found: { http: 404, ws: 'reply', log: 'debug', meaning: 'There is no such thing, or its existence must not leak.' },
  conflict: { http: 409, ws: 'reply', log: 'debug', meaning: 'The state does not allow this, for example a name that is taken.' },
  replaced: { http: 409, ws: 4409, log: 'info', meaning: 'The same participant connected from another place; this connection ended.' },
  media_lost: {
    http: 410,
    ws: 'reply',
    log: 'info',
    meaning: 'The transports of this capability are gone; ask signalling for `media.restart`.',
  },
  session_ended: { http: 410, ws: 4410, log: 'info', meaning: 'The session is over or the participant has left it.' },
  stale: { http: 412, ws: 'reply', log: 'debug', meaning: '`If-Match` names an older version.' },
  too_large: { http: 413, ws: 1009, log: 'info', meaning: 'Larger than the limit in `limits.ts`.' },
  invalid_settings: {
    http: 422,
    ws: 'reply',
    log: 'debug',
    meaning: 'A setting of the public REST interface is out of range. `errors` maps fields to texts.',
  },
  rate_limited: { http: 429, ws: 4429, log: 'info', meaning: 'Too many requests; `Retry-After` or `retryAfterMs` says when to come back.' },
  internal: { http: 500, ws: 1011, log: 'error', meaning: 'Our fault. No detail leaves; `requestId` finds the log line.' },
  maintenance: { http: 503, ws: 4503, log: 'warn', meaning: 'The server is stopping or starting; come back with jitter.' },
  unavailable: { http: 503, ws: 'reply', log: 'warn', meaning: 'A part that this needs (database, media node) does not answer now.' },
  no_capacity: { http: 503, ws: 'reply', log: 'warn', meaning: 'No media node can take more.' },
  room_full: { http: 403, ws: 'reply', log: 'info', meaning: 'The room holds as many participants as it may.' },
} as const satisfies Record<string, { http: number; ws: 'reply' | number; log: 'debug' | 'info' | 'warn' | 'error'; meaning: string }>;

export type ErrorCode = keyof typeof ERRORS;

export const ERROR_CODES = Object.keys(ERRORS) as ErrorCode[]; // keys of a const object: exactly ErrorCode

export function isErrorCode(value: unknown): value is ErrorCode {
  return typeof value === 'string' && Object.hasOwn(ERRORS, value);
}

/** What an error may tell beside its code. `paths` are field paths, `errors` texts per field; never input values. */
export interface ErrorDetails {
  paths?: string[];
  errors?: Record<string, string[]>;
  retryAfterMs?: number;
}

/** The only error that crosses a boundary. Callers switch on `code`; people see text translated from `code`. */
export class AppError extends Error {
  readonly code: ErrorCode;
  readonly details: ErrorDetails | undefined;

  constructor(code: ErrorCode, options: { details?: ErrorDetails; cause?: unknown } = {}) {
    super(code, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'AppError';
    this.code = code;
    this.details = options.details;
  }
}
