import { useTranslation } from 'react-i18next';
import type { Failure } from '../../app/api.ts';
import { Banner } from '../../ui/Banner.tsx';
import { usesIn } from './role-form.ts';

/** Why a role was not stored or deleted; where something uses it, what. `field`: where the server says so. */
export function RoleFailure({ failure, field }: { failure: Failure; field: 'name' | 'role' }) {
  const { t } = useTranslation(['roles', 'errors']);
  const texts = failure.errors[field] ?? [];
  if (texts.includes('is taken')) return <Banner tone="danger" live="alert" title={t('roles:dialog.nameTaken')} />;
  const uses = usesIn(texts);
  if (uses.length > 0)
    return (
      <Banner tone="warn" live="alert" title={t('roles:inUse')}>
        <ul className="list-disc pl-4 wrap-anywhere">
          {uses.map(({ kind, name }) => (
            <li key={`${kind} ${name}`}>{t(`roles:use.${kind}`, { name })}</li>
          ))}
        </ul>
      </Banner>
    );
  return (
    <Banner tone="danger" live="alert" title={t(`errors:${failure.code}.title`)}>
      {t(`errors:${failure.code}.action`)}
    </Banner>
  );
}
