import { Copy } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { Button } from '../ui/Button.tsx';
import { useToast } from '../ui/Toast.tsx';

/** The results as letters to be read out, and copied. */
export function SupportCode({ code }: { code: string }) {
  const { t } = useTranslation(['check', 'common']);
  const toast = useToast();
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(code);
      toast({ text: t('common:copied') });
    } catch {
      toast({ tone: 'danger', text: t('common:copyFailed') });
    }
  };
  return (
    <section aria-labelledby="support-code" className="mt-6 rounded-3xl border border-line bg-surface px-5 py-4 sm:px-6">
      <h2 id="support-code" className="font-medium">
        {t('check:code')}
      </h2>
      <div className="mt-2 flex flex-wrap items-center gap-x-4 gap-y-2">
        <p className="font-mono text-xl font-semibold tracking-wide select-all">{code}</p>
        <Button size="small" icon={<Copy aria-hidden="true" className="size-4" />} onClick={() => void copy()}>
          {t('common:copy')}
        </Button>
      </div>
      <p className="mt-2 text-sm text-muted">{t('check:codeText')}</p>
    </section>
  );
}
