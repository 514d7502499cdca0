import type { ChatMessageView } from '@conclave/protocol/signalling/views';
import { memo, useLayoutEffect, useRef } from 'react';
import { MessageActions } from './MessageActions.tsx';
import { MessageText } from './MessageText.tsx';
import { messageElementId, Quote } from './Quote.tsx';
import { Reactions } from './Reactions.tsx';

/** One message with what it answers, its reactions and what may be done with it. */
export const MessageView = memo(function MessageView({ message }: { message: ChatMessageView }) {
  const ref = useRef<HTMLDivElement>(null);
  useFocusKept(ref);
  return (
    <div
      ref={ref}
      id={messageElementId(message.id)}
      tabIndex={-1}
      className="group/message -mx-2 flex items-start gap-1 rounded-lg px-2 py-0.5 outline-offset-0 focus:bg-hover"
    >
      <div className="flex min-w-0 flex-1 flex-col gap-1">
        {message.replyTo !== null && <Quote of={message.replyTo} />}
        <MessageText text={message.text} />
        <Reactions message={message} />
      </div>
      <MessageActions message={message} />
    </div>
  );
});

/** Longer than a menu takes to give up the focus once it is gone. */
const MENU_GONE_MS = 100;

/** Who was in a message that is deleted, or in its menu, goes on in the list instead of at the top of the page. */
function useFocusKept(ref: React.RefObject<HTMLElement | null>): void {
  useLayoutEffect(() => {
    const element = ref.current;
    return () => {
      const list = element?.closest<HTMLElement>('[role=log]');
      const focused = document.activeElement;
      if (!element || !list || !focused) return;
      if (element.contains(focused)) list.focus({ preventScroll: true });
      else if (isOwnMenu(element, focused))
        setTimeout(() => {
          if (document.activeElement === document.body) list.focus({ preventScroll: true });
        }, MENU_GONE_MS);
    };
  }, [ref]);
}

/** Whether something is in the menu of an element, which is elsewhere in the page. */
function isOwnMenu(element: HTMLElement, focused: Element): boolean {
  const trigger = focused.closest('[role=menu]')?.getAttribute('aria-labelledby');
  return element.contains(document.getElementById(trigger ?? ''));
}
