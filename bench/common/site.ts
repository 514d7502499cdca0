import { chromium, type Browser } from '@playwright/test';
import { startInstallation, type Installation } from '@conclave/testkit/installation';
import config from '../../playwright.config.ts';

/** A whole installation with one room that anybody may enter as a speaker. */
export interface BenchSite extends AsyncDisposable {
  readonly installation: Installation;
  readonly roomUrl: string;
}

export async function openBenchSite(): Promise<BenchSite> {
  await using began = new AsyncDisposableStack();
  const installation = began.use(await startInstallation({ readyTimeoutMs: 115_000 }));
  await installation.conclave('team', 'create', '--name', 'Bench', '--json');
  const made = await installation.conclave('key', 'create', '--team', 'Bench', '--json');
  const { developer_key: key } = JSON.parse(made) as { developer_key: string };
  const browser = began.adopt(await launchChromium(), (open) => open.close());
  const context = await browser.newContext({ ignoreHTTPSErrors: true });
  const response = await context.request.post(`${installation.origin}/api/v1/rooms`, {
    headers: { authorization: `Bearer ${key}` },
    data: { privacy: 'public', roles: ['speaker'], default_role: 'speaker', max_participants: 1_000 },
  });
  const { room_url: roomUrl } = (await response.json()) as { room_url: string };
  await browser.close();
  const ends = began.move();
  return { installation, roomUrl, [Symbol.asyncDispose]: () => ends.disposeAsync() };
}

/** As the stories have it. */
export const launchChromium = (): Promise<Browser> => chromium.launch(config.use?.launchOptions);
