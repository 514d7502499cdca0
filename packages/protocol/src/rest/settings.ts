import { z } from 'zod';
import { choice, count, flag, HEX_COLOR, list, moment, PICTURE, schemaOf, text, UUID, type Setting } from './setting-kinds.ts';

/** Host labels that no team may take. */
export const RESERVED_DOMAINS = ['docs', 'api', 'dev-api', 'staging-api', 'you', 'dashboard', 'www'] as const;

const roleRef = { pattern: /^[A-Za-z0-9_-]{1,36}$/, hint: 'must be ids or names of roles' } as const;
const languageCode = { pattern: /^[a-z]{2}(?:-[A-Z]{2})?$/, hint: 'must be language codes such as en or es-ES' } as const;
const label = { pattern: /^[^\p{Cc}]{1,100}$/u, hint: 'must be texts of 1 to 100 characters' } as const;
const LATIN = /^[\p{Script=Latin}\p{N}\p{P}\p{Zs}\p{S}]*$/u;
const CAPTION_LANGUAGES = ['bg', 'ca', 'da', 'de', 'en', 'es', 'fi', 'fr', 'it', 'nl', 'pt', 'ro', 'sv', 'tr'] as const;
const LANGUAGES = ['ar-SA', 'en', 'es-ES', 'de-DE', 'fr-FR', 'it-IT', 'nl-NL', 'pt-PT', 'ro-RO', 'zh-CN', 'zh-TW'] as const;
const LAYOUTS = ['auto', 'tiled'] as const;

/**
 * Every setting of a room and of the team's defaults: where it may be given, its limits, and what holds when nobody gives it.
 * Which of them already take effect is listed in `docs/protocol/rest.md`.
 */
export const SETTINGS = {
  // Identity, access, capacity
  description: text('CU', null, { min: 3, max: 500 }),
  friendly_url: text('CU', null, {
    min: 3,
    max: 32,
    pattern: /^[A-Za-z0-9][A-Za-z0-9_-]*$/,
    hint: 'must consist of letters, digits, - and _, and begin with a letter or digit',
  }),
  privacy: choice('CU', 'public', ['public', 'private']),
  external_id: text('CU', null, { max: 255 }),
  // Not moderator: whoever has the link of a public room should not be able to remove others.
  default_role: text('CUD', 'speaker', roleRef),
  roles: list('CUD', ['moderator', 'speaker', 'attendee'], roleRef),
  webhooks: list('CU', null, UUID),
  tags: list('C', null, label),
  is_locked: flag('CUD', false),
  max_participants: count('CU', 100, { min: 2, max: 2000 }),
  max_broadcasters: count('CU', 100, { min: 1, max: 2000 }),
  session_length: count('CUD', null, { min: 1, max: 1440 }),
  expires_at: moment('CU'),
  domain: text('D', null, {
    min: 3,
    max: 32,
    pattern: /^[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?$/,
    hint: 'must consist of letters, digits and -, and begin and end with a letter or digit',
  }),
  // Join, lobby, consent
  join_screen_enabled: flag('CUD', true),
  lobby_message: text('CUD', null, { min: 3, max: 1000 }),
  lobby_sound_enabled: flag('CUD', false),
  consent_message_enabled: flag('CUD', true),
  consent_message_type: choice('CUD', 'generic', ['generic', 'custom']),
  consent_message: text('CUD', null),
  checkbox_message: text('CUD', null),
  // Ours: whether a room token, an invite or an account of the team needs the password of the room too.
  password_for_everyone_enabled: flag('CUD', false),
  simple_notifications_enabled: flag('CUD', true),
  rejoin_session_enabled: flag('CUD', true),
  html_title: text('CUD', null, { min: 3, max: 255 }),
  // End-to-end encryption and watermark
  e2ee_enabled: flag('CUD', false),
  e2ee_badge_enabled: flag('CUD', true),
  watermark_enabled: flag('CUD', false),
  watermark_text: text('CUD', null, { min: 3, max: 150, onTeam: { max: 50, pattern: LATIN, hint: 'must be in Latin characters' } }),
  // Media
  is_audio_only: flag('CU', false),
  audio_on_join_enabled: flag('CUD', true),
  video_on_join_enabled: flag('CUD', true),
  hd_video_on_join_enabled: flag('CUD', false),
  hd_video_quality: choice('CUD', '720_2.5', ['720_1.5', '720_2.5', '1080_2.5', '1080_5.5']),
  audio_quality: choice('CUD', '32', ['32', '64', '128', '256']),
  audio_autogain_enabled: flag('CUD', true),
  audio_noise_suppression_enabled: flag('CUD', true),
  audio_echo_cancellation_enabled: flag('CUD', true),
  mute_sound_enabled: flag('CUD', false),
  screenshare_enabled: flag('CUD', true),
  virtual_backgrounds_enabled: flag('CUD', true),
  virtual_backgrounds_v2_enabled: flag('CUD', false),
  whip_enabled: flag('CU', false),
  // Layout and controls
  topbar_enabled: flag('CUD', true),
  toolbar_enabled: flag('CUD', true),
  toolbar_position: choice('CUD', 'bottom', ['left', 'right', 'bottom']),
  toolbar_color: text('CUD', '#000000', HEX_COLOR),
  participants_list_enabled: flag('CUD', true),
  pin_enabled: flag('CUD', true),
  pin_panels_enabled: flag('CUD', false),
  full_screen_enabled: flag('CUD', true),
  minimize_own_tile_enabled: flag('CUD', true),
  minimize_own_tile_on_join_enabled: flag('CUD', false),
  broadcaster_tile_visibility: choice('CU', 'all', ['all', 'cam_mic', 'cam']),
  layout_mode_on_join: choice('CUD', 'tiled', LAYOUTS),
  layout_mode_switch_enabled: flag('CUD', true),
  video_fit_mode_enabled: flag('CUD', true),
  video_tile_layout_mode: choice('CUD', 'top', ['top', 'bottom']),
  pip_enabled: flag('CUD', true),
  auto_pip_enabled: flag('CUD', true),
  end_session_enabled: flag('CUD', true),
  leave_session_enabled: flag('CUD', true),
  connection_message_enabled: flag('CUD', true),
  connection_quality_indicator_enabled: flag('CUD', false),
  raise_hand_enabled: flag('CUD', true),
  room_reactions_enabled: flag('CUD', true),
  invite_participants_enabled: flag('CUD', true),
  invite_participants_advanced_enabled: flag('CUD', false),
  // Language and branding
  language: choice('CUD', 'en', LANGUAGES, ['ca-ES', 'nb-NO']),
  languages: list('CD', LANGUAGES, languageCode),
  language_selection_enabled: flag('CUD', true),
  primary_color: text('CUD', '#3771E0', HEX_COLOR),
  background_color: text('CUD', '#000000', HEX_COLOR),
  palette_mode: choice('CUD', 'light', ['light', 'dark']),
  logo_enabled: flag('CUD', false),
  custom_logo: text('CUD', null, PICTURE),
  application_logo: text('CUD', null, PICTURE),
  favicon: text('D', null, PICTURE),
  // Chat, Q&A, polls, notes
  chat_enabled: flag('CUD', true),
  private_chat_enabled: flag('CUD', true),
  private_group_chat_enabled: flag('CUD', false),
  private_group_chat_name: text('CUD', 'Moderators', { min: 3, max: 255 }),
  private_group_chat_roles: list('CUD', ['moderator'], roleRef),
  chat_persistence_enabled: flag('CUD', false),
  // Ours: whether people who come later see what was written before.
  chat_history_enabled: flag('CUD', true),
  chat_reactions_enabled: flag('CUD', true),
  chat_reactions_extended_enabled: flag('CUD', false),
  qa_enabled: flag('CUD', true),
  qa_default_filter: choice('CUD', 'all', ['all', 'open', 'answered']),
  upvote_qa_enabled: flag('CUD', true),
  polls_enabled: flag('CUD', true),
  shared_notes_enabled: flag('CUD', true),
  // Content and whiteboard
  content_library_enabled: flag('CUD', true),
  default_content_library: choice('CUD', 'room', ['room', 'personal']),
  library_id: text('CUD', null, UUID),
  whiteboard_enabled: flag('CUD', true),
  // Recording
  recordings_enabled: flag('CUD', true),
  recordings_layout_mode: choice('CUD', 'tiled', LAYOUTS),
  hide_tiles_in_recordings_enabled: flag('CUD', false),
  recording_logo_enabled: flag('CUD', true),
  participant_names_in_recordings_enabled: flag('CUD', true),
  recording_autostart_enabled: flag('CUD', false),
  recording_bookmarks_enabled: flag('CUD', false),
  recording_breakout_autostart_enabled: flag('CUD', false),
  recording_consent_message_enabled: flag('CUD', true),
  captions_in_recordings_enabled: flag('CUD', false),
  // Transcription and captions
  transcription_enabled: flag('CUD', false),
  transcription_auto_start_enabled: flag('CUD', true),
  transcription_store_enabled: flag('CUD', true),
  captions_enabled: flag('CUD', false),
  captions_language: choice('CUD', 'en', CAPTION_LANGUAGES),
  // Breakout rooms
  breakout_rooms_enabled: flag('CU', false),
  breakouts: list('CU', null, label),
  breakout_free_movement_enabled: flag('CU', false),
  breakout_return_to_main_room_enabled: flag('CU', true),
  breakout_timer_enabled: flag('CU', false),
  breakout_timer_duration: count('CU', 30, { min: 1, max: 1440 }),
  breakout_end_on_timer: flag('CU', true),
  // Restreaming
  restream_enabled: flag('CU', false),
  restream_type: choice('CU', 'custom', ['youtube', 'vimeo', 'cloudflare', 'custom']),
  restream_key: text('CU', null, { max: 1000, secret: true }),
  restream_url: text('CU', null, { max: 2000, pattern: /^rtmps?:\/\/[^\s"'<>]+$/, hint: 'must be an rtmp or rtmps URL' }),
  restream_layout_mode: choice('CU', 'tiled', LAYOUTS),
  hide_tiles_in_restream_enabled: flag('CU', false),
  restream_logo_enabled: flag('CU', true),
  restream_autostart_enabled: flag('CU', false),
  participant_names_in_restream_enabled: flag('CU', true),
  restream_consent_message_enabled: flag('CU', true),
  // Telephony
  telephony_enabled: flag('CU', false),
  telephony_phone_number: text('CU', null, { max: 255 }),
  telephony_pin_dtmf: text('CU', null, {
    max: 64,
    pattern: /^[0-9A-Da-d*#Ww,]+$/,
    hint: 'must consist of DTMF digits and the pauses W and w',
    secret: true,
  }),
} as const satisfies Record<string, Setting>;

export type SettingName = keyof typeof SETTINGS;
export const SETTING_NAMES = Object.keys(SETTINGS) as SettingName[]; // keys of a const object: exactly SettingName

type Widened<S> = S extends { kind: 'flag' }
  ? boolean
  : S extends { kind: 'count' }
    ? number
    : S extends { kind: 'list' }
      ? readonly string[]
      : S extends { kind: 'choice'; of: readonly (infer O)[] }
        ? O
        : string;

/** The value of every setting when nothing is left open; `null` where there is no value without one being given. */
export type Settings = {
  [K in SettingName]: Widened<(typeof SETTINGS)[K]> | (null extends (typeof SETTINGS)[K]['byDefault'] ? null : never);
};
/** What somebody gave; `null` takes an earlier value back. */
export type SettingsPatch = { [K in SettingName]?: Settings[K] | null };

export function namesOn(place: 'C' | 'U' | 'D'): SettingName[] {
  return SETTING_NAMES.filter((name) => SETTINGS[name].on.includes(place));
}

function patchSchema(names: SettingName[], onTeam: boolean) {
  const fields = names.map((name) => [name, schemaOf(SETTINGS[name], onTeam).optional()] as const);
  // The fields are built from the table, which is also where the type comes from.
  return z.object(Object.fromEntries(fields)) as unknown as z.ZodType<SettingsPatch>;
}

/** `POST /rooms` and `PATCH /rooms/{room}`: unknown keys are dropped. An update takes `tags` and `languages` as well. */
export const RoomSettingsPatch = patchSchema(namesOn('C'), false);
/** `PATCH /`: the team's defaults. */
export const TeamSettingsPatch = patchSchema(namesOn('D'), true);
