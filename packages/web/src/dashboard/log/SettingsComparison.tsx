import { useTranslation } from 'react-i18next';
import { Panel } from './Panel.tsx';
import { settingChanges, ShownValue } from './values.tsx';

/** Which settings an event changed: before and after side by side, on a phone one under the other. */
export function SettingsComparison({ data }: { data: Readonly<Record<string, unknown>> }) {
  const { t } = useTranslation('log');
  const { changes, isNew } = settingChanges(data);
  if (changes.length === 0) return null;
  return (
    <Panel title={t(isNew ? 'detail.initial' : 'detail.changes')}>
      <table className="w-full table-fixed text-sm max-sm:block">
        <thead className="text-left text-muted max-sm:sr-only">
          <tr>
            <th scope="col" className="py-2 pr-4 font-medium">
              {t('detail.setting')}
            </th>
            {!isNew && (
              <th scope="col" className="py-2 pr-4 font-medium">
                {t('detail.before')}
              </th>
            )}
            <th scope="col" className="py-2 font-medium">
              {t('detail.after')}
            </th>
          </tr>
        </thead>
        <tbody className="max-sm:block">
          {changes.map(({ name, before, after }) => (
            <tr key={name} className="border-t border-line align-top max-sm:block max-sm:py-3">
              <th
                scope="row"
                className="py-2.5 pr-4 text-left font-mono text-[0.8125rem] font-medium wrap-anywhere max-sm:block max-sm:py-0"
              >
                {name}
              </th>
              {!isNew && <Cell label={t('detail.before')} value={before} tone="before" />}
              <Cell label={t('detail.after')} value={after} tone="after" />
            </tr>
          ))}
        </tbody>
      </table>
    </Panel>
  );
}

function Cell({ label, value, tone }: { label: string; value: unknown; tone: 'before' | 'after' }) {
  return (
    <td className="py-2.5 pr-4 wrap-anywhere max-sm:mt-1.5 max-sm:flex max-sm:gap-3 max-sm:py-0">
      <span aria-hidden="true" className="w-16 shrink-0 text-muted sm:hidden">
        {label}
      </span>
      <span className={tone === 'before' ? 'text-muted line-through decoration-line-strong' : 'font-medium'}>
        <ShownValue value={value} />
      </span>
    </td>
  );
}
