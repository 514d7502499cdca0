import './app/zod-without-eval.ts';
import './ui/theme.css';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { takeAddressSecrets } from './app/address-secrets.ts';
import { App, preloadPage } from './app/App.tsx';
import { browserStorage } from './app/browser-storage.ts';
import { CrashBoundary } from './app/CrashBoundary.tsx';
import { NavigationProvider } from './app/navigation.tsx';
import { startLanguage } from './ui/strings/language.ts';
import { applyTheme, currentTheme } from './ui/theme.ts';
import { ToastProvider } from './ui/Toast.tsx';
import { TooltipProvider } from './ui/Tooltip.tsx';

// Before anything waits: a secret must not be in the address bar when the page is seen.
const secrets = takeAddressSecrets({ location, history, storage: browserStorage('sessionStorage') });
applyTheme(currentTheme());
preloadPage(location.pathname);

const container = document.getElementById('root');
if (!container) throw new Error('index.html has no #root');

await startLanguage();
createRoot(container).render(
  <StrictMode>
    <CrashBoundary>
      <TooltipProvider>
        <ToastProvider>
          <NavigationProvider>
            <App secrets={secrets} />
          </NavigationProvider>
        </ToastProvider>
      </TooltipProvider>
    </CrashBoundary>
  </StrictMode>,
);
