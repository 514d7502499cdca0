import { useTranslation } from 'react-i18next';
import { Button } from '../../ui/Button.tsx';
import { useTell } from '../moderation/use-moderate.ts';
import { useCommands } from '../session-context.tsx';

export function LetInAll() {
  const { t } = useTranslation('room');
  const { ask } = useCommands();
  const tell = useTell();
  return (
    <Button size="small" tone="primary" onClick={() => void tell(ask('lobby.admit-all', {}))}>
      {t('lobby.letInAll')}
    </Button>
  );
}
