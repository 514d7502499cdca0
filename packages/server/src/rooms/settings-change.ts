import { createHash } from 'node:crypto';
import { SETTINGS, type SettingsPatch } from '@conclave/protocol/rest/settings';
import type { z } from 'zod';

/** What is longer is told by its hash: pictures above all, which are data URLs. */
const LONGEST_SHOWN = 200;

type Shown = z.core.util.JSONType;
type Named = SettingsPatch & { readonly name?: string };
/** What changed, by name, as an event shows it before and after; null: not given. */
export interface Change {
  readonly before: Record<string, Shown>;
  readonly after: Record<string, Shown>;
}

/** The settings that a change touched. */
export function settingsChange(before: Named, after: Named): Change {
  return changeOf(before, after, (name) => name in SETTINGS && 'secret' in SETTINGS[name as keyof typeof SETTINGS]); // just found
}

/** What differs between two states of a thing. What is secret is not told. */
export function changeOf(before: object, after: object, isSecret: (name: string) => boolean = () => false): Change {
  const [was, is] = [new Map<string, unknown>(Object.entries(before)), new Map<string, unknown>(Object.entries(after))];
  const names = [...new Set([...was.keys(), ...is.keys()])];
  const touched = names.filter((name) => JSON.stringify(was.get(name) ?? null) !== JSON.stringify(is.get(name) ?? null));
  const shownOf = (all: Map<string, unknown>) => Object.fromEntries(touched.map((name) => [name, shown(all.get(name), isSecret(name))]));
  return { before: shownOf(was), after: shownOf(is) };
}

function shown(value: unknown, isSecret: boolean): Shown {
  if (value === undefined || value === null) return null;
  if (isSecret) return '[secret]';
  const text = JSON.stringify(value);
  if (text.length > LONGEST_SHOWN) return `sha256:${createHash('sha256').update(text).digest('hex')}`;
  return JSON.parse(text) as Shown; // what JSON.stringify made
}
