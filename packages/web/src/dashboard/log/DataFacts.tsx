import { EventCategory } from '@conclave/protocol/events/event';
import { Link } from '../../app/navigation.tsx';
import { useTranslation } from 'react-i18next';
import type { log } from '../../ui/strings/en/log.ts';
import { EventTime } from './EventTime.tsx';
import { Fact, Facts, Panel } from './Panel.tsx';
import type { LogT } from './sentences.ts';
import { ShownValue } from './values.tsx';

type DataName = keyof typeof log.data;

/** What an event says beside who, when and where. Settings before and after have a table of their own. */
export function DataFacts({ data }: { data: Readonly<Record<string, unknown>> }) {
  const { t, i18n } = useTranslation('log');
  const entries = Object.entries(data).filter(([name]) => name !== 'before' && name !== 'after');
  if (entries.length === 0) return null;
  const nameOf = (name: string) => (i18n.exists(`log:data.${name}`) ? t(`data.${name as DataName}`) : name); // it was just looked up
  return (
    <Panel title={t('detail.facts')}>
      <Facts>
        {entries.map(([name, value]) => (
          <Fact key={name} name={nameOf(name)}>
            <DataValue name={name} value={value} />
          </Fact>
        ))}
      </Facts>
    </Panel>
  );
}

function DataValue({ name, value }: { name: string; value: unknown }) {
  const { t } = useTranslation('log');
  if (typeof value === 'number' && name.endsWith('AtMs')) return <EventTime timeMs={value} form="full" />;
  if (typeof value === 'number' && (name === 'notBeforeS' || name === 'expiresAtS')) return <EventTime timeMs={value * 1000} form="full" />;
  if (name === 'olderThan' && typeof value === 'string') return <EventTime timeMs={Date.parse(value)} form="full" />;
  if (name === 'seqs' && Array.isArray(value)) return <EventLinks seqs={value.filter((seq) => Number.isSafeInteger(seq)) as number[]} />; // just checked
  const words = wordsFor(t, name, value);
  return words === null ? <ShownValue value={value} /> : <>{words}</>;
}

/** Our words for values that come from a list of ours; null for all others. */
function wordsFor(t: LogT, name: string, value: unknown): string | null {
  if (name === 'grants' && typeof value === 'object' && value !== null) {
    const given = Object.entries(value).filter(([grant, on]) => on === true && grant in GRANTS);
    return given.map(([grant]) => t(`grant.${grant as keyof typeof GRANTS}`)).join(', '); // `in` says that it is a key
  }
  if (name === 'role' && ROLES.some((role) => role === value)) return t(`role.${value as (typeof ROLES)[number]}`); // just found
  if (name === 'category' && EventCategory.safeParse(value).success) return t(`category.${value as EventCategory}`); // just parsed
  return null;
}

const GRANTS = { microphone: true, camera: true, screen: true, receive: true };
const ROLES = ['moderator', 'speaker', 'attendee'] as const;

/** Links to events by their numbers. */
export function EventLinks({ seqs }: { seqs: readonly number[] }) {
  const { t } = useTranslation('log');
  return (
    <span className="inline-flex flex-wrap gap-x-3 gap-y-1">
      {seqs.map((seq) => (
        <Link
          key={seq}
          to={`/dashboard/log/${seq}`}
          aria-label={t('openEvent', { seq })}
          className="tabular-nums underline decoration-line-strong underline-offset-3 hover:decoration-current"
        >
          {seq}
        </Link>
      ))}
    </span>
  );
}
