import type { Section } from './finding.ts';
import { ask, jsonOf, messageOf } from './https.ts';
import type { Reached } from './target.ts';

/** Whether the API of the media node is reached, and gives nothing to somebody without a capability. */
export async function checkMediaApi(target: Reached, section: Section): Promise<void> {
  const what = 'media server API';
  try {
    const reply = await ask(target, '/media/v1/producers', { method: 'POST', body: {} });
    const { code } = jsonOf(reply);
    if (reply.status === 401 && code === 'capability_invalid') section.ok(what, 'refuses who has no capability');
    else if (code === 'unavailable') section.fail(what, 'the media node does not answer', 'is it running? See its log');
    else
      section.fail(
        what,
        `answered with ${reply.status}${typeof code === 'string' ? ` ${code.slice(0, 40)}` : ''}`,
        'let the proxy pass /media/v1 on untouched',
      );
  } catch (error) {
    section.fail(what, messageOf(error), 'let the proxy pass /media/v1 on');
  }
}
