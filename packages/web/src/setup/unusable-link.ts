import type { Failure } from '../app/api.ts';

/** A used owner link, or one that never was: a malformed token is as useless as a used one. */
export function isUnusableLink(failure: Failure): boolean {
  return (
    failure.code === 'sign_in_required' || failure.code === 'bad_request' || failure.code === 'not_found' || failure.code === 'conflict'
  );
}
