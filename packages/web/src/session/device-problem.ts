import type { DeviceProblem } from './state.ts';

const BY_ERROR_NAME: Readonly<Record<string, DeviceProblem>> = {
  NotAllowedError: 'permission_denied',
  SecurityError: 'permission_denied',
  NotFoundError: 'not_found',
  DevicesNotFoundError: 'not_found',
  OverconstrainedError: 'not_found',
  NotReadableError: 'in_use',
  TrackStartError: 'in_use',
  AbortError: 'in_use',
  NotSupportedError: 'unsupported',
  TypeError: 'unsupported',
};

/** What a rejected `getUserMedia` or `getDisplayMedia` means to the person. Old names are those of earlier Chromium versions. */
export function classifyDeviceError(error: unknown): DeviceProblem {
  const name = error instanceof Error || error instanceof DOMException ? error.name : '';
  return BY_ERROR_NAME[name] ?? 'unknown';
}

/**
 * Whether this page can hold a meeting at all, before any permission is asked. Browsers hide `mediaDevices` in pages without HTTPS,
 * so the insecure context is told apart from a browser that lacks WebRTC.
 */
export function browserProblem(scope: typeof globalThis = globalThis): 'insecure_context' | 'unsupported' | null {
  if (!scope.isSecureContext) return 'insecure_context';
  const able = typeof scope.RTCPeerConnection === 'function' && typeof scope.navigator?.mediaDevices?.getUserMedia === 'function';
  return able ? null : 'unsupported';
}
