import type { DeviceProblem } from '../session/state.ts';

export type ProblemKey =
  | `${'camera' | 'microphone' | 'both'}${'PermissionDenied' | 'NotFound' | 'InUse' | 'Unknown'}`
  | 'insecureContext'
  | 'unsupported';

const SUFFIX = {
  permission_denied: 'PermissionDenied',
  not_granted: 'PermissionDenied',
  not_found: 'NotFound',
  in_use: 'InUse',
  ended_by_system: 'NotFound',
  unknown: 'Unknown',
} as const satisfies Partial<Record<DeviceProblem, string>>;

/** Which texts to show for the problems of the two devices: one where both have the same, none where there is none. */
export function problemKeys(microphone: DeviceProblem | null, camera: DeviceProblem | null): ProblemKey[] {
  if (microphone !== null && microphone === camera) return [keyOf('both', microphone)];
  const keys: ProblemKey[] = [];
  if (camera !== null) keys.push(keyOf('camera', camera));
  if (microphone !== null) keys.push(keyOf('microphone', microphone));
  return keys;
}

function keyOf(device: 'camera' | 'microphone' | 'both', problem: DeviceProblem): ProblemKey {
  if (problem === 'insecure_context') return 'insecureContext';
  if (problem === 'unsupported') return 'unsupported';
  return `${device}${SUFFIX[problem]}`;
}

/** The page or the browser itself is unfit: neither another try nor another device can help. */
export function isOfPage(key: ProblemKey): boolean {
  return key === 'insecureContext' || key === 'unsupported';
}
