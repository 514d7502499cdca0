import { useTranslation } from 'react-i18next';
import { useSession } from '../session-context.tsx';

/** What one calls somebody of a role: the built-in ones in the reader's language, the team's own as the team named them. */
export function useRoleName(): (role: string) => string {
  const { t } = useTranslation('room');
  const roles = useSession((state) => state.room?.roles);
  return (role) => {
    switch (role) {
      case 'moderator':
      case 'speaker':
      case 'attendee':
        return t(`people.roles.${role}`);
      default:
        return roles?.find(({ name }) => name === role)?.displayName ?? role;
    }
  };
}
