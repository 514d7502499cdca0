import type { MediaSource } from '@conclave/protocol/media-api/rtp';

/** Plays what others say. One `<audio>` for each track: Chromium's echo cancellation hears elements, not WebAudio graphs. */
export interface Playback {
  set(participantId: string, source: MediaSource, track: MediaStreamTrack | null): void;
  setSpeaker(speakerId: string | null): Promise<void>;
  /** Call from a click. */
  unblock(): Promise<void>;
  dispose(): void;
}

/** @param onBlocked true when the browser refuses to play before the person has touched the page. */
export function createPlayback(onBlocked: (blocked: boolean) => void): Playback {
  const elements = new Map<string, HTMLAudioElement>();
  let speaker: string | null = null;

  const play = async (element: HTMLAudioElement) => {
    try {
      await element.play();
      return true;
    } catch (error) {
      // AbortError: the track was swapped while it started; the next play() follows at once.
      return !(error instanceof DOMException && error.name === 'NotAllowedError');
    }
  };
  const stop = (key: string) => {
    const element = elements.get(key);
    if (element === undefined) return;
    elements.delete(key);
    element.pause();
    element.srcObject = null;
  };
  const applySpeaker = async (element: HTMLAudioElement) => {
    if ('setSinkId' in element) await element.setSinkId(speaker ?? '').catch(() => {}); // a speaker that is gone: the default one plays on
  };

  return {
    set: (participantId, source, track) => {
      const key = `${participantId}/${source}`;
      if (track === null) return stop(key);
      const element = elements.get(key) ?? new Audio();
      element.autoplay = true;
      element.srcObject = new MediaStream([track]);
      if (!elements.has(key)) {
        elements.set(key, element);
        if (speaker !== null) void applySpeaker(element);
      }
      void play(element).then((played) => {
        if (!played) onBlocked(true);
      });
    },
    setSpeaker: async (speakerId) => {
      speaker = speakerId;
      await Promise.all([...elements.values()].map(applySpeaker));
    },
    unblock: async () => {
      const played = await Promise.all([...elements.values()].map(play));
      onBlocked(played.includes(false));
    },
    dispose: () => {
      for (const key of elements.keys()) stop(key);
    },
  };
}
