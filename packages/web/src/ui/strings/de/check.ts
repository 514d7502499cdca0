import type { check as english } from '../en/check.ts';

export const check: typeof english = {
  title: 'Verbindungstest',
  lead: 'Prüft, ob Browser, Geräte und Netz für eine Besprechung bereit sind. Niemand sieht oder hört Sie dabei.',
  results: 'Ergebnisse',
  running: 'Wird geprüft …',
  runningText: 'Das dauert weniger als eine Minute. Der Browser fragt vielleicht, ob er Kamera und Mikrofon verwenden darf.',
  progress: 'Fortschritt der Prüfung',
  again: 'Noch einmal prüfen',
  backToMeeting: 'Zurück zur Besprechung',
  todo: 'Was hilft:',
  privacy:
    'Es wird nichts aufgezeichnet, Kamera und Mikrofon werden sofort wieder geschlossen. Der Code enthält diese Ergebnisse und nichts über Sie.',
  code: 'Code für den Support',
  codeText: 'Wenn etwas nicht geht, nennen Sie diesen Code der Person, die Ihnen hilft. Er sagt, was oben gefunden wurde.',
  pending: { devices: 'Wartet auf den Browser …', others: 'Wird geprüft …' },
  verdict: {
    good: { title: 'Alles bereit', text: 'Alles, was eine Besprechung braucht, funktioniert.' },
    limited: {
      title: 'Teilnahme mit Einschränkungen möglich',
      text: 'Unten ist etwas nicht, wie es sein sollte. Eine Besprechung geht, aber nicht so gut, wie sie könnte.',
    },
    blocked: {
      title: 'Hier geht keine Besprechung',
      text: 'Etwas, das eine Besprechung braucht, ist gesperrt. Unten steht, was, und was dagegen hilft.',
    },
  },
  rows: {
    secureContext: {
      title: 'Browser',
      notChecked: 'Nicht geprüft.',
      ok: 'Ihr Browser kann an Besprechungen teilnehmen.',
      insecure: 'Diese Seite wurde nicht über eine sichere Verbindung geöffnet; deshalb sperrt der Browser Kamera und Mikrofon.',
      unsupported: 'Dieser Browser kann nicht an Besprechungen teilnehmen.',
    },
    microphone: {
      title: 'Mikrofon',
      notChecked: 'Nicht geprüft: Die Frage des Browsers wurde nicht beantwortet.',
      ok: 'Ihr Mikrofon funktioniert.',
      denied: 'Der Browser darf Ihr Mikrofon nicht verwenden.',
      missing: 'Es wurde kein Mikrofon gefunden.',
      busy: 'Ein anderes Programm verwendet Ihr Mikrofon.',
      failed: 'Ihr Mikrofon ließ sich nicht öffnen.',
    },
    camera: {
      title: 'Kamera',
      notChecked: 'Nicht geprüft: Die Frage des Browsers wurde nicht beantwortet.',
      ok: 'Ihre Kamera funktioniert.',
      denied: 'Der Browser darf Ihre Kamera nicht verwenden.',
      missing: 'Es wurde keine Kamera gefunden.',
      busy: 'Ein anderes Programm verwendet Ihre Kamera.',
      failed: 'Ihre Kamera ließ sich nicht öffnen.',
    },
    https: { title: 'Server', notChecked: 'Nicht geprüft.', ok: 'Der Server antwortet.', blocked: 'Der Server antwortet nicht.' },
    signalling: {
      title: 'Dauernde Verbindung (WebSocket)',
      notChecked: 'Nicht geprüft.',
      ok: 'Sie öffnet sich und bleibt offen.',
      blocked: 'Sie ist gesperrt. Ohne sie kann niemand beitreten.',
    },
    udp: {
      title: 'Ton und Bild über UDP',
      notChecked: 'Gerade nicht geprüft.',
      ok: 'Offen: der beste Weg für Ton und Bild.',
      blocked: 'UDP zu {{address}}, Port\u00a0{{port}}, ist gesperrt.',
    },
    tcp: {
      title: 'Ton und Bild über TCP',
      notChecked: 'Gerade nicht geprüft.',
      ok: 'Offen: springt ein, wo UDP gesperrt ist.',
      blocked: 'TCP zu {{address}}, Port\u00a0{{port}}, ist gesperrt.',
    },
    turn: {
      title: 'Ton und Bild über TLS (TURN)',
      notChecked: 'Gerade nicht geprüft.',
      ok: 'Offen: springt ein, wo alles andere gesperrt ist.',
      blocked: 'Der Weg über den Port für Webseiten ist gesperrt.',
      notOffered: 'Nicht geprüft: Dieser Weg ist auf diesem Server nicht eingerichtet.',
    },
    download: {
      title: 'Geschwindigkeit zu Ihnen',
      notChecked: 'Gerade nicht gemessen.',
      ok: 'Schnell genug für viele Bilder: {{download}}\u00a0Mbit/s oder mehr.',
      fair: 'Genug für Ton und kleine Bilder: etwa {{download}}\u00a0Mbit/s.',
      poor: 'Kaum genug für Ton: etwa {{download}}\u00a0Mbit/s.',
    },
    upload: {
      title: 'Geschwindigkeit von Ihnen',
      notChecked: 'Gerade nicht gemessen.',
      ok: 'Schnell genug für Ihre Kamera: {{upload}}\u00a0Mbit/s oder mehr.',
      fair: 'Genug für Ton und ein kleines Bild: etwa {{upload}}\u00a0Mbit/s.',
      poor: 'Kaum genug für Ton: etwa {{upload}}\u00a0Mbit/s.',
    },
    clock: {
      title: 'Uhr',
      notChecked: 'Nicht geprüft.',
      ok: 'Die Uhr dieses Geräts geht richtig.',
      ahead: 'Die Uhr dieses Geräts geht {{minutes}} Minuten vor.',
      behind: 'Die Uhr dieses Geräts geht {{minutes}} Minuten nach.',
    },
  },
  advice: {
    secureContext: 'Öffnen Sie den Link mit https:// am Anfang, in einem aktuellen Chrome, Edge, Firefox oder Safari.',
    microphone: {
      denied:
        'Erlauben Sie das Mikrofon in der Adresszeile des Browsers und in den Einstellungen des Geräts. Zuhören können Sie auch ohne.',
      missing: 'Schließen Sie ein Mikrofon oder Headset an. Zuhören können Sie auch ohne.',
      busy: 'Beenden Sie das andere Programm. Zuhören können Sie auch ohne Mikrofon.',
      failed: 'Schließen Sie das Mikrofon neu an oder starten Sie den Browser neu. Zuhören können Sie auch ohne.',
    },
    camera: {
      denied:
        'Erlauben Sie die Kamera in der Adresszeile des Browsers und in den Einstellungen des Geräts. Teilnehmen können Sie auch ohne.',
      missing: 'Schließen Sie eine Kamera an. Teilnehmen können Sie auch ohne.',
      busy: 'Beenden Sie das andere Programm. Teilnehmen können Sie auch ohne Kamera.',
      failed: 'Schließen Sie die Kamera neu an oder starten Sie den Browser neu. Teilnehmen können Sie auch ohne.',
    },
    https:
      'Prüfen Sie, ob Sie online sind. Wenn sich andere Seiten öffnen, bitten Sie die Zuständigen des Netzes, https://{{site}} zu erlauben.',
    signalling: 'Bitten Sie die Zuständigen des Netzes, WebSocket-Verbindungen zu wss://{{site}} durch ihren Proxy zu lassen.',
    udp: 'Bitten Sie die Zuständigen des Netzes, UDP zu {{address}}, Port\u00a0{{port}}, zu erlauben. Bis dahin können Ton und Bild stocken.',
    tcp: 'Bitten Sie die Zuständigen des Netzes, TCP zu {{address}}, Port\u00a0{{port}}, als zweiten Weg zu erlauben.',
    turn: 'Bitten Sie die Zuständigen des Netzes, TLS zu {{site}} zu erlauben, ohne es unterwegs zu öffnen.',
    download: 'Gehen Sie näher an den Router oder nehmen Sie ein Kabel, und halten Sie andere Downloads an.',
    upload: 'Gehen Sie näher an den Router oder nehmen Sie ein Kabel, halten Sie andere Uploads an und lassen Sie die Kamera aus.',
    clock: 'Lassen Sie das Gerät die Zeit selbst stellen. Mit einer falschen Uhr können sichere Verbindungen und Einladungen scheitern.',
  },
};
