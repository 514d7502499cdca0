import type { Joined, Notification } from '@conclave/protocol/signalling/messages';
import { createStore } from 'zustand/vanilla';
import { receivedLevel } from './audio-level.ts';
import { createChatClient } from './chat-client.ts';
import { lastContiguousSeq } from './chat.ts';
import { createDeviceCache } from './device-cache.ts';
import { initialState } from './initial-state.ts';
import { inspectPath } from './inspect-path.ts';
import { createLink } from './link.ts';
import { createLocalSources } from './local-sources.ts';
import { createMedia } from './media.ts';
import { listenToPage } from './page-events.ts';
import { createPlayback } from './playback.ts';
import { savePreferences, type KeyValueStorage } from './preferences.ts';
import { watchQuality } from './quality.ts';
import { createRemoteTracks } from './remote-tracks.ts';
import { claimParticipant, forgetResume, loadResume, saveResume, type ResumeRecord } from './resume-record.ts';
import { applyToRoster, rosterOf } from './roster.ts';
import type { JoinOptions, MeetingSession, SessionCommands, SessionState, WatchedVideo } from './state.ts';
import type { Person } from './join-request.ts';

export interface SessionEnvironment {
  /** Of the server, for example `https://meet.example.com`. */
  origin: string;
  /** Lasts as long as the tab: what a reload needs. */
  storage: KeyValueStorage;
  /** Lasts on this device: chosen devices. Left out nothing is remembered. */
  preferences?: KeyValueStorage;
}

const WATCH_DEBOUNCE_MS = 100;
/** New producers often come in pairs (microphone and camera): one request for both. */
const NEW_PRODUCER_WAIT_MS = 15;
/** Long enough for the news of a withdrawn grant or of a rebuilt path to arrive first. */
const REPUBLISH_AFTER_MS = 1_000;

/** The whole of a participant without a face: signalling, devices, media. Does nothing before `join` or `resume`. */
export function createMeetingSession(environment: SessionEnvironment): MeetingSession {
  const { origin, storage } = environment;
  const store = createStore<SessionState>(initialState);
  const { getState, setState } = store;
  const devices = createDeviceCache();
  let watched: readonly WatchedVideo[] | null = null;
  let hidden = false;
  let person: Person | null = null;
  let releaseClaim: (() => void) | null = null;
  let republishTimer: ReturnType<typeof setTimeout> | undefined;
  let saved: ResumeRecord | null = null;
  let routerRtpCapabilities: ResumeRecord['routerRtpCapabilities'] = null;

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
    wanted: () => {
      const { participants, self } = getState();
      const others = self?.grants.receive === false ? [] : Object.values(participants).filter(({ id }) => id !== self?.participantId);
      return {
        producers: others.flatMap(({ id, producers }) => producers.map((producer) => ({ ...producer, participantId: id }))),
        watched,
        hidden,
      };
    },
    onState: (mediaPath) => {
      if (getState().mediaPath !== mediaPath) setState({ mediaPath });
    },
    onTrack: remote.set,
    onTrackGone: remote.gone,
    onOpened: () => local.publishAll(),
    onSettled: (path) => remote.keepOnly(path.receive.list()),
    onPublishRefused: (source, code) => local.takenBack(source, code),
    requestAccess: async (signal) => {
      await link.whenConnected(signal);
      const rtpCapabilities = devices.rtpCapabilities();
      return (await link.request('media.restart', rtpCapabilities === undefined ? {} : { rtpCapabilities })).media;
    },
  });

  const link = createLink({
    origin,
    rtpCapabilities: () => devices.rtpCapabilities(),
    resumeState: () => ({ keepMedia: media.usable(), afterChatSeq: lastContiguousSeq(getState().chat) }),
    onPhase: (phase) => setState({ phase }),
    onJoined: (joined) => enter(joined),
    onNotification: (notification) => take(notification),
    onOver: (phase) => {
      clear();
      setState({ phase });
    },
  });
  const chat = createChatClient(store, link);

  const enter = (joined: Joined) => {
    const sessionBefore = getState().room?.sessionId;
    const sameSession = sessionBefore === joined.room.sessionId;
    if (!sameSession) setState({ chat: [] });
    setState({ ...rosterOf(joined), room: joined.room, phase: { kind: 'joined' } });
    chat.receive(joined.chat);
    if (!sameSession) setState({ unread: 0 }); // what was said before one came is not news
    claim(joined.self.participantId);
    local.obey(joined.self.grants);
    if (joined.media !== null) openMedia(joined.media);
    else media.path()?.receive.reconcile(0);
    remember();
    chat.resendAll();
  };

  const openMedia = (access: NonNullable<Joined['media']>) => {
    ({ routerRtpCapabilities } = access);
    remember();
    // A browser that cannot open it takes part without media.
    media.open(access).catch(() => setState({ mediaPath: 'none' }));
  };

  const take = (notification: Notification) => {
    setState((state) => applyToRoster(state, notification));
    const path = media.path();
    switch (notification.type) {
      case 'producer.opened':
        path?.receive.reconcile(NEW_PRODUCER_WAIT_MS);
        break;
      case 'producer.closed': {
        const { participantId, producerId } = notification.data;
        if (participantId === getState().self?.participantId) ownProducerClosed(producerId);
        else path?.receive.closedByNode(producerId);
        break;
      }
      case 'producer.demanded':
        path?.send.demand(notification.data.producerId, notification.data.maxSpatialLayer);
        break;
      case 'participant.left':
        remote.forget(notification.data.participantId);
        break;
      case 'chat.posted':
        chat.posted(notification.data.message);
        break;
      case 'media.restarted':
        openMedia(notification.data.media);
        break;
      case 'self.updated':
        local.obey(notification.data.grants);
        path?.receive.reconcile(0);
        break;
      case 'participant.joined':
      case 'participant.updated':
      case 'producer.updated':
      case 'speaker.changed':
    }
  };

  /** Either the grant went, or the media node lost it; then a new path is on its way, or sending it again is enough. */
  const ownProducerClosed = (producerId: string) => {
    const path = media.path();
    if (path === null || path.send.closedByNode(producerId) === null) return;
    clearTimeout(republishTimer);
    republishTimer = setTimeout(() => {
      if (media.path() === path) void local.publishAll();
    }, REPUBLISH_AFTER_MS);
    const grants = getState().self?.grants;
    if (grants !== undefined) local.obey(grants);
  };

  const claim = (participantId: string) => {
    if (releaseClaim !== null && saved?.participantId === participantId) return;
    releaseClaim?.();
    releaseClaim = null;
    void claimParticipant(participantId).then((release) => {
      if (release !== null) releaseClaim = release;
    });
  };

  /** Keeps the record for a reload current; called when anything in it may have changed. */
  const remember = () => {
    const {
      self,
      local: { microphone, camera },
      phase,
    } = getState();
    if (self === null || person === null || phase.kind === 'ended' || phase.kind === 'failed') return;
    saved = {
      resumeToken: self.resumeToken,
      participantId: self.participantId,
      token: person.token,
      name: person.name,
      devices: getState().devices,
      microphoneOn: microphone.on,
      cameraOn: camera.on,
      routerRtpCapabilities,
    };
    saveResume(storage, person.room, saved);
  };
  const stopRemembering = store.subscribe((state, before) => {
    if (
      state.local.microphone.on !== before.local.microphone.on ||
      state.local.camera.on !== before.local.camera.on ||
      state.devices !== before.devices
    )
      remember();
  });

  /** Lets go of everything that belongs to one stay in a room. */
  const clear = () => {
    clearTimeout(republishTimer);
    if (person !== null) forgetResume(storage, person.room);
    media.close();
    local.reset();
    remote.clear();
    releaseClaim?.();
    releaseClaim = null;
    saved = null;
    watched = null;
  };

  const begin = (who: Person) => {
    const { devices: choice } = getState();
    setState({ ...initialState(), devices: choice, local: getState().local });
    person = who;
  };

  const commands: SessionCommands = {
    join: async (options: JoinOptions) => {
      begin({ room: options.room, token: options.token, name: options.name });
      setState({ devices: options.devices });
      local.adopt(options);
      void playback.setSpeaker(options.devices.speakerId);
      // On without a track: there was no preview, or its device failed; the state will say why.
      if (options.microphoneOn && options.microphoneTrack === null) void local.setMicrophone(true);
      if (options.cameraOn && options.cameraTrack === null) void local.setCamera(true);
      await link.join({ room: options.room, token: options.token, name: options.name });
    },
    resume: async (room) => {
      const record = loadResume(storage, room);
      if (record === null) return false;
      const release = await claimParticipant(record.participantId);
      if (release === null) {
        forgetResume(storage, room);
        return false;
      }
      begin({ room, token: record.token, name: record.name });
      setState({ devices: record.devices });
      releaseClaim = release;
      saved = record;
      void playback.setSpeaker(record.devices.speakerId);
      if (record.routerRtpCapabilities !== null) await devices.prepare(record.routerRtpCapabilities);
      const resumed = await link.resume({ room, token: record.token, name: record.name }, record.resumeToken);
      if (!resumed) {
        clear();
        setState(initialState());
        return false;
      }
      if (record.microphoneOn) void local.setMicrophone(true);
      if (record.cameraOn) void local.setCamera(true);
      return true;
    },
    leave: async () => {
      setState({ phase: { kind: 'ended', reason: 'left' } });
      clear();
      await link.leave();
    },
    setMicrophone: (on) => local.setMicrophone(on),
    setCamera: (on) => local.setCamera(on),
    startScreenShare: () => local.startScreen(),
    stopScreenShare: () => local.stopScreen(),
    selectDevices: async (choice) => {
      const before = getState().devices;
      const chosen = { ...before, ...choice };
      setState({ devices: chosen });
      if (environment.preferences !== undefined) savePreferences(environment.preferences, { devices: chosen });
      if (chosen.speakerId !== before.speakerId) await playback.setSpeaker(chosen.speakerId);
      await local.switchDevices({ microphone: chosen.microphoneId !== before.microphoneId, camera: chosen.cameraId !== before.cameraId });
    },
    sendChat: (text) => chat.send(text),
    retryChat: (clientMessageId) => chat.retry(clientMessageId),
    markChatRead: () => setState({ unread: 0 }),
    setChatOpen: (open) => chat.setOpen(open),
    rename: async (name) => {
      await link.request('participant.rename', { name }).catch(() => {}); // the roster shows the name that holds
    },
    watch: (videos) => {
      watched = videos;
      media.path()?.receive.reconcile(WATCH_DEBOUNCE_MS);
    },
    unblockPlayback: () => playback.unblock(),
    audioLevel: (participantId) => {
      if (participantId === 'self' || participantId === getState().self?.participantId) return local.microphoneLevel();
      const voice = media
        .path()
        ?.receive.list()
        .find((each) => each.participantId === participantId && each.source === 'microphone');
      const receiver = voice?.consumer.rtpReceiver;
      return receiver === undefined ? 0 : receivedLevel(receiver, performance.now(), performance.timeOrigin);
    },
  };

  const stopListening = listenToPage({
    onNetworkChange: () => {
      link.hurry();
      media.networkChanged();
    },
    onHidden: (isHidden) => {
      if (hidden === isHidden) return;
      hidden = isHidden;
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
    return {
      mediaPath: getState().mediaPath,
      pathGeneration: media.generation(),
      selfId: getState().self?.participantId ?? null,
      ...counters,
    };
  };
  const exposed = { inspect };
  Object.assign(globalThis, { conclave: exposed });

  return {
    store,
    commands,
    inspect,
    prepare: (capabilities) => devices.prepare(capabilities),
    dispose: () => {
      clearTimeout(republishTimer);
      stopRemembering();
      stopListening();
      stopQuality();
      link.close();
      media.close();
      local.dispose();
      remote.clear();
      playback.dispose();
      releaseClaim?.();
      if (Reflect.get(globalThis, 'conclave') === exposed) Reflect.deleteProperty(globalThis, 'conclave');
    },
  };
}
