import { createHash } from 'node:crypto';
import { SETTINGS, type SettingsPatch } from '@conclave/protocol/rest/settings';
import type { z } from 'zod';

/** What is longer is told by its hash: pictures above all, which are data URLs. */
const LONGEST_SHOWN = 200;

type Shown = z.core.util.JSONType;
type Named = SettingsPatch & { readonly name?: string };

/** The settings that a change touched, as an event shows them before and after; null: not given. */
export function settingsChange(before: Named, after: Named): { before: Record<string, Shown>; after: Record<string, Shown> } {
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])] as (keyof Named)[]; // both have these keys only
  const touched = names.filter((name) => JSON.stringify(before[name] ?? null) !== JSON.stringify(after[name] ?? null));
  const shownOf = (settings: Named) => Object.fromEntries(touched.map((name) => [name, shown(name, settings[name])]));
  return { before: shownOf(before), after: shownOf(after) };
}

function shown(name: keyof Named, value: Named[keyof Named]): Shown {
  if (value === undefined || value === null) return null;
  if (name !== 'name' && 'secret' in SETTINGS[name]) return '[secret]';
  const text = JSON.stringify(value);
  if (text.length > LONGEST_SHOWN) return `sha256:${createHash('sha256').update(text).digest('hex')}`;
  return JSON.parse(text) as Shown; // what JSON.stringify made
}
