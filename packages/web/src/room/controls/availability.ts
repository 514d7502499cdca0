import type { Grants } from '@conclave/protocol/roles';

export type ControlSource = 'microphone' | 'camera' | 'screen';

export type Availability = { kind: 'available' } | { kind: 'not_granted' } | { kind: 'not_supported' };

/** What one may press. What the role does not grant is shown, disabled, with the reason; stopping is always possible. */
export function availabilityOf(
  source: ControlSource,
  input: { grants: Grants | undefined; on: boolean; canShareScreen: boolean },
): Availability {
  if (input.on) return { kind: 'available' };
  if (input.grants && !input.grants[source]) return { kind: 'not_granted' };
  if (source === 'screen' && !input.canShareScreen) return { kind: 'not_supported' };
  return { kind: 'available' };
}

export function canShareScreen(): boolean {
  return typeof navigator.mediaDevices?.getDisplayMedia === 'function';
}
