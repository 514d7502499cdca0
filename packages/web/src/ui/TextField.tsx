import { Eye, EyeOff } from 'lucide-react';
import { useId, useState, type ComponentProps, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { cx } from './cx.ts';

export const fieldClass = cx(
  'w-full rounded-xl border border-line-strong bg-surface px-3.5 text-base text-ink transition-colors duration-100',
  'hover:border-muted focus-visible:border-accent focus-visible:outline-offset-0 aria-invalid:border-danger',
  'disabled:bg-sunken disabled:text-muted disabled:border-line',
);

interface FieldFrame {
  label: string;
  /** Stays visible under the field. */
  hint?: ReactNode;
  /** What is wrong and what to do; marks the field as invalid. */
  error?: string | false | null | undefined;
}

export interface TextFieldProps extends ComponentProps<'input'>, FieldFrame {
  /** Sits inside the field at its end. */
  trailing?: ReactNode;
}

export function TextField({ label, hint, error, trailing, className, id, ...rest }: TextFieldProps) {
  const ownId = useId();
  const inputId = id ?? ownId;
  return (
    <div className={cx('flex flex-col gap-1.5', className)}>
      <label htmlFor={inputId} className="text-sm font-medium">
        {label}
      </label>
      <div className="relative">
        <input
          id={inputId}
          className={cx(fieldClass, 'h-11', trailing !== undefined && 'pr-12')}
          aria-invalid={error ? true : undefined}
          aria-describedby={describedBy(inputId, hint, error)}
          {...rest}
        />
        {trailing !== undefined && <div className="absolute inset-y-0 right-0 flex items-center">{trailing}</div>}
      </div>
      <FieldNotes id={inputId} hint={hint} error={error} />
    </div>
  );
}

export function PasswordField(props: Omit<TextFieldProps, 'type' | 'trailing'>) {
  const { t } = useTranslation('common');
  const [shown, setShown] = useState(false);
  return (
    <TextField
      {...props}
      type={shown ? 'text' : 'password'}
      autoCapitalize="none"
      spellCheck={false}
      trailing={
        <button
          type="button"
          aria-label={shown ? t('hidePassword') : t('showPassword')}
          onClick={() => setShown(!shown)}
          className="inline-flex size-11 items-center justify-center rounded-xl text-muted hover:text-ink [&_svg]:size-5"
        >
          {shown ? <EyeOff aria-hidden="true" /> : <Eye aria-hidden="true" />}
        </button>
      }
    />
  );
}

function FieldNotes({ id, hint, error }: { id: string; hint: ReactNode; error: string | false | null | undefined }) {
  if (error)
    return (
      <p id={`${id}-error`} className="text-sm text-danger-ink">
        {error}
      </p>
    );
  if (hint)
    return (
      <p id={`${id}-hint`} className="text-sm text-muted">
        {hint}
      </p>
    );
  return null;
}

function describedBy(id: string, hint: ReactNode, error: string | false | null | undefined): string | undefined {
  if (error) return `${id}-error`;
  return hint ? `${id}-hint` : undefined;
}
