import { useEffect, useState } from 'react';
import { useStore } from 'zustand';
import { listDevices, watchDevices, type DeviceList } from '../session/devices.ts';
import { browserDevices } from './browser-devices.ts';
import { createPreview, type Preview, type PreviewStart, type PreviewState } from './preview.ts';

/** A preview that lives as long as the component, unless its tracks were handed over. `start` counts only at first. */
export function usePreview(start: PreviewStart): { preview: Preview; state: PreviewState } {
  const [preview] = useState(() => createPreview(browserDevices, start));
  useEffect(() => {
    void preview.start();
    return () => preview.release();
  }, [preview]);
  return { preview, state: useStore(preview.store) };
}

const NO_DEVICES: DeviceList = { microphones: [], cameras: [], speakers: [], labelled: false };

/** The list of devices, also after it changed. A track that was opened gave a permission, and that reveals names. */
export function useDeviceList(microphone: MediaStreamTrack | null, camera: MediaStreamTrack | null): DeviceList {
  const [list, setList] = useState(NO_DEVICES);
  useEffect(() => watchDevices(setList), []);
  useEffect(() => {
    if (microphone ?? camera) void listDevices().then(setList);
  }, [microphone, camera]);
  return list;
}
