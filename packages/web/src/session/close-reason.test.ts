import { AppError } from '@conclave/protocol/errors';
import { expect, test } from 'vitest';
import { decideAfterClose, decideAfterFailure } from './close-reason.ts';
import { SignallingLost } from './signalling-client.ts';

test.each([
  [4401, { kind: 'rejoin' }],
  [4403, { kind: 'end', reason: 'banned' }],
  [4409, { kind: 'end', reason: 'replaced' }],
  [4410, { kind: 'end', reason: 'session_ended' }],
  [4429, { kind: 'reconnect', minDelayMs: 1000 }],
  [4503, { kind: 'reconnect', minDelayMs: 1000 }],
  [1006, { kind: 'reconnect', minDelayMs: 0 }],
  [1011, { kind: 'reconnect', minDelayMs: 0 }],
  [4999, { kind: 'reconnect', minDelayMs: 0 }],
])('a connection closed with %i leads to %o', (code, after) => {
  expect(decideAfterClose(code)).toEqual(after);
});

test('a refusal that will not pass is told, one that may pass is waited for', () => {
  expect(decideAfterFailure(new AppError('room_full'))).toEqual({ kind: 'fail', code: 'room_full' });
  expect(decideAfterFailure(new AppError('token_expired'))).toEqual({ kind: 'fail', code: 'token_expired' });
  expect(decideAfterFailure(new AppError('unavailable'))).toEqual({ kind: 'reconnect', minDelayMs: 1000 });
  expect(decideAfterFailure(new AppError('rate_limited', { details: { retryAfterMs: 7000 } }))).toEqual({
    kind: 'reconnect',
    minDelayMs: 7000,
  });
});

test('an unanswered request and a network that is away are reasons to try again', () => {
  expect(decideAfterFailure(new SignallingLost('silence', { timedOut: true }))).toEqual({ kind: 'reconnect', minDelayMs: 0 });
  expect(decideAfterFailure(new TypeError('Failed to fetch'))).toEqual({ kind: 'reconnect', minDelayMs: 0 });
});
