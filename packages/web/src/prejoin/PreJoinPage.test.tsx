// @vitest-environment jsdom
import type { EntryReply } from '@conclave/protocol/rest/join';
import { screen } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { beforeEach, describe, expect, test, vi } from 'vitest';
import { preparePages, showPage } from '../app/testing.tsx';
import { EntryRefused } from './EntryRefused.tsx';
import type { JoinAnswers } from './JoinForm.tsx';
import { PreJoinPage, type PreJoinChoice } from './PreJoinPage.tsx';

preparePages();

const ENTRY: EntryReply = {
  room: { name: 'Quarterly planning', friendlyUrl: 'abcd', description: null },
  team: { name: 'Aurora Labs' },
  name: { value: null, fixed: false },
  role: 'speaker',
  needsPassword: false,
  waits: false,
  lobbyMessage: null,
  may: { microphone: true, camera: true, screen: true },
  microphoneOnJoin: true,
  cameraOnJoin: true,
};
const ATTENDEE: EntryReply = { ...ENTRY, role: 'attendee', may: { microphone: false, camera: false, screen: false } };

/** A browser whose devices answer with an error, or were never asked for. */
function browserWith({ permission = 'granted', error = 'NotFoundError' }: { permission?: PermissionState; error?: string } = {}) {
  const asked: MediaStreamConstraints[] = [];
  vi.stubGlobal('isSecureContext', true);
  vi.stubGlobal('RTCPeerConnection', vi.fn<() => void>());
  Object.defineProperties(navigator, {
    permissions: { configurable: true, value: { query: async () => ({ state: permission }) } },
    mediaDevices: {
      configurable: true,
      value: Object.assign(new EventTarget(), {
        enumerateDevices: async () => [],
        getUserMedia: async (constraints: MediaStreamConstraints) => {
          asked.push(constraints);
          throw new DOMException('refused', error);
        },
      }),
    },
  });
  return asked;
}

const approached: JoinAnswers[] = [];

function show(entry = ENTRY) {
  approached.length = 0;
  const joined: PreJoinChoice[] = [];
  showPage(
    <PreJoinPage
      entry={entry}
      onApproach={(answers) => void approached.push(answers)}
      onJoin={async (choice) => void joined.push(choice)}
    />,
    '/abcd',
  );
  return joined;
}
const join = () => userEvent.click(screen.getByRole('button', { name: 'Join' }));

describe('the page before the room', () => {
  beforeEach(() => {
    browserWith();
  });

  test('names the room and the team, and joins with the name that was typed', async () => {
    const joined = show();
    expect(screen.getByRole('heading', { level: 1, name: 'Quarterly planning' })).toBeTruthy();
    await userEvent.type(screen.getByRole('textbox', { name: 'Your name' }), '  Ada Lovelace ');
    await join();
    expect(joined).toEqual([
      expect.objectContaining({ name: 'Ada Lovelace', microphoneOn: false, cameraOn: false, microphoneTrack: null, cameraTrack: null }),
    ]);
  });

  test('asks for a name when there is none', async () => {
    const joined = show();
    await join();
    expect(screen.getByText('Please tell the others your name.')).toBeTruthy();
    expect(document.activeElement).toBe(screen.getByRole('textbox', { name: 'Your name' }));
    expect(joined).toEqual([]);
  });

  test('remembers the name for the next time', async () => {
    show();
    await userEvent.type(screen.getByRole('textbox', { name: 'Your name' }), 'Ada');
    await join();
    show();
    expect(screen.getAllByRole<HTMLInputElement>('textbox').at(-1)?.value).toBe('Ada');
  });

  test('who comes near the button with a name is announced, a password is not tried before it is sent', async () => {
    const near = () => userEvent.hover(screen.getAllByRole('button', { name: 'Join' }).at(-1) as HTMLElement); // the last page shown
    show();
    await near();
    expect(approached).toEqual([]);
    await userEvent.type(screen.getByRole('textbox', { name: 'Your name' }), 'Ada');
    await near();
    expect(approached[0]).toEqual({ name: 'Ada', password: null });
    show({ ...ENTRY, name: { value: 'Ada', fixed: true }, needsPassword: true });
    await near();
    expect(approached).toEqual([]);
  });

  test('a name that the token fixes is shown, not asked, and not sent', async () => {
    const joined = show({ ...ENTRY, name: { value: 'Ben Okafor', fixed: true } });
    expect(screen.getByText('Ben Okafor')).toBeTruthy();
    expect(screen.queryByRole('textbox')).toBeNull();
    await join();
    expect(joined[0]?.name).toBeNull();
  });

  test('an attendee is asked for no device', async () => {
    const asked = browserWith();
    show(ATTENDEE);
    expect(screen.getByText('You are joining to watch and listen')).toBeTruthy();
    expect(screen.queryByRole('button', { name: /camera|microphone/i })).toBeNull();
    expect(asked).toEqual([]);
  });

  test('explains before the browser asks, and one can go on without', async () => {
    const asked = browserWith({ permission: 'prompt' });
    show();
    await screen.findByRole('heading', { name: 'See and hear yourself first' });
    expect(asked).toEqual([]);
    await userEvent.click(screen.getByRole('button', { name: 'Continue without' }));
    expect(screen.getByRole('button', { name: 'Start camera' })).toBeTruthy();
    expect(screen.getByRole('button', { name: 'Unmute microphone' })).toBeTruthy();
    expect(asked).toEqual([]);
  });

  test.each([
    ['NotAllowedError', 'Camera and microphone are blocked'],
    ['NotFoundError', 'No camera or microphone was found'],
    ['NotReadableError', 'Camera and microphone are used by another program'],
    ['Error', 'Camera and microphone did not start'],
  ])('%s is said as “%s”, can be tried again, and one can join without', async (error, title) => {
    const asked = browserWith({ error });
    const joined = show();
    await screen.findByText(title);
    const before = asked.length;
    await userEvent.click(screen.getByRole('button', { name: 'Try again' }));
    expect(asked.length).toBeGreaterThan(before);
    await userEvent.type(screen.getByRole('textbox', { name: 'Your name' }), 'Ada');
    await join();
    expect(joined).toHaveLength(1);
  });

  test('a page without HTTPS says that it is the page, not the device', async () => {
    browserWith();
    vi.stubGlobal('isSecureContext', false);
    show();
    expect(await screen.findByText('This page was not opened securely')).toBeTruthy();
  });

  test('a browser without WebRTC is told which ones can', async () => {
    browserWith();
    vi.stubGlobal('RTCPeerConnection', undefined);
    show();
    expect(await screen.findByText('This browser cannot hold a meeting')).toBeTruthy();
  });
});

describe('a link that does not open the room', () => {
  test.each([
    ['not_found', 'There is no such room'],
    ['token_required', 'This room is private'],
    ['token_expired', 'This link has expired'],
    ['token_wrong_room', 'This link is for another room'],
  ] as const)('%s says “%s” and offers no useless try', (code, title) => {
    showPage(<EntryRefused code={code} onRetry={() => {}} />);
    expect(screen.getByRole('heading', { level: 1, name: title })).toBeTruthy();
    expect(screen.queryByRole('button', { name: 'Try again' })).toBeNull();
  });

  test.each(['room_full', 'network', 'unavailable', 'token_not_yet_valid'] as const)('%s can be tried again', async (code) => {
    let tries = 0;
    showPage(<EntryRefused code={code} onRetry={() => tries++} />);
    await userEvent.click(screen.getByRole('button', { name: 'Try again' }));
    expect(tries).toBe(1);
  });
});
