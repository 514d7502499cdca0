import type { AlertRule, AlertView } from '@conclave/protocol/rest/log';
import type { Mail } from '../mail/message.ts';

/** The built-in rules by id, as a subject says them. */
const TITLES: Readonly<Record<string, string>> = {
  'repeated-wrong-passwords': 'Repeated wrong passwords',
  'refused-media-verbs': 'Refused media requests',
  'new-network': 'Sign-in from a new network',
  'revoked-key': 'A revoked developer key was used',
  'stray-receiver': 'Somebody could receive who is not on the list',
  'checkpoint-late': 'The event log has no new checkpoint',
};

const INCONSISTENT = 'The event log was changed: signing is refused';

/** What is told of an alert. */
export interface Told {
  readonly rule: AlertRule;
  readonly severity: AlertView['severity'];
  readonly teamName: string | null;
  readonly atMs: number;
  readonly count: number;
  readonly subject: string | null;
  /** The page that shows it. */
  readonly link: string;
}

/** The mail about an alert, without its recipient. Names in it are others' choice: the outbox makes them harmless. */
export function mailText({ rule, severity, teamName, atMs, count, subject, link }: Told): Omit<Mail, 'to'> {
  const title = rule.kind === 'late' && severity === 'critical' ? INCONSISTENT : (TITLES[rule.id] ?? rule.id);
  const lines = [
    `${title}.`,
    '',
    ...(subject === null ? [] : [`About:  ${oneLine(subject)}`]),
    ...(teamName === null ? [] : [`Team:   ${oneLine(teamName)}`]),
    `Time:   ${new Date(atMs).toISOString()}`,
    ...(rule.kind === 'late' ? [] : [`Events: ${count}`]),
    `Rule:   ${rule.id} (${severity})`,
    '',
    link,
    '',
    'Further events of this kind are added to the alert; no other mail about them is sent within an hour.',
  ];
  return { subject: `[Conclave] ${title}`, text: `${lines.join('\n')}\n` };
}

/** So that nobody's name can look like another line of the mail. */
function oneLine(text: string): string {
  return text.replaceAll(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, ' ');
}
