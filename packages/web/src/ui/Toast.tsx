import { Check, CircleAlert, Info, X } from 'lucide-react';
import { createContext, useCallback, useContext, useEffect, useRef, useState, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { IconButton } from './IconButton.tsx';

export interface Toast {
  text: string;
  /** `notice`: it happened to the reader, who did not do it. */
  tone?: 'plain' | 'danger' | 'notice';
  /** One way to answer, usually to take back what was done; the message then stays longer. */
  action?: { label: string; onAction(): void };
}
type ShowToast = (toast: Toast) => void;

const ToastContext = createContext<ShowToast>(() => undefined);
const SHOWN_FOR_MS = 5_000;
const SHOWN_WITH_ACTION_MS = 10_000;

/** Shows a passing message; it is also read out. For what needs an answer use a Banner or a Dialog. */
export function useToast(): ShowToast {
  return useContext(ToastContext);
}

export function ToastProvider({ children }: { children: ReactNode }) {
  const [toasts, setToasts] = useState<(Toast & { id: number })[]>([]);
  const nextId = useRef(1);
  const show = useCallback<ShowToast>((toast) => {
    const id = nextId.current++;
    setToasts((shown) => [...shown.slice(-2), { ...toast, id }]);
  }, []);
  const dismiss = useCallback((id: number) => setToasts((shown) => shown.filter((toast) => toast.id !== id)), []);
  return (
    <ToastContext value={show}>
      {children}
      <div
        role="status"
        // Said outright: an open dialog hides from assistive tools what does not say so.
        aria-live="polite"
        data-toasts
        className="pointer-events-none fixed inset-x-4 bottom-[max(1rem,env(safe-area-inset-bottom))] z-50 [html:has([data-bottom-bar])_&]:top-4 [html:has([data-bottom-bar])_&]:bottom-auto flex flex-col items-center gap-2"
      >
        {toasts.map((toast) => (
          <ToastCard key={toast.id} toast={toast} onDone={dismiss} />
        ))}
      </div>
    </ToastContext>
  );
}

function ToastCard({ toast, onDone }: { toast: Toast & { id: number }; onDone: (id: number) => void }) {
  const { t } = useTranslation('common');
  const [held, setHeld] = useState(false);
  useEffect(() => {
    if (held) return undefined;
    const timer = setTimeout(() => onDone(toast.id), toast.action ? SHOWN_WITH_ACTION_MS : SHOWN_FOR_MS);
    return () => clearTimeout(timer);
  }, [held, onDone, toast.id, toast.action]);
  return (
    <div
      onPointerEnter={() => setHeld(true)}
      onPointerLeave={() => setHeld(false)}
      onFocus={() => setHeld(true)}
      onBlur={() => setHeld(false)}
      className="pointer-events-auto flex max-w-md animate-rise items-center gap-2.5 rounded-2xl bg-ink py-1.5 pr-1.5 pl-4 text-sm font-medium text-bg shadow-overlay"
    >
      {toast.tone === 'danger' ? (
        <CircleAlert aria-hidden="true" className="size-4.5 shrink-0" />
      ) : toast.tone === 'notice' ? (
        <Info aria-hidden="true" className="size-4.5 shrink-0" />
      ) : (
        <Check aria-hidden="true" className="size-4.5 shrink-0" />
      )}
      <span className="min-w-0 py-1.5 wrap-anywhere">{toast.text}</span>
      {toast.action && (
        <button
          type="button"
          onClick={() => {
            toast.action?.onAction();
            onDone(toast.id);
          }}
          className="h-9 shrink-0 rounded-lg px-2.5 font-semibold underline underline-offset-4 pointer-coarse:h-11"
        >
          {toast.action.label}
        </button>
      )}
      <IconButton
        label={t('close')}
        icon={<X aria-hidden="true" />}
        size="small"
        tooltip={false}
        onClick={() => onDone(toast.id)}
        className="text-bg! hover:bg-transparent! opacity-80 hover:opacity-100"
      />
    </div>
  );
}
