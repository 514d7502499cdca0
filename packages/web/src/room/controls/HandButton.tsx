import { Hand } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { mayI } from '../moderation/offers.ts';
import { useTell } from '../moderation/use-moderate.ts';
import { useCommands, useSession } from '../session-context.tsx';
import { ControlButton } from './ControlButton.tsx';

export interface HandControl {
  isUp: boolean;
  /** Down, and the role does not permit to raise it: there is nothing to press. */
  hidden: boolean;
  toggle(): void;
}

export function useHand(): HandControl {
  const { ask } = useCommands();
  const tell = useTell();
  const isUp = useSession(({ self, participants }) => (participants[self?.participantId ?? '']?.handRaisedAtMs ?? null) !== null);
  const mayRaise = useSession((state) => mayI(state, 'hand.raise'));
  const hidden = !isUp && !mayRaise;
  return {
    isUp,
    hidden,
    toggle: () => {
      if (!hidden) void tell(isUp ? ask('hand.lower', {}) : ask('hand.raise', {}));
    },
  };
}

export function HandButton() {
  const { t } = useTranslation('room');
  const { isUp, hidden, toggle } = useHand();
  if (hidden) return null;
  return (
    <ControlButton
      label={t(isUp ? 'moderation.lowerOwnHand' : 'moderation.raiseHand')}
      icon={<Hand aria-hidden="true" />}
      tone={isUp ? 'active' : 'plain'}
      shortcut="H"
      onClick={toggle}
    />
  );
}
