import { ChevronDown } from 'lucide-react';
import { useId, type ReactNode } from 'react';
import { cx } from './cx.ts';
import { fieldClass } from './TextField.tsx';

export interface SelectOption {
  value: string;
  label: string;
}

/** Options under a heading of their own. */
export interface SelectGroup {
  label: string;
  options: readonly SelectOption[];
}

export interface SelectProps {
  label: string;
  value: string;
  options: readonly (SelectOption | SelectGroup)[];
  onChange(value: string): void;
  icon?: ReactNode;
  disabled?: boolean;
  /** The label is for assistive tools alone; the icon says it to the eye. */
  hideLabel?: boolean;
  className?: string;
}

/**
 * The platform's own list in our dress: best on phones and with assistive tools, and it needs no style injected
 * at run time, which the content security policy would refuse.
 */
export function Select({ label, value, options, onChange, icon, disabled = false, hideLabel = false, className }: SelectProps) {
  const id = useId();
  return (
    <div className={cx('flex min-w-0 flex-col gap-1.5', className)}>
      <label htmlFor={id} className={hideLabel ? 'sr-only' : 'text-sm font-medium'}>
        {label}
      </label>
      <div className="relative">
        {icon !== undefined && (
          <span className="pointer-events-none absolute inset-y-0 left-3.5 flex items-center text-muted [&_svg]:size-4.5">{icon}</span>
        )}
        <select
          id={id}
          value={value}
          disabled={disabled}
          onChange={(event) => onChange(event.target.value)}
          className={cx(fieldClass, 'h-11 truncate pr-10 text-sm', icon !== undefined && 'pl-10')}
        >
          {options.map((option) =>
            'options' in option ? (
              <optgroup key={option.label} label={option.label}>
                {option.options.map(toOption)}
              </optgroup>
            ) : (
              toOption(option)
            ),
          )}
        </select>
        <ChevronDown aria-hidden="true" className="pointer-events-none absolute top-1/2 right-3.5 size-4 -translate-y-1/2 text-muted" />
      </div>
    </div>
  );
}

function toOption({ value, label }: SelectOption) {
  return (
    <option key={value} value={value}>
      {label}
    </option>
  );
}
