import type { ChatAudience } from '@conclave/protocol/signalling/views';
import { Globe, Lock, UsersRound } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { useShallow } from 'zustand/react/shallow';
import { Select } from '../../ui/Select.tsx';
import type { SelectGroup, SelectOption } from '../../ui/Select.tsx';
import { useSession } from '../session-context.tsx';
import { useAudienceName } from './AudienceMark.tsx';
import { choicesOf } from './chat-audience.ts';

const ICONS = {
  everyone: <Globe aria-hidden="true" />,
  group: <UsersRound aria-hidden="true" />,
  participant: <Lock aria-hidden="true" />,
};

/** Whom one writes to. Absent where there is no choice. */
export function AudiencePicker({ to, onChange }: { to: ChatAudience; onChange(to: ChatAudience): void }) {
  const { t } = useTranslation('room');
  const audienceName = useAudienceName();
  const seat = useSession(useShallow(({ self, room, participants, order }) => ({ self, room, participants, order })));
  const { everyone, group, people } = choicesOf(seat, seat.order);
  const known = [
    ...(everyone ? [{ kind: 'everyone' } as const] : []),
    ...(group ? [{ kind: 'group' } as const] : []),
    ...people.map(({ id, name }) => ({ kind: 'participant', participantId: id, name }) as const),
  ];
  const isKnown = known.some((audience) => valueOf(audience) === valueOf(to));
  if (known.length === 0 || (known.length === 1 && isKnown)) return null;
  const option = (audience: ChatAudience): SelectOption => ({ value: valueOf(audience), label: audienceName(audience) });
  const isPerson = ({ kind }: ChatAudience) => kind === 'participant';
  const options: (SelectOption | SelectGroup)[] = [
    // Who is not there any more, or what was closed, stays chosen until one chooses another: the audience never changes by itself.
    ...(isKnown ? [] : [option(to)]),
    ...known.filter((audience) => !isPerson(audience)).map(option),
    ...(people.length > 0 ? [{ label: t('chat.onePerson'), options: known.filter(isPerson).map(option) }] : []),
  ];
  return (
    <Select
      label={t('chat.to')}
      hideLabel
      icon={ICONS[to.kind]}
      value={valueOf(to)}
      options={options}
      onChange={(value) => {
        const chosen = known.find((audience) => valueOf(audience) === value);
        if (chosen) onChange(chosen);
      }}
    />
  );
}

function valueOf(to: ChatAudience): string {
  return to.kind === 'participant' ? to.participantId : to.kind;
}
