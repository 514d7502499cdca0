import { defineConfig } from '@playwright/test';
import { findWorker } from './scripts/media-worker.mjs';

// `npm test` gives it; so that `npx playwright test FILE` works too, it is looked up here.
process.env['MEDIASOUP_WORKER_BIN'] ??= findWorker() ?? '';

/**
 * Stories run against a whole installation, started as its users start it, in Debian's Chromium with its fake camera
 * and microphone. One at a time: two cores carry one meeting with software encoders, not several.
 */
export default defineConfig({
  testDir: 'e2e',
  workers: 1,
  fullyParallel: false,
  forbidOnly: Boolean(process.env['CI']),
  retries: 0,
  timeout: 240_000,
  // Nobody waits so long where nothing is wrong: it is for a host that does something else as well.
  expect: { timeout: 30_000 },
  outputDir: 'test-results',
  reporter: [['list']],
  use: {
    ignoreHTTPSErrors: true,
    viewport: { width: 1440, height: 900 },
    locale: 'en-GB',
    // A trace records the screen all the time: beside software encoders on two cores that alone would be the load.
    trace: 'off',
    screenshot: 'only-on-failure',
    launchOptions: {
      executablePath: process.env['CHROMIUM_PATH'] ?? '/usr/bin/chromium',
      args: [
        '--no-sandbox',
        '--disable-gpu',
        '--use-fake-device-for-media-stream',
        '--use-fake-ui-for-media-stream',
        '--autoplay-policy=no-user-gesture-required',
        '--disable-background-networking',
        '--disable-component-update',
        '--disable-sync',
        '--no-first-run',
      ],
    },
  },
});
