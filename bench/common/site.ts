import { chromium, type Browser } from '@playwright/test';
import type { Installation } from '@conclave/testkit/installation';
import config from '../../playwright.config.ts';
import { openNativeSite } from './native-site.ts';

/** A whole installation with one room that anybody may enter as a speaker. */
export interface BenchSite extends AsyncDisposable {
  readonly installation: Installation;
  readonly roomUrl: string;
}

export async function openBenchSite(): Promise<BenchSite> {
  await using began = new AsyncDisposableStack();
  const { installation, createRoom } = began.use(await openNativeSite());
  const room = await createRoom({ privacy: 'public', roles: ['speaker'], default_role: 'speaker', max_participants: 1_000 });
  const ends = began.move();
  return { installation, roomUrl: `${installation.origin}/${room}`, [Symbol.asyncDispose]: () => ends.disposeAsync() };
}

/** As the stories have it. */
export const launchChromium = (): Promise<Browser> => chromium.launch(config.use?.launchOptions);
