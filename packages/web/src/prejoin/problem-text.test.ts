import { describe, expect, test } from 'vitest';
import { problemKeys } from './problem-text.ts';

describe('device problems', () => {
  test('one text where both devices have the same problem', () =>
    expect(problemKeys('permission_denied', 'permission_denied')).toEqual(['bothPermissionDenied']));
  test('one text each where they differ', () => expect(problemKeys('not_found', 'in_use')).toEqual(['cameraInUse', 'microphoneNotFound']));
  test('nothing to say where nothing is wrong', () => expect(problemKeys(null, null)).toEqual([]));
  test('what is wrong with the page is not blamed on a device', () => {
    expect(problemKeys('insecure_context', null)).toEqual(['insecureContext']);
    expect(problemKeys(null, 'unsupported')).toEqual(['unsupported']);
  });
});
