import { useTranslation } from 'react-i18next';
import { useCommands, useSession } from '../session-context.tsx';
import { availabilityOf, canShareScreen } from './availability.ts';
import type { ControlSource } from './availability.ts';

export interface MediaControl {
  on: boolean;
  busy: boolean;
  /** Why it cannot be used, in words; null when it can. */
  reason: string | null;
  hasProblem: boolean;
  toggle(): void;
}

/** Microphone, camera and share as the controls and the shortcuts use them. */
export function useMediaControls(): Record<ControlSource, MediaControl> {
  const { t } = useTranslation('room');
  const commands = useCommands();
  const local = useSession((state) => state.local);
  const grants = useSession((state) => state.self?.grants);
  const control = (source: ControlSource, set: (on: boolean) => Promise<void>): MediaControl => {
    const { on, busy, problem } = local[source];
    const { kind } = availabilityOf(source, { grants, on, canShareScreen: canShareScreen() });
    const reason =
      kind === 'available' ? null : kind === 'not_granted' ? t(`controls.notGranted.${source}`) : t('controls.notSupported.screen');
    return {
      on,
      busy,
      reason,
      hasProblem: problem !== null,
      toggle: () => {
        if (reason === null && !busy) void set(!on);
      },
    };
  };
  return {
    microphone: control('microphone', commands.setMicrophone),
    camera: control('camera', commands.setCamera),
    screen: control('screen', (on) => (on ? commands.startScreenShare() : commands.stopScreenShare())),
  };
}
