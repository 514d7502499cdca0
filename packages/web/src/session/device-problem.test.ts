import { expect, test } from 'vitest';
import { browserProblem, classifyDeviceError } from './device-problem.ts';
import { groupDevices } from './devices.ts';
import { problemOfShare } from './screen-share.ts';

test.each([
  ['NotAllowedError', 'permission_denied'],
  ['SecurityError', 'permission_denied'],
  ['NotFoundError', 'not_found'],
  ['OverconstrainedError', 'not_found'],
  ['NotReadableError', 'in_use'],
  ['AbortError', 'in_use'],
  ['SomethingNew', 'unknown'],
])('%s means %s', (name, problem) => {
  expect(classifyDeviceError(new DOMException('', name))).toBe(problem);
});

test('what is not an error at all is unknown', () => {
  expect(classifyDeviceError('no')).toBe('unknown');
});

test('a page without HTTPS is told apart from a browser without WebRTC', () => {
  expect(browserProblem({ isSecureContext: false } as typeof globalThis)).toBe('insecure_context');
  expect(browserProblem({ isSecureContext: true } as typeof globalThis)).toBe('unsupported');
});

test("closing the browser's dialog is no problem, the system's refusal is one", () => {
  expect(problemOfShare(new DOMException('Permission denied', 'NotAllowedError'))).toBeNull();
  expect(problemOfShare(new DOMException('Permission denied by system', 'NotAllowedError'))).toBe('permission_denied');
  expect(problemOfShare(new DOMException('', 'NotReadableError'))).toBe('in_use');
});

test('devices without an id cannot be chosen and are not listed; names show that a permission was given', () => {
  const list = groupDevices([
    { deviceId: '', kind: 'audioinput', label: '' },
    { deviceId: 'cam', kind: 'videoinput', label: 'Front camera' },
  ]);
  expect(list).toEqual({ microphones: [], cameras: [{ id: 'cam', label: 'Front camera' }], speakers: [], labelled: true });
});
