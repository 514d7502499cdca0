import { Check } from 'lucide-react';
import { DropdownMenu } from 'radix-ui';
import type { KeyboardEvent, ReactNode } from 'react';
import { cx } from './cx.ts';

const itemClass = cx(
  'flex min-h-9 pointer-coarse:min-h-11 w-full items-center gap-2.5 rounded-lg px-2.5 py-1.5 text-left text-sm outline-none select-none',
  'data-highlighted:bg-hover data-disabled:pointer-events-none data-disabled:opacity-50 [&_svg]:size-4 [&_svg]:shrink-0',
);

export interface MenuProps {
  /** One focusable element, usually a button. */
  trigger: ReactNode;
  children: ReactNode;
  side?: 'top' | 'bottom' | 'left' | 'right';
  align?: 'start' | 'center' | 'end';
  open?: boolean;
  onOpenChange?: (open: boolean) => void;
  /** Prevent its default when the focus goes elsewhere than back to the trigger. */
  onCloseAutoFocus?: (event: Event) => void;
}

/** Not modal: a modal menu would lock scrolling with an injected style element, which the content security policy refuses. */
export function Menu({ trigger, children, side = 'bottom', align = 'end', onCloseAutoFocus, ...control }: MenuProps) {
  return (
    <DropdownMenu.Root modal={false} {...control}>
      <DropdownMenu.Trigger asChild>{trigger}</DropdownMenu.Trigger>
      <DropdownMenu.Portal>
        <DropdownMenu.Content
          side={side}
          align={align}
          sideOffset={8}
          collisionPadding={8}
          {...(onCloseAutoFocus && { onCloseAutoFocus })}
          className="z-50 max-h-(--radix-dropdown-menu-content-available-height) max-w-80 min-w-52 animate-rise overflow-y-auto rounded-2xl border border-line bg-raised p-1.5 text-ink shadow-overlay"
        >
          {children}
        </DropdownMenu.Content>
      </DropdownMenu.Portal>
    </DropdownMenu.Root>
  );
}

export interface MenuItemProps {
  icon?: ReactNode;
  children: ReactNode;
  onSelect(): void;
  tone?: 'plain' | 'danger';
  disabled?: boolean;
}

export function MenuItem({ icon, children, onSelect, tone = 'plain', disabled = false }: MenuItemProps) {
  return (
    <DropdownMenu.Item disabled={disabled} onSelect={onSelect} className={cx(itemClass, tone === 'danger' && 'text-danger-ink')}>
      {icon}
      {children}
    </DropdownMenu.Item>
  );
}

export interface MenuRadioGroupProps {
  label: string;
  value: string;
  onChange(value: string): void;
  options: readonly { value: string; label: string; icon?: ReactNode }[];
}

export function MenuRadioGroup({ label, value, onChange, options }: MenuRadioGroupProps) {
  return (
    <>
      <MenuLabel>{label}</MenuLabel>
      <DropdownMenu.RadioGroup value={value} onValueChange={onChange} aria-label={label}>
        {options.map((option) => (
          <DropdownMenu.RadioItem key={option.value} value={option.value} className={itemClass}>
            {option.icon}
            <span className="min-w-0 flex-1 truncate">{option.label}</span>
            <DropdownMenu.ItemIndicator>
              <Check aria-hidden="true" className="text-accent-ink" />
            </DropdownMenu.ItemIndicator>
          </DropdownMenu.RadioItem>
        ))}
      </DropdownMenu.RadioGroup>
    </>
  );
}

function MenuLabel({ children }: { children: ReactNode }) {
  return <DropdownMenu.Label className="px-2.5 pt-2 pb-1 text-xs font-medium text-faint">{children}</DropdownMenu.Label>;
}

export function MenuSeparator() {
  return <DropdownMenu.Separator className="mx-2.5 my-1.5 h-px bg-line" />;
}

export interface MenuRowProps {
  label: string;
  options: readonly { value: string; label: string; content: ReactNode; checked: boolean }[];
  onSelect(value: string): void;
}

/** Small choices side by side, for example emoji. Left and right move between them as up and down do. */
export function MenuRow({ label, options, onSelect }: MenuRowProps) {
  const move = (event: KeyboardEvent<HTMLDivElement>) => {
    const step = event.key === 'ArrowRight' ? 1 : event.key === 'ArrowLeft' ? -1 : 0;
    if (step === 0) return;
    const items = [...event.currentTarget.querySelectorAll<HTMLElement>('[role=menuitemcheckbox]')];
    const next = items[items.findIndex((item) => item === document.activeElement) + step];
    event.preventDefault();
    next?.focus();
  };
  return (
    <DropdownMenu.Group aria-label={label} onKeyDown={move} className="flex gap-0.5 p-1">
      {options.map((option) => (
        <DropdownMenu.CheckboxItem
          key={option.value}
          checked={option.checked}
          aria-label={option.label}
          onSelect={() => onSelect(option.value)}
          className="flex size-9 items-center justify-center rounded-lg text-lg outline-none select-none data-highlighted:bg-hover data-[state=checked]:bg-accent-soft pointer-coarse:size-11"
        >
          {option.content}
        </DropdownMenu.CheckboxItem>
      ))}
    </DropdownMenu.Group>
  );
}
