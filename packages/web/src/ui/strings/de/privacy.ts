import type { privacy as english } from '../en/privacy.ts';

export const privacy: typeof english = {
  title: 'Cookies und Datenschutz',
  lead: 'Das ist alles, was diese Website in Ihrem Browser speichert. Cookies für Werbung oder Auswertung gibt es nicht.',
  necessary: 'Unbedingt erforderlich',
  necessaryText: 'Ohne sie ginge nicht, worum Sie bitten. Sie werden erst dann gesetzt.',
  chosen: 'Ihre eigene Wahl',
  chosenText:
    'Bleibt in diesem Browser, nachdem Sie es gewählt haben, und wird nirgendwohin geschickt. Sie können es im Browser jederzeit löschen.',
  nobodyElse:
    'Alles kommt allein von dieser Website: Keine andere wird nach Skripten, Schriften oder Bildern gefragt, und niemand sonst setzt hier Cookies.',
  perRoom: '… und der Name des Raums',
  life: 'Bleibt',
  strictlyNecessary: 'Unbedingt erforderlich',
  yes: 'ja',
  no: 'nein',
  days_one: '{{count}} Tag',
  days_other: '{{count}} Tage',
  until: {
    cookie: 'bis Sie den Browser schließen',
    sessionStorage: 'bis Sie den Tab schließen',
    localStorage: 'bis Sie es löschen',
  },
  kind: { cookie: 'Cookie', sessionStorage: 'Speicher des Tabs', localStorage: 'Speicher des Browsers' },
  entries: {
    session: {
      title: 'Anmeldung',
      purpose: 'Hält Mitglieder eines Teams angemeldet. Es wird bei Gebrauch verlängert und beim Abmelden gelöscht.',
    },
    sessionOnly: {
      title: 'Anmeldung auf Zeit',
      purpose: 'Merkt sich, dass Sie nur angemeldet bleiben wollten, bis Sie den Browser schließen.',
    },
    device: {
      title: 'Dieser Browser an der Tür',
      purpose:
        'Eine Zufallszahl, an der ein Raum diesen Browser wiedererkennt: damit eine Sperre hält, eine persönliche Einladung Ihre bleibt und falsche Passwörter gezählt werden. Kein Skript kann sie lesen, und sie dient zu nichts anderem.',
    },
    place: {
      title: 'Ihr Platz in einer Besprechung',
      purpose: 'Bringt Sie nach einem Neuladen zurück in die Besprechung oder an Ihren Platz im Warteraum.',
    },
    token: { title: 'Ihr Zugang zu einem Raum', purpose: 'Das Token Ihres Links, damit ein Neuladen nicht noch einmal danach fragt.' },
    invite: { title: 'Ihre Einladung in einen Raum', purpose: 'Ihre Einladung, damit ein Neuladen nicht noch einmal danach fragt.' },
    preferences: {
      title: 'Name und Geräte',
      purpose:
        'Der Name, mit dem Sie beigetreten sind, Kamera, Mikrofon und Lautsprecher Ihrer Wahl, ob sie an waren, und ob ein Anklopfen klingelt.',
    },
    theme: { title: 'Darstellung', purpose: 'Hell oder dunkel, wie Sie gewählt haben.' },
    language: { title: 'Sprache', purpose: 'Die Sprache, die Sie für diese Seiten gewählt haben.' },
  },
};
