import { useCallback } from 'react';
import { useTranslation } from 'react-i18next';
import { useToast } from '../../ui/Toast.tsx';
import { useCommands } from '../session-context.tsx';
import { OFFERS, UNDONE_BY } from './offers.ts';
import type { Answer, OfferName } from './offers.ts';
import type { ParticipantView } from '@conclave/protocol/signalling/views';

export interface Outcome {
  /** Said when it worked; nothing is said of what can be seen anyway. */
  done?: string;
  undo?: () => Promise<Answer>;
}

/** Waits for an answer, tells how it went, and offers the way back where there is one. True when it worked. */
export function useTell(): (asked: Promise<Answer>, outcome?: Outcome) => Promise<boolean> {
  const { t } = useTranslation(['room', 'errors']);
  const toast = useToast();
  return useCallback(
    async function tell(asked: Promise<Answer>, { done, undo }: Outcome = {}): Promise<boolean> {
      const answer = await asked;
      if (!answer.ok) {
        toast({ tone: 'danger', text: t('room:moderation.failed', { reason: t(`errors:${answer.code}.title`) }) });
        return false;
      }
      const action = undo && { label: t('room:moderation.undo'), onAction: () => void tell(undo()) };
      if (done !== undefined) toast({ text: done, ...(action && { action }) });
      return true;
    },
    [t, toast],
  );
}

/** Carries out what the menu of a person offers. */
export function useOffer(): (name: OfferName, person: ParticipantView) => void {
  const { t } = useTranslation('room');
  const { ask } = useCommands();
  const tell = useTell();
  return (name, person) => {
    const back = UNDONE_BY[name];
    void tell(OFFERS[name].ask(ask, person.id), {
      ...(isSaid(name) && { done: t(`moderation.told.${name}`, { name: person.name }) }),
      ...(back && { undo: () => OFFERS[back].ask(ask, person.id) }),
    });
  };
}

type Said = Exclude<OfferName, 'mute' | 'stopCamera' | 'stopScreen' | 'lowerHand'>;
/** What is stopped is seen to stop. */
const isSaid = (name: OfferName): name is Said => !['mute', 'stopCamera', 'stopScreen', 'lowerHand'].includes(name);
