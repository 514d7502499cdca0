export const privacy = {
  title: 'Cookies and privacy',
  lead: 'This is everything that this site keeps in your browser. There are no cookies for advertising or analytics.',
  necessary: 'Strictly necessary',
  necessaryText: 'Without these, what you ask for could not be done. They are set only when you do it.',
  chosen: 'Your own choices',
  chosenText: 'Kept in this browser after you chose them, and never sent anywhere. You can clear them in your browser at any time.',
  nobodyElse:
    'Everything comes from this site alone: no other site is asked for scripts, fonts or pictures, and nobody else sets cookies here.',
  perRoom: '… and the name of the room',
  life: 'Kept',
  strictlyNecessary: 'Strictly necessary',
  yes: 'yes',
  no: 'no',
  days_one: 'for {{count}} day',
  days_other: 'for {{count}} days',
  until: {
    cookie: 'until you close the browser',
    sessionStorage: 'until you close the tab',
    localStorage: 'until you clear it',
  },
  kind: { cookie: 'Cookie', sessionStorage: 'Storage of the tab', localStorage: 'Storage of the browser' },
  entries: {
    session: {
      title: 'Sign-in',
      purpose: 'Keeps members of a team signed in. It is renewed while you use it and deleted when you sign out.',
    },
    sessionOnly: {
      title: 'Sign-in without staying signed in',
      purpose: 'Notes that you wanted to be signed in only until you close the browser.',
    },
    device: {
      title: 'This browser at the door',
      purpose:
        'A random number by which a room knows this browser again: so that a ban holds, a personal invite stays yours, and wrong passwords are counted. No script can read it, and it is used for nothing else.',
    },
    place: {
      title: 'Your place in a meeting',
      purpose: 'Brings you back into the meeting, or to your place in the lobby, after a reload.',
    },
    token: {
      title: 'Your access to a room',
      purpose: 'The token of the link that you came by, so that a reload does not ask for it again.',
    },
    invite: { title: 'Your invite to a room', purpose: 'The invite that you came by, so that a reload does not ask for it again.' },
    preferences: {
      title: 'Name and devices',
      purpose: 'The name you joined with, the camera, microphone and speaker you chose, whether they were on, and whether a knock rings.',
    },
    theme: { title: 'Theme', purpose: 'Light or dark, as you chose.' },
    language: { title: 'Language', purpose: 'The language you chose for these pages.' },
  },
};
