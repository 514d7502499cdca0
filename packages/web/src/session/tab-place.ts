import type { RtpCapabilities } from '@conclave/protocol/media-api/rtp';
import type { StoreApi } from 'zustand/vanilla';
import type { Person } from './join-request.ts';
import type { Place } from './link.ts';
import type { KeyValueStorage } from './preferences.ts';
import { claimParticipant, forgetResume, loadResume, saveResume, type ResumeRecord } from './resume-record.ts';
import type { SessionState } from './state.ts';

/** This tab's place in a room: who it is for a reload, and the lock that keeps a copy of the tab from taking it. */
export interface TabPlace {
  /** From here on it is this person's place; the record is kept current as tokens, devices and switches change. */
  begin(person: Person): void;
  /** The record of before a reload, claimed for this page. null when there is none or another tab holds it. */
  reclaim(room: string): Promise<ResumeRecord | null>;
  knowRouter(capabilities: RtpCapabilities): void;
  remember(): void;
  /** In the lobby: the token brings one back there. */
  wait(knockToken: string): void;
  /** The stay is over: no reload brings it back. */
  forget(): void;
  /** The page goes, the place stays for the next one. */
  dispose(): void;
}

export function createTabPlace(storage: KeyValueStorage, store: StoreApi<SessionState>): TabPlace {
  let person: Person | null = null;
  let claimed: string | null = null;
  let release: (() => void) | null = null;
  let routerRtpCapabilities: RtpCapabilities | null = null;

  const letGo = () => {
    release?.();
    release = null;
    claimed = null;
  };
  const claim = (participantId: string) => {
    if (claimed === participantId) return;
    letGo();
    claimed = participantId;
    void claimParticipant(participantId).then((done) => {
      if (claimed === participantId) release = done;
      else done?.();
    });
  };

  const remember = () => {
    const { self, phase } = store.getState();
    if (self === null || person === null || phase.kind === 'ended' || phase.kind === 'failed') return;
    claim(self.participantId);
    save({ kind: 'room', resumeToken: self.resumeToken }, self.participantId);
  };
  const save = (held: Place, participantId: string) => {
    if (person === null) return;
    const { local, devices } = store.getState();
    saveResume(storage, person.room, {
      place: held,
      participantId,
      token: person.token,
      invite: person.invite,
      name: person.name,
      devices,
      microphoneOn: local.microphone.on,
      cameraOn: local.camera.on,
      routerRtpCapabilities,
    });
  };
  const unsubscribe = store.subscribe((state, before) => {
    const changed =
      state.local.microphone.on !== before.local.microphone.on ||
      state.local.camera.on !== before.local.camera.on ||
      state.devices !== before.devices;
    if (changed) remember();
  });

  return {
    begin: (who) => {
      person = who;
    },
    reclaim: async (room) => {
      const record = loadResume(storage, room);
      if (record === null) return null;
      const done = await claimParticipant(record.participantId);
      if (done === null) {
        forgetResume(storage, room);
        return null;
      }
      letGo();
      release = done;
      claimed = record.participantId;
      routerRtpCapabilities = record.routerRtpCapabilities;
      return record;
    },
    knowRouter: (capabilities) => {
      routerRtpCapabilities = capabilities;
    },
    remember,
    wait: (knockToken) => {
      // No part of the token is in the name of a lock, which other pages of this site can list.
      const participantId = `waiting-${crypto.randomUUID()}`;
      claim(participantId);
      save({ kind: 'lobby', knockToken }, participantId);
    },
    forget: () => {
      if (person !== null) forgetResume(storage, person.room);
      person = null;
      letGo();
    },
    dispose: () => {
      unsubscribe();
      letGo();
    },
  };
}
