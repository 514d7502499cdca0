import { useCallback } from 'react';
import { useTranslation } from 'react-i18next';
import { useToast } from './Toast.tsx';

/** Copies a link and says whether that worked. */
export function useCopyLink(): (link: string) => Promise<void> {
  const { t } = useTranslation('common');
  const toast = useToast();
  return useCallback(
    async (link: string) => {
      try {
        await navigator.clipboard.writeText(link);
        toast({ text: t('linkCopied') });
      } catch {
        toast({ tone: 'danger', text: t('copyFailed') });
      }
    },
    [t, toast],
  );
}
