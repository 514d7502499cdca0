import type { ErrorCode } from '@conclave/protocol/errors';

/** Every code has a title and what to do. `network` is the page's own: no answer came at all. */
export type ShownError = ErrorCode | 'network';

export const errors = {
  bad_request: { title: 'Something in this request is not right', action: 'Check what you typed and try again.' },
  sign_in_required: { title: 'Please sign in', action: 'Your sign-in has ended or is missing. Sign in and try again.' },
  token_required: { title: 'This room is private', action: 'You need an invitation link to enter. Ask the host to send you one.' },
  token_invalid: {
    title: 'This link does not work',
    action: 'It was changed or copied only in part. Open it again from the invitation, or ask the host for a new one.',
  },
  token_expired: { title: 'This link has expired', action: 'Ask the host for a new one.' },
  token_not_yet_valid: {
    title: 'This link is not valid yet',
    action: 'It works from the time the host has set. Come back then and reload the page.',
  },
  token_wrong_room: {
    title: 'This link is for another room',
    action: 'Check that you opened the right invitation, or ask the host for a new link.',
  },
  capability_invalid: { title: 'The media connection was replaced', action: 'Reload the page to come back.' },
  not_allowed: { title: 'You may not do this', action: 'Ask a moderator or the owner of the team if you need it.' },
  banned: { title: 'You may not enter this room', action: 'A moderator has closed this room for you.' },
  removed: { title: 'You were removed from the meeting', action: 'A moderator decided this. You can ask to come in again.' },
  turned_away: { title: 'You were not let in', action: 'A moderator turned you away. Ask the host if you think this was a mistake.' },
  room_locked: { title: 'This meeting is locked', action: 'Nobody new can come in now. Ask somebody inside to unlock it.' },
  password_required: { title: 'This room has a password', action: 'Type it to come in. The host can tell you what it is.' },
  password_wrong: { title: 'This is not the password', action: 'Check capital and small letters and try again.' },
  invite_invalid: {
    title: 'This invite does not work',
    action: 'It was withdrawn or copied only in part. Ask whoever invited you for a new one.',
  },
  invite_expired: { title: 'This invite has expired', action: 'Ask whoever invited you for a new one.' },
  invite_used: {
    title: 'This invite belongs to somebody else',
    action: 'It was used from another device already. Open it there, or ask whoever invited you for a new one.',
  },
  mail_not_configured: {
    title: 'Mail is not set up here',
    action: 'Copy the link and send it yourself, or ask the operator to set up a mail server.',
  },
  mail_limit_reached: {
    title: 'The team has sent its invites for today',
    action: 'Copy the link and send it yourself, or try again tomorrow.',
  },
  broadcasters_full: { title: 'Too many people are sending', action: 'You can listen and watch. Try again when somebody has stopped.' },
  not_found: { title: 'We cannot find this', action: 'It may have been removed. Check the link or ask for a new one.' },
  conflict: { title: 'This is not possible now', action: 'Something changed meanwhile, or the name is taken. Reload and try again.' },
  replaced: { title: 'You joined from another place', action: 'The meeting goes on there. You can come back to this window at any time.' },
  media_lost: {
    title: 'The media connection was lost',
    action: 'It is being set up again. Reload the page if this takes longer than a few seconds.',
  },
  session_ended: { title: 'The meeting has ended', action: 'Thank you for being there.' },
  stale: { title: 'Somebody else changed this', action: 'Reload to see the newest version, then make your change again.' },
  too_large: { title: 'That is too large', action: 'Make it shorter and try again.' },
  invalid_settings: { title: 'Some entries are not right', action: 'Look at the marked fields.' },
  rate_limited: { title: 'Too many tries', action: 'Wait a minute and try again.' },
  internal: { title: 'Something went wrong on our side', action: 'Try again in a moment. If it stays, tell your administrator.' },
  maintenance: { title: 'The server is restarting', action: 'This takes a few seconds. Try again in a moment.' },
  unavailable: { title: 'Part of the service is not answering', action: 'Try again in a moment.' },
  no_capacity: {
    title: 'There is no room on the server',
    action: 'Too many meetings are running now. Try again in a few minutes or tell your administrator.',
  },
  room_full: { title: 'This room is full', action: 'Try again when somebody has left, or ask the host for more places.' },
  network: { title: 'No connection to the server', action: 'Check your internet connection and try again.' },
} satisfies Record<ShownError, { title: string; action: string }>;
