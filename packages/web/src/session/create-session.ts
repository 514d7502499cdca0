import { createStore } from 'zustand/vanilla';
import { receivedLevel } from './audio-level.ts';
import { createChatClient } from './chat-client.ts';
import { createDeviceCache } from './device-cache.ts';
import { initialState } from './initial-state.ts';
import { inspectPath } from './inspect-path.ts';
import { failureOf, type Person } from './join-request.ts';
import { createLink } from './link.ts';
import { createLocalSources } from './local-sources.ts';
import { createMedia } from './media.ts';
import { listenToPage } from './page-events.ts';
import { createPlayback } from './playback.ts';
import { savePreferences, type KeyValueStorage } from './preferences.ts';
import { watchQuality } from './quality.ts';
import { createRemoteTracks } from './remote-tracks.ts';
import { createRoomEvents } from './room-events.ts';
import type { DeviceChoice, MeetingSession, SessionCommands, SessionState, WatchedVideo } from './state.ts';
import { createTabPlace } from './tab-place.ts';

export interface SessionEnvironment {
  /** Of the server, for example `https://meet.example.com`. */
  origin: string;
  /** Lasts as long as the tab: what a reload needs. */
  storage: KeyValueStorage;
  /** Lasts on this device: chosen devices. Left out nothing is remembered. */
  preferences?: KeyValueStorage;
}

const WATCH_DEBOUNCE_MS = 100;

/** The whole of a participant without a face: signalling, devices, media. Does nothing before `join` or `resume`. */
export function createMeetingSession(environment: SessionEnvironment): MeetingSession {
  const { origin } = environment;
  const store = createStore<SessionState>(initialState);
  const { getState, setState } = store;
  const view: { watched: readonly WatchedVideo[] | null; hidden: boolean } = { watched: null, hidden: false };

  const devices = createDeviceCache();
  const place = createTabPlace(environment.storage, store);
  const playback = createPlayback((playbackBlocked) => setState({ playbackBlocked }));
  const remote = createRemoteTracks(store, playback);
  const local = createLocalSources(
    store,
    () => media.path()?.send ?? null,
    (error) => media.handleError(error),
  );

  const media = createMedia({
    origin,
    devices,
    wanted: () => ({ producers: othersProducers(getState()).filter(({ id }) => !events.isClosing(id)), ...view }),
    onState: (mediaPath) => {
      if (getState().mediaPath !== mediaPath) setState({ mediaPath });
    },
    onTrack: remote.set,
    onTrackGone: remote.gone,
    onOpened: () => local.publishAll(),
    onSettled: (path) => remote.keepOnly(path.receive.list()),
    onPublishRefused: (source, code) => local.takenBack(source, code),
    requestIceServers: async () => (await link.request('media.ice-servers', {})).iceServers,
    requestAccess: async (signal) => {
      await link.whenConnected(signal);
      return (await link.request('media.restart', devices.mediaAhead())).media;
    },
  });

  const link = createLink({
    origin,
    mediaAhead: () => devices.mediaAhead(),
    resumeState: () => ({ keepMedia: media.usable() }),
    onPhase: (phase) => setState({ phase }),
    onJoined: (joined) => events.enter(joined),
    onWaiting: (knockToken, sentBack) => waitInLobby(knockToken, sentBack),
    onNotification: (notification) => events.take(notification),
    onOver: (phase) => end(phase),
  });
  const chat = createChatClient(store, link);
  const events = createRoomEvents({ store, media, local, remote, chat, place });

  /** Lets go of everything that belongs to one stay in a room. */
  const end = (phase: SessionState['phase']) => {
    setState({ phase });
    place.forget();
    events.clear();
    media.close();
    local.reset();
    remote.clear();
    view.watched = null;
  };

  /** Nothing of the room is left on the page; devices stay as they are, for the moment in which one is let in. */
  const waitInLobby = (knockToken: string, sentBack: boolean) => {
    events.clear();
    media.close();
    remote.clear();
    const { local, devices: choice } = getState();
    setState({ ...initialState(), local, devices: choice, phase: { kind: 'waiting', sentBack } });
    place.wait(knockToken);
  };

  const begin = (person: Person, choice: DeviceChoice) => {
    setState({ ...initialState(), devices: choice });
    place.begin(person);
    void playback.setSpeaker(choice.speakerId);
  };

  const commands: SessionCommands = {
    anticipate: link.anticipate,
    join: async ({ room, token, invite, password, name, ...options }) => {
      const person = { room, token, invite, password, name };
      begin(person, options.devices);
      local.adopt(options);
      // On without a track: there was no preview, or its device failed; the state will say why.
      if (options.microphoneOn && options.microphoneTrack === null) void local.setMicrophone(true);
      if (options.cameraOn && options.cameraTrack === null) void local.setCamera(true);
      await link.join(person);
    },
    resume: async (room) => {
      const record = await place.reclaim(room);
      if (record === null) return false;
      const person = { room, token: record.token, invite: record.invite, password: null, name: record.name };
      begin(person, record.devices);
      if (record.routerRtpCapabilities !== null) await devices.prepare(record.routerRtpCapabilities);
      if (!(await link.resume(person, record.place))) {
        end({ kind: 'idle' });
        return false;
      }
      if (record.microphoneOn) void local.setMicrophone(true);
      if (record.cameraOn) void local.setCamera(true);
      return true;
    },
    leave: async () => {
      const gone = link.leave();
      end({ kind: 'ended', reason: 'left' });
      await gone;
    },
    setMicrophone: local.setMicrophone,
    setCamera: local.setCamera,
    startScreenShare: local.startScreen,
    stopScreenShare: local.stopScreen,
    selectDevices: async (choice) => {
      const before = getState().devices;
      const chosen = { ...before, ...choice };
      setState({ devices: chosen });
      if (environment.preferences !== undefined) savePreferences(environment.preferences, { devices: chosen });
      if (chosen.speakerId !== before.speakerId) await playback.setSpeaker(chosen.speakerId);
      await local.switchDevices({ microphone: chosen.microphoneId !== before.microphoneId, camera: chosen.cameraId !== before.cameraId });
    },
    sendChat: chat.send,
    retryChat: chat.retry,
    discardChat: chat.discard,
    markChatRead: () => setState({ unread: 0 }),
    setChatOpen: chat.setOpen,
    rename: async (name) => {
      await link.request('participant.rename', { name }).catch(() => {}); // the roster shows the name that holds
    },
    react: async (messageId, emoji, on) => {
      await link.request('chat.react', { messageId, emoji, on }).catch(() => {}); // the message shows what holds
    },
    ask: async (type, data) => {
      try {
        return { ok: true, data: await link.request(type, data) };
      } catch (error) {
        return { ok: false, code: failureOf(error) };
      }
    },
    dismissNudge: () => setState({ nudge: null }),
    watch: (videos) => {
      view.watched = videos;
      media.path()?.receive.reconcile(WATCH_DEBOUNCE_MS);
    },
    unblockPlayback: playback.unblock,
    audioLevel: (participantId) => {
      if (participantId === 'self' || participantId === getState().self?.participantId) return local.microphoneLevel();
      const receiver = media.path()?.receive.voiceOf(participantId)?.rtpReceiver;
      return receiver === undefined ? 0 : receivedLevel(receiver, performance.now(), performance.timeOrigin);
    },
  };

  const stopListening = listenToPage({
    onNetworkChange: () => {
      link.hurry();
      media.networkChanged();
    },
    onHidden: (hidden) => {
      if (view.hidden === hidden) return;
      view.hidden = hidden;
      media.path()?.receive.reconcile(0);
    },
  });
  const stopQuality = watchQuality(
    () => media.path(),
    (quality) => {
      if (getState().quality !== quality) setState({ quality });
    },
  );

  const inspect: MeetingSession['inspect'] = async () => {
    const path = media.path();
    const counters = path === null ? { transports: [], sending: [], receiving: [] } : await inspectPath(path);
    return { mediaPath: getState().mediaPath, pathGeneration: media.opened(), selfId: getState().self?.participantId ?? null, ...counters };
  };

  return {
    store,
    commands,
    inspect,
    prepare: devices.prepare,
    dispose: () => {
      stopListening();
      stopQuality();
      link.close();
      events.clear();
      media.close();
      place.dispose(); // before the devices go off, so that a reload finds them as they were
      local.dispose();
      remote.clear();
      playback.dispose();
    },
  };
}

function othersProducers({ participants, self }: SessionState) {
  if (self?.grants.receive === false) return [];
  const others = Object.values(participants).filter(({ id }) => id !== self?.participantId);
  return others.flatMap(({ id, producers }) => producers.map((producer) => ({ ...producer, participantId: id })));
}
