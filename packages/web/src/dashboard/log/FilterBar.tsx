import { ERROR_CODES } from '@conclave/protocol/errors';
import { EVENT_CATEGORIES } from '@conclave/protocol/events/event';
import { EVENT_NAMES, EVENTS } from '@conclave/protocol/events/names';
import { ChevronDown, SlidersHorizontal, X } from 'lucide-react';
import { useCallback, useId, useState, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { Answer } from '../../app/api.ts';
import { useAnswer } from '../../app/use-answer.ts';
import { Button } from '../../ui/Button.tsx';
import { cx } from '../../ui/cx.ts';
import { Select } from '../../ui/Select.tsx';
import { TextField } from '../../ui/TextField.tsx';
import { roomTitle } from '../room-names.ts';
import { FILTER_KEYS, fromLocalField, isEmptyRange, toLocalField, withFilter, type FilterKey, type ShownFilter } from './filter.ts';
import { learnNames, nameAt, type ActorNames } from './actor-names.ts';
import { PersonName } from './ActorName.tsx';
import { fetchEvents } from './log-api.ts';
import { useRoomName, useKnownRooms } from './room-names.tsx';
import { clipText, visibleText } from './visible-text.ts';

interface FilterBarProps {
  filter: ShownFilter;
  onChange(filter: ShownFilter): void;
}

/** Narrows the log. On a phone it is folded away behind a button that says how many filters are set. */
export function FilterBar({ filter, onChange }: FilterBarProps) {
  const { t } = useTranslation('log');
  const id = useId();
  const [open, setOpen] = useState(false);
  const count = FILTER_KEYS.filter((key) => filter[key] !== undefined).length;
  return (
    <section aria-label={t('filter.title')} className="mb-3">
      <Button
        aria-expanded={open}
        aria-controls={id}
        onClick={() => setOpen(!open)}
        icon={<SlidersHorizontal aria-hidden="true" className="size-4" />}
        className="w-full justify-between! sm:hidden"
      >
        <span className="flex-1 text-left">{count > 0 ? t('filter.active', { count }) : t('filter.show')}</span>
        <ChevronDown aria-hidden="true" className={cx('size-4 transition-transform', open && 'rotate-180')} />
      </Button>
      <div id={id} className={cx('grid grid-cols-2 gap-3 sm:grid-cols-3', open ? 'max-sm:mt-3' : 'max-sm:hidden')}>
        <FilterFields filter={filter} onChange={onChange} />
      </div>
      {isEmptyRange(filter) && (
        <p role="alert" className="mt-2 text-sm text-danger-ink">
          {t('filter.rangeWrong')}
        </p>
      )}
      {count > 0 && <Chips filter={filter} onChange={onChange} />}
    </section>
  );
}

function FilterFields({ filter, onChange }: FilterBarProps) {
  const { t } = useTranslation('log');
  const set = (key: FilterKey) => (value: string) => onChange(withFilter(filter, key, value));
  const any = { value: '', label: t('filter.any') };
  const rooms = useRoomOptions(filter.room);
  const categories = EVENT_CATEGORIES.filter((category) => filter.category === undefined || filter.category === category);
  return (
    <>
      <Select
        label={t('filter.category')}
        value={filter.category ?? ''}
        onChange={(value) => onChange(withFilter(withFilter(filter, 'name', undefined), 'category', value))}
        options={[any, ...EVENT_CATEGORIES.map((value) => ({ value, label: t(`category.${value}`) }))]}
      />
      <Select
        label={t('filter.name')}
        value={filter.name ?? ''}
        onChange={set('name')}
        options={[
          any,
          ...categories.map((category) => ({
            label: t(`category.${category}`),
            options: EVENT_NAMES.filter((name) => EVENTS[name].category === category).map((value) => ({
              value,
              label: t(`eventName.${value}`),
            })),
          })),
        ]}
      />
      <Select
        label={t('filter.result')}
        value={filter.result ?? ''}
        onChange={set('result')}
        options={[
          any,
          { value: 'done', label: t('filter.done') },
          { value: 'refused', label: t('filter.refused') },
          { label: t('filter.each'), options: ERROR_CODES.map((value) => ({ value, label: t(`result.${value}`) })) },
        ]}
      />
      <Select label={t('filter.room')} value={filter.room ?? ''} onChange={set('room')} options={[any, ...rooms]} />
      <TimeField label={t('filter.from')} iso={filter.from} onChange={set('from')} />
      <TimeField label={t('filter.to')} iso={filter.to} onChange={set('to')} />
    </>
  );
}

/** The rooms that are known, and the one that is asked for even if it is not. */
function useRoomOptions(chosen: string | undefined) {
  const rooms = useKnownRooms();
  const nameOfRoom = useRoomName();
  const options = rooms.map((room) => ({ value: room.id as string, label: visibleText(clipText(roomTitle(room), 40).text) }));
  if (chosen !== undefined && !rooms.some((room) => room.id === chosen)) options.unshift({ value: chosen, label: nameOfRoom(chosen) });
  return options;
}

/** Keeps what is half typed, and tells only whole moments. */
function TimeField({ label, iso, onChange }: { label: string; iso: string | undefined; onChange(iso: string): void }) {
  return (
    <TextField
      // A moment that comes from elsewhere, such as the address, replaces what was typed.
      key={iso ?? ''}
      label={label}
      type="datetime-local"
      defaultValue={toLocalField(iso)}
      onBlur={(event) => {
        const typed = fromLocalField(event.target.value) ?? '';
        if (typed !== (iso ?? '') && toLocalField(iso) !== event.target.value) onChange(typed);
      }}
      onKeyDown={(event) => {
        if (event.key === 'Enter') event.currentTarget.blur();
      }}
      className="min-w-0 max-sm:col-span-2 [&_input]:px-3 [&_input]:text-sm"
    />
  );
}

/** Filters that have no field, each with a way to take it off, and one to take off all. */
function Chips({ filter, onChange }: FilterBarProps) {
  const { t } = useTranslation('log');
  const actor = useChosenActor(filter.actor);
  const chips = (['actor', 'session', 'target'] as const).flatMap((key) =>
    filter[key] === undefined ? [] : [{ key, value: filter[key] }],
  );
  return (
    <div className="mt-3 flex flex-wrap items-center gap-2">
      {chips.map(({ key, value }) => (
        <button
          key={key}
          type="button"
          aria-label={t('filter.remove', { what: t(`filter.${key}`) })}
          onClick={() => onChange(withFilter(filter, key, undefined))}
          className="inline-flex h-9 items-center gap-1.5 rounded-full bg-accent-soft pr-2.5 pl-3.5 text-sm font-medium text-accent-ink hover:bg-hover pointer-coarse:h-11"
        >
          {t(`filter.${key}`)}:{' '}
          {key === 'actor' && actor ? actor : <span className="font-mono text-[0.9em]">{visibleText(value.slice(0, 8))}</span>}
          <X aria-hidden="true" className="size-4" />
        </button>
      ))}
      <Button tone="ghost" size="small" onClick={() => onChange({})}>
        {t('filter.clear')}
      </Button>
    </div>
  );
}

/** What the actor that is filtered by was called last; null while that is not known. */
function useChosenActor(id: string | undefined): ReactNode {
  const { t } = useTranslation('log');
  const load = useCallback(
    async (signal: AbortSignal): Promise<Answer<ActorNames>> => {
      if (id === undefined) return { ok: true, data: new Map() };
      const answer = await fetchEvents({ actor: id }, { signal });
      return answer.ok ? { ok: true, data: learnNames(new Map(), answer.data.events) } : answer;
    },
    [id],
  );
  const { loaded } = useAnswer(load);
  if (id === undefined || loaded.kind !== 'ready') return null;
  const person = nameAt(loaded.data, id, Number.POSITIVE_INFINITY);
  return person.kind === 'unknown' ? null : <PersonName person={person} otherwise={t('who.visitor')} limit={30} />;
}
