import { useId, type ReactNode } from 'react';

export interface CheckboxProps {
  label: ReactNode;
  checked: boolean;
  onChange(checked: boolean): void;
  disabled?: boolean;
}

/** The platform's own box with our colour: best on phones and with assistive tools. */
export function Checkbox({ label, checked, onChange, disabled = false }: CheckboxProps) {
  const id = useId();
  return (
    <div className="flex min-w-0 items-start gap-2.5 pointer-coarse:py-1.5">
      <input
        id={id}
        type="checkbox"
        checked={checked}
        disabled={disabled}
        onChange={({ target }) => onChange(target.checked)}
        className="mt-0.5 size-4.5 shrink-0 accent-accent"
      />
      <label htmlFor={id} className="min-w-0 text-sm wrap-anywhere">
        {label}
      </label>
    </div>
  );
}
