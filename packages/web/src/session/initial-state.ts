import type { SessionState } from './state.ts';

/** The state of a page that has joined nothing. */
export function initialState(): SessionState {
  return {
    phase: { kind: 'idle' },
    mediaPath: 'none',
    self: null,
    room: null,
    participants: {},
    order: [],
    remote: {},
    activeSpeakerId: null,
    chat: [],
    pending: [],
    unread: 0,
    lobby: [],
    nudge: null,
    local: {
      microphone: { on: false, busy: false, problem: null },
      camera: { on: false, busy: false, problem: null, track: null },
      screen: { on: false, busy: false, problem: null, track: null },
    },
    devices: { microphoneId: null, cameraId: null, speakerId: null },
    quality: 'good',
    playbackBlocked: false,
  };
}
