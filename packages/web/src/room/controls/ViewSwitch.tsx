import { LayoutGrid, PanelTop } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { Menu, MenuRadioGroup } from '../../ui/Menu.tsx';
import type { StageView } from '../layout/stage-layout.ts';
import { useView, useViewActions } from '../view-context.tsx';

export function viewOf(value: string): StageView {
  return value === 'speaker' ? 'speaker' : 'grid';
}

export function ViewChoices() {
  const { t } = useTranslation('room');
  const view = useView((state) => state.view);
  const { setView } = useViewActions();
  return (
    <MenuRadioGroup
      label={t('controls.view')}
      value={view}
      onChange={(value) => setView(viewOf(value))}
      options={[
        { value: 'grid', label: t('controls.viewGrid'), icon: <LayoutGrid aria-hidden="true" /> },
        { value: 'speaker', label: t('controls.viewSpeaker'), icon: <PanelTop aria-hidden="true" /> },
      ]}
    />
  );
}

export function ViewSwitch() {
  const { t } = useTranslation('room');
  const view = useView((state) => state.view);
  return (
    <Menu
      side="top"
      trigger={
        <button
          type="button"
          aria-label={t('controls.view')}
          className="inline-flex size-12 items-center justify-center rounded-2xl border border-line bg-raised text-ink transition-colors hover:bg-hover [&_svg]:size-5"
        >
          {view === 'grid' ? <LayoutGrid aria-hidden="true" /> : <PanelTop aria-hidden="true" />}
        </button>
      }
    >
      <ViewChoices />
    </Menu>
  );
}
