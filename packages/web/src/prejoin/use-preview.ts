import { useEffect, useState } from 'react';
import { useStore } from 'zustand';
import { watchDevices, type DeviceList } from '../session/devices.ts';
import { browserDevices } from './browser-devices.ts';
import { createPreview, type Preview, type PreviewStart, type PreviewState } from './preview.ts';

/** A preview that lives as long as the component, unless its tracks were handed over. `start` counts only at first. */
export function usePreview(start: PreviewStart): { preview: Preview; state: PreviewState } {
  const [preview, setPreview] = useState(() => createPreview(browserDevices, start));
  const [initial] = useState(start);
  useEffect(() => {
    // A development build mounts twice: a preview that was released is over, so each mount has its own.
    const mine = createPreview(browserDevices, initial);
    setPreview(mine);
    void mine.start();
    return () => mine.release();
  }, [initial]);
  return { preview, state: useStore(preview.store) };
}

const NO_DEVICES: DeviceList = { microphones: [], cameras: [], speakers: [], labelled: false };

/** The list of devices, asked again when `reason` changes: a permission reveals names. */
export function useDeviceList(reason: unknown): DeviceList {
  const [list, setList] = useState(NO_DEVICES);
  useEffect(() => watchDevices(setList), [reason]);
  return list;
}
