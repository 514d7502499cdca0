import { AppError, type ErrorDetails } from '@conclave/protocol/errors';
import { RESERVED_SEGMENTS } from '@conclave/protocol/rest/reserved-paths';
import {
  RESERVED_DOMAINS,
  SETTING_NAMES,
  SETTINGS,
  type SettingName,
  type Settings,
  type SettingsPatch,
} from '@conclave/protocol/rest/settings';
import type { z } from 'zod';
import type { Roles } from '../access/roles.ts';

type FieldErrors = NonNullable<ErrorDetails['errors']>;

/** These do not follow the team: a room is what it was made as. */
const NOT_INHERITED: ReadonlySet<SettingName> = new Set(['privacy', 'max_participants', 'friendly_url']);

/**
 * Every setting of a room as it holds now: what the room was given, else the team's default, else ours; then what other
 * settings force (`e2ee_enabled` leaves no whiteboard, breakouts or transcription, `is_audio_only` no cameras).
 */
export function effectiveSettings(room: SettingsPatch, team: SettingsPatch): Settings {
  const chosen = Object.fromEntries(
    SETTING_NAMES.map((name) => [name, room[name] ?? (NOT_INHERITED.has(name) ? null : team[name]) ?? SETTINGS[name].byDefault]),
  ) as unknown as Settings; // one entry for each name, each of its own type
  const roles = chosen.roles;
  return {
    ...chosen,
    default_role: roles.includes(chosen.default_role) ? chosen.default_role : (roles[0] ?? chosen.default_role),
    // A lobby needs somebody to let others in.
    is_locked: chosen.is_locked && roles.length > 1,
    max_broadcasters: Math.min(chosen.max_broadcasters, chosen.max_participants),
    ...(chosen.e2ee_enabled && { whiteboard_enabled: false, breakout_rooms_enabled: false, transcription_enabled: false }),
    ...(chosen.is_audio_only && { video_on_join_enabled: false, hd_video_on_join_enabled: false, virtual_backgrounds_enabled: false }),
  };
}

/** Stored settings after a change; `null` takes a setting back to its default. Role ids become names. */
export function applyPatch(given: SettingsPatch, patch: SettingsPatch, roles: Roles): SettingsPatch {
  const merged = { ...given, ...withRoleNames(patch, roles) };
  return Object.fromEntries(Object.entries(merged).filter(([, value]) => value !== null && value !== undefined));
}

/** Against what a change of settings is judged. */
export interface SettingsFacts {
  /** What the room was given before; of a team's defaults nothing. */
  readonly given: SettingsPatch;
  readonly team: SettingsPatch;
  readonly roles: Roles;
  readonly nowMs: number;
}

/** What is wrong with settings that each fit on their own; a text for each field. Empty: nothing. */
export function judgeSettings(patch: SettingsPatch, { given, team, roles, nowMs }: SettingsFacts): FieldErrors {
  const faults: FieldErrors = {};
  const all = effectiveSettings(applyPatch(given, patch, roles), team);
  const unknown = (references: readonly string[]) => references.some((reference) => roles.find(reference) === null);
  if (patch.roles && unknown(patch.roles)) faults['roles'] = ['must be roles of the team'];
  if (patch.roles?.length === 0) faults['roles'] = ['must name at least one role'];
  if (patch.private_group_chat_roles && unknown(patch.private_group_chat_roles))
    faults['private_group_chat_roles'] = ['must be roles of the team'];
  const defaultRole = patch.default_role ? roles.find(patch.default_role)?.name : undefined;
  if (patch.default_role && (defaultRole === undefined || !all.roles.includes(defaultRole)))
    faults['default_role'] = ["must be one of the room's roles"];
  if (patch.is_locked === true && all.roles.length < 2) faults['is_locked'] = ['needs a room with several roles'];
  if (patch.max_broadcasters && patch.max_broadcasters > all.max_participants)
    faults['max_broadcasters'] = ['must not be above max_participants'];
  if (patch.expires_at && Date.parse(`${patch.expires_at.replace(' ', 'T')}Z`) <= nowMs) faults['expires_at'] = ['must be in the future'];
  if (isReserved(patch.friendly_url, RESERVED_SEGMENTS)) faults['friendly_url'] = ['is reserved'];
  if (isReserved(patch.domain, RESERVED_DOMAINS)) faults['domain'] = ['is reserved'];
  return faults;
}

/** Parses a body of the public interface; none counts as empty. @throws AppError `invalid_settings` with a text for each field. */
export function parseFields<T>(schema: z.ZodType<T>, body: unknown): T {
  const parsed = schema.safeParse(body ?? {});
  if (parsed.success) return parsed.data;
  const errors: FieldErrors = {};
  for (const issue of parsed.error.issues) (errors[String(issue.path[0] ?? 'body')] ??= []).push(issue.message);
  throw new AppError('invalid_settings', { details: { errors } });
}

/** When the room closes to newcomers, in milliseconds since 1970, or null. */
export function expiryMs(settings: Pick<Settings, 'expires_at'>): number | null {
  return settings.expires_at === null ? null : Date.parse(`${settings.expires_at.replace(' ', 'T')}Z`);
}

function isReserved(given: string | null | undefined, reserved: readonly string[]): boolean {
  return given !== null && given !== undefined && reserved.includes(given.toLowerCase());
}

function withRoleNames(patch: SettingsPatch, roles: Roles): SettingsPatch {
  const name = (reference: string) => roles.find(reference)?.name ?? reference;
  return {
    ...patch,
    ...(patch.default_role && { default_role: name(patch.default_role) }),
    ...(patch.roles && { roles: [...new Set(patch.roles.map(name))] }),
    ...(patch.private_group_chat_roles && { private_group_chat_roles: [...new Set(patch.private_group_chat_roles.map(name))] }),
  };
}
