import type { errors as english } from '../en/errors.ts';

export const errors: typeof english = {
  bad_request: { title: 'An dieser Anfrage stimmt etwas nicht', action: 'Prüfen Sie Ihre Eingaben und versuchen Sie es erneut.' },
  sign_in_required: {
    title: 'Bitte melden Sie sich an',
    action: 'Ihre Anmeldung ist abgelaufen oder fehlt. Melden Sie sich an und versuchen Sie es erneut.',
  },
  token_required: {
    title: 'Dieser Raum ist privat',
    action: 'Zum Betreten brauchen Sie einen Einladungslink. Bitten Sie die Gastgeberin oder den Gastgeber darum.',
  },
  token_invalid: {
    title: 'Dieser Link funktioniert nicht',
    action: 'Er wurde verändert oder nicht vollständig kopiert. Öffnen Sie ihn erneut aus der Einladung oder bitten Sie um einen neuen.',
  },
  token_expired: { title: 'Dieser Link ist abgelaufen', action: 'Bitten Sie um einen neuen Link.' },
  token_not_yet_valid: {
    title: 'Dieser Link gilt noch nicht',
    action: 'Er gilt erst ab der festgelegten Zeit. Kommen Sie dann wieder und laden Sie die Seite neu.',
  },
  token_wrong_room: {
    title: 'Dieser Link gehört zu einem anderen Raum',
    action: 'Prüfen Sie, ob Sie die richtige Einladung geöffnet haben, oder bitten Sie um einen neuen Link.',
  },
  capability_invalid: { title: 'Die Medienverbindung wurde ersetzt', action: 'Laden Sie die Seite neu, um zurückzukommen.' },
  not_allowed: {
    title: 'Das dürfen Sie nicht',
    action: 'Wenden Sie sich an die Moderation oder an die Inhaberin oder den Inhaber des Teams.',
  },
  banned: { title: 'Sie dürfen diesen Raum nicht betreten', action: 'Die Moderation hat diesen Raum für Sie gesperrt.' },
  removed: {
    title: 'Sie wurden aus der Besprechung entfernt',
    action: 'Das hat die Moderation entschieden. Sie können darum bitten, wieder hereinzukommen.',
  },
  turned_away: {
    title: 'Sie wurden nicht hereingelassen',
    action: 'Die Moderation hat Sie abgewiesen. Fragen Sie nach, wenn Sie das für ein Versehen halten.',
  },
  room_locked: {
    title: 'Diese Besprechung ist abgeschlossen',
    action: 'Zurzeit kann niemand dazukommen. Bitten Sie jemanden in der Besprechung, sie aufzuschließen.',
  },
  password_required: {
    title: 'Dieser Raum hat ein Passwort',
    action: 'Geben Sie es ein, um beizutreten. Sie erfahren es von der Gastgeberin oder dem Gastgeber.',
  },
  password_wrong: {
    title: 'Das ist nicht das Passwort',
    action: 'Achten Sie auf Groß- und Kleinbuchstaben und versuchen Sie es erneut.',
  },
  invite_invalid: {
    title: 'Dieser Einladungslink funktioniert nicht',
    action: 'Er wurde zurückgezogen oder nicht vollständig kopiert. Bitten Sie um einen neuen.',
  },
  invite_expired: { title: 'Dieser Einladungslink ist abgelaufen', action: 'Bitten Sie um einen neuen.' },
  invite_used: {
    title: 'Dieser Einladungslink gehört jemand anderem',
    action: 'Er wurde schon auf einem anderen Gerät benutzt. Öffnen Sie ihn dort oder bitten Sie um einen neuen.',
  },
  mail_not_configured: {
    title: 'Hier ist keine E-Mail eingerichtet',
    action: 'Kopieren Sie den Link und schicken Sie ihn selbst, oder bitten Sie den Betreiber, einen Mailserver einzurichten.',
  },
  mail_limit_reached: {
    title: 'Das Team hat heute schon alle Einladungen verschickt',
    action: 'Kopieren Sie den Link und schicken Sie ihn selbst, oder versuchen Sie es morgen wieder.',
  },
  broadcasters_full: {
    title: 'Es senden schon zu viele',
    action: 'Sie können zuhören und zusehen. Versuchen Sie es erneut, wenn jemand aufgehört hat.',
  },
  not_found: {
    title: 'Das können wir nicht finden',
    action: 'Vielleicht wurde es entfernt. Prüfen Sie den Link oder bitten Sie um einen neuen.',
  },
  conflict: {
    title: 'Das geht gerade nicht',
    action: 'Inzwischen hat sich etwas geändert, oder der Name ist vergeben. Laden Sie neu und versuchen Sie es erneut.',
  },
  replaced: {
    title: 'Sie sind von einem anderen Ort beigetreten',
    action: 'Die Besprechung läuft dort weiter. Sie können jederzeit in dieses Fenster zurückkehren.',
  },
  media_lost: {
    title: 'Die Medienverbindung ist abgebrochen',
    action: 'Sie wird neu aufgebaut. Laden Sie die Seite neu, falls das länger als einige Sekunden dauert.',
  },
  session_ended: { title: 'Die Besprechung ist beendet', action: 'Danke, dass Sie dabei waren.' },
  stale: {
    title: 'Jemand anderes hat das geändert',
    action: 'Laden Sie neu, um den aktuellen Stand zu sehen, und wiederholen Sie Ihre Änderung.',
  },
  too_large: { title: 'Das ist zu groß', action: 'Kürzen Sie es und versuchen Sie es erneut.' },
  invalid_settings: { title: 'Einige Angaben stimmen nicht', action: 'Sehen Sie sich die markierten Felder an.' },
  rate_limited: { title: 'Zu viele Versuche', action: 'Warten Sie eine Minute und versuchen Sie es erneut.' },
  internal: {
    title: 'Bei uns ist etwas schiefgegangen',
    action: 'Versuchen Sie es gleich noch einmal. Wenn es so bleibt, wenden Sie sich an Ihre Administration.',
  },
  maintenance: { title: 'Der Server startet neu', action: 'Das dauert einige Sekunden. Versuchen Sie es gleich noch einmal.' },
  unavailable: { title: 'Ein Teil des Dienstes antwortet nicht', action: 'Versuchen Sie es gleich noch einmal.' },
  no_capacity: {
    title: 'Der Server ist ausgelastet',
    action:
      'Es laufen gerade zu viele Besprechungen. Versuchen Sie es in einigen Minuten erneut oder wenden Sie sich an Ihre Administration.',
  },
  room_full: {
    title: 'Dieser Raum ist voll',
    action: 'Versuchen Sie es erneut, wenn jemand gegangen ist, oder bitten Sie um mehr Plätze.',
  },
  network: { title: 'Keine Verbindung zum Server', action: 'Prüfen Sie Ihre Internetverbindung und versuchen Sie es erneut.' },
};
