import { useSession } from './session-context.tsx';

/** The link that others open: never with one's own token in it. */
export function useRoomUrl(): string {
  const friendlyUrl = useSession((state) => state.room?.friendlyUrl ?? '');
  return `${globalThis.location.origin}/${encodeURIComponent(friendlyUrl)}`;
}
