import { KEPT_IN_BROWSER, KEPT_NAMES, type KeptEntry, type KeptName } from '@conclave/protocol/kept-in-browser';
import { useId } from 'react';
import { useTranslation } from 'react-i18next';
import { PageHeader } from '../app/FullPage.tsx';
import { useDocumentTitle } from '../app/use-document-title.ts';
import { Badge } from '../ui/Badge.tsx';

/** What this site keeps in a browser, for how long and why. Open to everybody; nothing is asked of the server. */
export function PrivacyPage() {
  const { t } = useTranslation('privacy');
  useDocumentTitle(t('title'));
  return (
    <div className="flex min-h-dvh flex-col">
      <PageHeader />
      <main className="mx-auto w-full max-w-3xl px-4 pt-4 pb-20 sm:px-6">
        <h1 className="text-3xl font-semibold tracking-tight">{t('title')}</h1>
        <p className="mt-3 text-muted">{t('lead')}</p>
        <KeptList title={t('necessary')} text={t('necessaryText')} names={KEPT_NAMES.filter((name) => KEPT_IN_BROWSER[name].isNecessary)} />
        <KeptList title={t('chosen')} text={t('chosenText')} names={KEPT_NAMES.filter((name) => !KEPT_IN_BROWSER[name].isNecessary)} />
        <p className="mt-8 text-sm text-muted">{t('nobodyElse')}</p>
      </main>
    </div>
  );
}

function KeptList({ title, text, names }: { title: string; text: string; names: readonly KeptName[] }) {
  const id = useId();
  return (
    <section aria-labelledby={id} className="mt-10">
      <h2 id={id} className="text-lg font-semibold tracking-tight">
        {title}
      </h2>
      <p className="mt-1 text-sm text-muted">{text}</p>
      <ul aria-labelledby={id} className="mt-4 divide-y divide-line rounded-3xl border border-line bg-surface px-5 sm:px-6">
        {names.map((name) => (
          <Kept key={name} name={name} entry={KEPT_IN_BROWSER[name]} />
        ))}
      </ul>
    </section>
  );
}

function Kept({ name, entry }: { name: KeptName; entry: KeptEntry }) {
  const { t } = useTranslation('privacy');
  return (
    <li className="py-4">
      <div className="flex flex-wrap items-center gap-x-3 gap-y-1.5">
        <h3 className="font-medium">{t(`entries.${name}.title`)}</h3>
        <Badge>{t(`kind.${entry.kind}`)}</Badge>
      </div>
      <p className="mt-1 font-mono text-xs text-muted wrap-anywhere">
        {entry.name}
        {entry.perRoom && <span className="italic">{t('perRoom')}</span>}
      </p>
      <p className="mt-2 text-sm">{t(`entries.${name}.purpose`)}</p>
      <dl className="mt-2 flex flex-wrap gap-x-6 gap-y-1 text-sm text-muted">
        <Fact term={t('life')} fact={entry.lifeS === null ? t(`until.${entry.kind}`) : t('days', { count: entry.lifeS / 86_400 })} />
        <Fact term={t('strictlyNecessary')} fact={t(entry.isNecessary ? 'yes' : 'no')} />
      </dl>
    </li>
  );
}

function Fact({ term, fact }: { term: string; fact: string }) {
  return (
    <div className="flex gap-1.5">
      <dt>{term}:</dt>
      <dd className="font-medium text-ink">{fact}</dd>
    </div>
  );
}
