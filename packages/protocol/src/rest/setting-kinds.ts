import { z } from 'zod';

/** Where a setting may be given: C = creation of a room, U = its update, D = the team's defaults. */
export type Where = 'CUD' | 'CU' | 'CD' | 'C' | 'D';

interface Common {
  readonly on: Where;
}

interface Limits {
  readonly min?: number;
  readonly max?: number;
}

interface TextLimits extends Limits {
  readonly pattern?: RegExp;
  readonly hint?: string;
  /** Never leaves the server again. */
  readonly secret?: true;
  /** Tighter limits where the setting is a team default. */
  readonly onTeam?: Limits & { readonly pattern?: RegExp; readonly hint?: string };
}

export interface Flag extends Common {
  readonly kind: 'flag';
  readonly byDefault: boolean;
}
export interface Count extends Common, Limits {
  readonly kind: 'count';
  readonly byDefault: number | null;
}
export interface Choice extends Common {
  readonly kind: 'choice';
  readonly of: readonly string[];
  /** Further values where the setting is a team default. */
  readonly alsoOnTeam?: readonly string[];
  readonly byDefault: string | null;
}
export interface Text extends Common, TextLimits {
  readonly kind: 'text';
  readonly byDefault: string | null;
}
export interface List extends Common {
  readonly kind: 'list';
  readonly item: { readonly pattern: RegExp; readonly hint: string };
  readonly maxItems: number;
  readonly byDefault: readonly string[] | null;
}
export interface Moment extends Common {
  readonly kind: 'moment';
  readonly byDefault: null;
}
export type Setting = Flag | Count | Choice | Text | List | Moment;

export const flag = <const D extends boolean>(on: Where, byDefault: D) => ({ kind: 'flag', on, byDefault }) as const;
export const count = <const D extends number | null>(on: Where, byDefault: D, limits: Limits) =>
  ({ kind: 'count', on, byDefault, ...limits }) as const;
export const choice = <const O extends readonly string[]>(on: Where, byDefault: O[number], of: O, alsoOnTeam?: readonly string[]) =>
  ({ kind: 'choice', on, byDefault, of, ...(alsoOnTeam && { alsoOnTeam }) }) as const;
export const text = <const D extends string | null>(on: Where, byDefault: D, limits: TextLimits = {}) =>
  ({ kind: 'text', on, byDefault, max: 5000, ...limits }) as const;
export const list = <const D extends readonly string[] | null>(on: Where, byDefault: D, item: List['item'], maxItems = 100) =>
  ({ kind: 'list', on, byDefault, item, maxItems }) as const;
export const moment = (on: Where) => ({ kind: 'moment', on, byDefault: null }) as const;

export const HEX_COLOR = { pattern: /^#(?:[0-9A-Fa-f]{3}|[0-9A-Fa-f]{6})$/, hint: 'must be a hex color such as #3771E0' } as const;
export const UUID = { pattern: /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i, hint: 'must be a UUID' } as const;
/** An https address, or the picture itself in base64. */
export const PICTURE = {
  max: 200_000,
  pattern: /^(?:https:\/\/[^\s"'<>]{1,2000}|(?:data:image\/(?:png|jpeg|gif|webp|svg\+xml|x-icon);base64,)?[A-Za-z0-9+/]{16,}={0,2})$/,
  hint: 'must be an https URL or an image in base64',
} as const;

const isText = (value: unknown): value is string => typeof value === 'string';
const BOOLEANS = new Map<unknown, boolean>([
  [true, true],
  [1, true],
  ['1', true],
  ['true', true],
  [false, false],
  [0, false],
  ['0', false],
  ['false', false],
]);

/**
 * The schema of one setting as given from outside. Clients in the field send flags as 0 or 1 and numbers as text, so these are
 * taken too. `null` and, except for flags, the empty text mean "follow the default".
 */
export function schemaOf(setting: Setting, onTeam: boolean): z.ZodType {
  return z.preprocess((value) => (value === '' ? null : value), valueSchema(setting, onTeam).nullable());
}

function valueSchema(setting: Setting, onTeam: boolean): z.ZodType {
  switch (setting.kind) {
    case 'flag':
      return z.preprocess((value) => BOOLEANS.get(value) ?? value, z.boolean('must be true or false'));
    case 'count':
      return countSchema(setting);
    case 'choice': {
      const allowed = [...setting.of, ...(onTeam ? (setting.alsoOnTeam ?? []) : [])];
      return z.preprocess(
        (value) => (typeof value === 'number' ? String(value) : value),
        z.enum(allowed, `must be one of ${allowed.join(', ')}`),
      );
    }
    case 'text':
      return textSchema({ ...setting, ...(onTeam ? setting.onTeam : {}) });
    case 'list': {
      const items = z
        .array(z.string('must be texts').regex(setting.item.pattern, setting.item.hint), 'must be a list')
        .max(setting.maxItems, `must have at most ${setting.maxItems} items`);
      return items.transform((values) => [...new Set(values)]);
    }
    case 'moment':
      return momentSchema();
  }
}

function countSchema({ min = 0, max = 1_000_000 }: Limits) {
  const message = `must be a whole number from ${min} to ${max}`;
  return z.preprocess(
    (value) => (isText(value) && /^\d{1,9}$/.test(value) ? Number(value) : value),
    z.int(message).min(min, message).max(max, message),
  );
}

function textSchema({ min = 0, max = 5000, pattern, hint }: TextLimits) {
  // A lone surrogate or a NUL cannot be stored by PostgreSQL.
  const plain = z.string('must be a text').refine((value) => value.isWellFormed() && !value.includes('\0'), 'must be a text');
  const sized = plain.min(min, `must have at least ${min} characters`).max(max, `must have at most ${max} characters`);
  return pattern === undefined ? sized : sized.regex(pattern, hint ?? 'has the wrong form');
}

const MOMENT = /^(\d{4}-\d{2}-\d{2})(?:[ T](\d{2}:\d{2})(:\d{2})?(?:\.\d{1,6})?Z?)?$/;

/** UTC, as `YYYY-MM-DD hh:mm:ss`, which is also what comes out. */
function momentSchema() {
  return z.string('must be a date').transform((given, context) => {
    const [, day, minutes = '00:00', seconds = ':00'] = MOMENT.exec(given) ?? [];
    const time = new Date(`${day}T${minutes}${seconds}Z`);
    // A day that does not exist, such as 30 February, is moved by Date and so found out.
    if (Number.isNaN(time.getTime()) || !time.toISOString().startsWith(`${day}T`)) {
      context.addIssue({ code: 'custom', message: 'must be a date as YYYY-MM-DD hh:mm:ss, in UTC' });
      return z.NEVER;
    }
    return time.toISOString().slice(0, 19).replace('T', ' ');
  });
}
