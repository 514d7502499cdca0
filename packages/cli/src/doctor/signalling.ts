import { randomBytes } from 'node:crypto';
import type { Section } from './finding.ts';
import { ask, messageOf } from './https.ts';
import type { Reached } from './target.ts';

/** Whether a WebSocket opens for the installation's own pages, and for no page of anybody else. Nothing is said on it. */
export async function checkSignalling(target: Reached, section: Section): Promise<void> {
  try {
    const own = await upgrade(target, target.origin);
    if (own === 101) section.ok('signalling', 'opens for its own pages');
    else
      section.fail(
        'signalling',
        `answered with ${own}`,
        'let the proxy pass WebSocket upgrades of /signal on, with Host and Origin untouched',
      );
    const foreign = await upgrade(target, 'https://elsewhere.invalid');
    if (foreign === 101) section.fail('foreign pages', 'open it too', 'let the proxy pass Origin on untouched');
    else section.ok('foreign pages', `are refused (${foreign})`);
  } catch (error) {
    section.fail('signalling', messageOf(error), 'let the proxy pass WebSocket upgrades of /signal on');
  }
}

/** RFC 6455 §4.1; resolves with the status. */
async function upgrade(target: Reached, origin: string): Promise<number> {
  const headers = {
    connection: 'Upgrade',
    upgrade: 'websocket',
    origin,
    'sec-websocket-version': '13',
    'sec-websocket-key': randomBytes(16).toString('base64'),
  };
  return (await ask(target, '/signal', { headers })).status;
}
