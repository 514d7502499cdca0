/** Every size, count and time that an outsider can run into. Units are in the names. */
export const LIMITS = {
  signalMessageBytes: 64 * 1024,
  signalAuthTimeoutMs: 5_000,
  /** A token bucket per connection: `signalBurst` at once, `signalPerSecond` sustained. */
  signalBurst: 60,
  signalPerSecond: 20,
  signalPingIntervalMs: 10_000,
  /** Two missed pongs: the connection counts as lost. */
  signalPongTimeoutMs: 20_000,
  /** Not yet sent to one client; above it the client reads too slowly and is cut off. */
  signalBufferedBytes: 1024 * 1024,
  /** Requests of one connection that wait their turn; above it the connection is not read. */
  signalPendingRequests: 16,
  /** Connections of one address that have not joined or resumed yet. */
  signalNewcomersPerAddress: 64,
  /** `POST /api/entry` and `POST /api/join` of one address together. */
  joinRequestsPerMinute: 600,
  /** Connection checks of one address in a minute: `POST /api/check`. */
  checksPerMinute: 20,
  /** All other requests of connection checks of one address in a minute. */
  checkRequestsPerMinute: 240,
  /** How long the throw-away transports of a check live at most. */
  checkLifetimeMs: 30_000,
  /** Checks of one media node that have transports at the same time. */
  checksAtOnce: 60,
  /** The largest piece by which a check measures bandwidth. */
  checkBytes: 1024 * 1024,
  /** Such pieces that are on their way at the same time, of all checks, so that measuring holds up no meeting. */
  checkMeasurementsAtOnce: 8,
  restBodyBytes: 256 * 1024,
  mediaBodyBytes: 256 * 1024,
  mediaRequestsPerSecond: 50,
  mediaRequestsBurst: 200,
  ticketLifetimeMs: 30_000,
  /** How long a participant whose connection broke stays in the room. */
  reconnectGraceMs: 30_000,
  /** The same, when the page said that it goes away (reload, closed tab) and the doors are open. */
  goodbyeGraceMs: 6_000,
  /** After a restart of the server: how long restored participants may take to come back. */
  restoreGraceMs: 60_000,
  /** How long somebody whose connection broke stays in the lobby. */
  lobbyGraceMs: 60_000,
  /** How long somebody who was let in may take to enter. */
  admittedMs: 120_000,
  /** People who wait in the lobby of one room. */
  knocksPerRoom: 500,
  /** Knocks of one address that wait at once, in all rooms. */
  knocksPerAddress: 20,
  /** The word to somebody who is turned away; the reason of a ban. */
  reasonLength: 300,
  passwordLength: 128,
  invitesPerRoom: 1_000,
  personsPerInvite: 1_000,
  /** Mails with invites of one team in 24 hours. */
  inviteMailsPerDay: 500,
  nameLength: 100,
  roomNameLength: 100,
  chatTextLength: 4_000,
  chatHistory: 200,
  tokenLength: 8_192,
  producersPerParticipant: 8,
  consumersPerRequest: 200,
  /** Pages of one member that follow the event log live. */
  logReadersPerMember: 20,
  initialVideoConsumers: 12,
} as const;
