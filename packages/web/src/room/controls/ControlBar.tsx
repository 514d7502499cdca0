import { LogOut } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { cx } from '../../ui/cx.ts';
import { useCommands } from '../session-context.tsx';
import { ControlButton } from './ControlButton.tsx';
import { HandButton } from './HandButton.tsx';
import { MediaButtons } from './MediaButtons.tsx';
import { MoreMenu } from './MoreMenu.tsx';
import { PanelButton } from './PanelButton.tsx';
import { ProblemNotes } from './ProblemNotes.tsx';
import { RoomLabel } from './RoomLabel.tsx';
import { ViewSwitch } from './ViewSwitch.tsx';

/** How much room there is: everything in sight, most of it, or the least with the rest in the menu. */
export type BarForm = 'wide' | 'medium' | 'narrow';

/** Everything one can do, in one row. */
export function ControlBar({ form }: { form: BarForm }) {
  return (
    <footer className={cx('relative shrink-0 px-3 pb-[max(0.75rem,env(safe-area-inset-bottom))]', form === 'wide' ? 'pt-3' : 'pt-2')}>
      <ProblemNotes />
      {form === 'wide' ? <WideBar /> : <SmallBar form={form} />}
    </footer>
  );
}

function WideBar() {
  const { t } = useTranslation('room');
  return (
    <div role="group" aria-label={t('controls.label')} className="grid grid-cols-[1fr_auto_1fr] items-center gap-3">
      <RoomLabel />
      <div className="flex items-center gap-2">
        <MediaButtons split withShare />
        <HandButton />
        <MoreMenu form="wide" />
        <LeaveButton text={t('controls.leave')} />
      </div>
      <div className="flex items-center justify-end gap-2">
        <ViewSwitch />
        <PanelButton panel="participants" />
        <PanelButton panel="chat" />
      </div>
    </div>
  );
}

function SmallBar({ form }: { form: 'medium' | 'narrow' }) {
  const { t } = useTranslation('room');
  const medium = form === 'medium';
  return (
    <div
      role="group"
      aria-label={t('controls.label')}
      className={cx('flex items-center', medium ? 'justify-center gap-3' : 'justify-between gap-1.5')}
    >
      <MediaButtons split={false} withShare={medium} />
      {medium && <HandButton />}
      {medium && <PanelButton panel="participants" />}
      <PanelButton panel="chat" />
      <MoreMenu form={form} />
      <LeaveButton />
    </div>
  );
}

function LeaveButton({ text }: { text?: string }) {
  const { t } = useTranslation('room');
  const { leave } = useCommands();
  return (
    <ControlButton
      label={t('controls.leave')}
      icon={<LogOut aria-hidden="true" />}
      tone="leave"
      {...(text === undefined ? {} : { text })}
      onClick={() => void leave()}
    />
  );
}
