import { AlertRulePatch, type AlertRule } from '@conclave/protocol/rest/log';

/** A rule as its form holds it: text as it was typed. Times in minutes, as people think of them. */
export interface RuleForm {
  count: string;
  minutes: string;
  emails: string;
}

export type RuleFaults = {
  count?: { min: number; max: number };
  minutes?: { min: number; max: number };
  emails?: { kind: 'wrong'; email: string } | { kind: 'too-many' };
};

const COUNT = { min: 1, max: 10_000 };
/** What `withinS` and `afterS` allow, in whole minutes. */
const MINUTES = { min: 1, max: 1_440 };
const MOST_EMAILS = 10;

export function formOf(rule: AlertRule): RuleForm {
  return {
    count: rule.kind === 'count' ? String(rule.count) : '',
    minutes: String(minutesOf(rule) ?? ''),
    emails: rule.emails.join(', '),
  };
}

/** The time that a rule looks at, in minutes; null for one that has none. */
export function minutesOf(rule: AlertRule): number | null {
  if (rule.kind === 'count') return Math.max(1, Math.round(rule.withinS / 60));
  return rule.kind === 'late' ? Math.round(rule.afterS / 60) : null;
}

/** What was changed in the form, or what is wrong with it. An empty change is `{}`. */
export function ruleChange(rule: AlertRule, form: RuleForm): { change: AlertRulePatch } | { faults: RuleFaults } {
  const faults: RuleFaults = {};
  const count = wholeNumber(form.count, COUNT);
  const minutes = wholeNumber(form.minutes, MINUTES);
  const emails = [...new Set(form.emails.split(/[,;\s]+/).filter(Boolean))];
  if (rule.kind === 'count' && count === null) faults.count = COUNT;
  if (minutesOf(rule) !== null && minutes === null) faults.minutes = MINUTES;
  const wrong = emails.find((email) => !AlertRulePatch.safeParse({ emails: [email] }).success);
  if (wrong !== undefined) faults.emails = { kind: 'wrong', email: wrong };
  else if (emails.length > MOST_EMAILS) faults.emails = { kind: 'too-many' };
  if (Object.keys(faults).length > 0) return { faults };

  const change: AlertRulePatch = {};
  if (rule.kind === 'count' && count !== null && count !== rule.count) change.count = count;
  if (minutes !== null && minutes !== minutesOf(rule)) {
    if (rule.kind === 'count') change.withinS = minutes * 60;
    if (rule.kind === 'late') change.afterS = minutes * 60;
  }
  if (emails.join() !== rule.emails.join()) change.emails = emails;
  return { change };
}

/** A whole number within bounds as it was typed; null for anything else. */
export function wholeNumber(text: string, { min, max }: { min: number; max: number }): number | null {
  const trimmed = text.trim();
  const value = /^\d{1,9}$/.test(trimmed) ? Number(trimmed) : Number.NaN;
  return value >= min && value <= max ? value : null;
}
