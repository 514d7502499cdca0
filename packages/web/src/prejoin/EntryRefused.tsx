import { CalendarX2, Compass, Link2Off, Lock, ServerOff, UserX, UsersRound, WifiOff, type LucideIcon } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { CheckButton } from '../check/CheckLink.tsx';
import { CheckAfterFailure } from '../check/CheckAfterFailure.tsx';
import { FullPage } from '../app/FullPage.tsx';
import { useDocumentTitle } from '../app/use-document-title.ts';
import { Button } from '../ui/Button.tsx';
import { ErrorState } from '../ui/StatePanel.tsx';
import type { ShownError } from '../ui/strings/en/errors.ts';

const ICONS: Partial<Record<ShownError, LucideIcon>> = {
  not_found: Compass,
  token_required: Lock,
  not_allowed: Lock,
  banned: Lock,
  token_expired: CalendarX2,
  token_not_yet_valid: CalendarX2,
  session_ended: CalendarX2,
  token_invalid: Link2Off,
  token_wrong_room: Link2Off,
  invite_invalid: Link2Off,
  invite_expired: CalendarX2,
  invite_used: UserX,
  room_full: UsersRound,
  network: WifiOff,
};

/** Refusals that a later try cannot change. */
const FINAL: readonly ShownError[] = [
  'not_found',
  'token_required',
  'token_invalid',
  'token_expired',
  'token_wrong_room',
  'invite_invalid',
  'invite_expired',
  'invite_used',
  'banned',
  'not_allowed',
  'session_ended',
];

/** Why this link does not open the room, and what to do. */
export function EntryRefused({ code, onRetry }: { code: ShownError; onRetry(): void }) {
  const { t } = useTranslation(['errors', 'prejoin', 'common']);
  const Icon = ICONS[code] ?? ServerOff;
  const text =
    code === 'not_found' || code === 'not_allowed' || code === 'session_ended'
      ? { title: t(`prejoin:refused.${code}.title`), action: t(`prejoin:refused.${code}.action`) }
      : { title: t(`errors:${code}.title`), action: t(`errors:${code}.action`) };
  useDocumentTitle(text.title);
  return (
    <FullPage>
      <ErrorState
        level={1}
        icon={<Icon aria-hidden="true" />}
        title={text.title}
        {...(FINAL.includes(code)
          ? {}
          : {
              actions: (
                <>
                  <Button tone="primary" onClick={onRetry}>
                    {t('common:tryAgain')}
                  </Button>
                  {code === 'network' && <CheckButton leaves />}
                </>
              ),
            })}
      >
        {text.action}
      </ErrorState>
      {code === 'network' && <CheckAfterFailure />}
    </FullPage>
  );
}
