import '../../ui/theme.css';
import { createRoot } from 'react-dom/client';
import { startLanguage } from '../../ui/strings/language.ts';
import { applyTheme, currentTheme } from '../../ui/theme.ts';
import { ToastProvider } from '../../ui/Toast.tsx';
import { TooltipProvider } from '../../ui/Tooltip.tsx';
import { RoomPage } from '../RoomPage.tsx';
import { SCENES } from './scenes.ts';

/*
 * Only on the development server: `/src/room/look/index.html?scene=five`. The build starts at the page's own
 * index.html and never reaches this file.
 */
applyTheme(currentTheme());
await startLanguage();
const name = new URLSearchParams(location.search).get('scene') ?? 'five';
const scene = SCENES[name]?.();
const container = document.getElementById('root');
if (scene && container) {
  createRoot(container).render(
    <TooltipProvider>
      <ToastProvider>
        <RoomPage session={scene.session} initialView={scene.view} onRejoin={() => location.reload()} onExit={() => location.reload()} />
      </ToastProvider>
    </TooltipProvider>,
  );
} else if (container) {
  container.textContent = `Scenes: ${Object.keys(SCENES).join(', ')}`;
}
