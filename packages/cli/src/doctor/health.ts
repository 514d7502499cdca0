import type { Section } from './finding.ts';
import { ask, jsonOf, messageOf } from './https.ts';
import type { Reached } from './target.ts';

/** What the installation says of itself; false when it is no Conclave at all. */
export async function checkHealth(target: Reached, section: Section): Promise<boolean> {
  try {
    const reply = await ask(target, '/healthz');
    const { status, away, eventLog, relay } = jsonOf(reply);
    if (reply.status === 200 && status === 'ok') section.ok('health', 'a meeting can be held');
    else if (status === 'unavailable') section.fail('health', `away: ${namesIn(away)}`, 'see the log of the server for the reason');
    else {
      section.fail(
        'health',
        `/healthz answered with ${reply.status} and not as Conclave does`,
        'is it a Conclave, and does the proxy pass /healthz on?',
      );
      return false;
    }
    // That there is none, the relay's own group says.
    if (relay === 'away') section.warn('relay', 'coturn does not take connections', 'is it running? See its log');
    if (eventLog !== undefined)
      section.warn('event log', `its checkpoints are not as they should be (${namesIn([eventLog])})`, 'see docs/operations/event-log.md');
    return true;
  } catch (error) {
    section.fail('health', messageOf(error), 'is Conclave running?');
    return false;
  }
}

/** What somebody else's server says is shown only as far as it looks like words. */
function namesIn(value: unknown): string {
  const names = Array.isArray(value)
    ? value.filter((name): name is string => typeof name === 'string' && /^[a-z ]{1,40}$/i.test(name))
    : [];
  return names.join(', ') || 'unknown';
}
