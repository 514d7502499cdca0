import { useEffect, useState } from 'react';
import { watchDevices } from '../../session/devices.ts';
import type { DeviceInfo, DeviceList } from '../../session/devices.ts';

const NONE: DeviceList = { microphones: [], cameras: [], speakers: [], labelled: false };

/** The devices of this computer, kept current while the component is shown. */
export function useDevices(): DeviceList {
  const [list, setList] = useState<DeviceList>(NONE);
  useEffect(() => watchDevices(setList), []);
  return list;
}

/** As a menu or a list wants them. The system's own choice comes first; browsers that list it as `default` are not repeated. */
export function deviceOptions(devices: readonly DeviceInfo[], systemDefault: string, unnamed: string): { value: string; label: string }[] {
  const named = devices.filter((device) => device.id !== 'default' && device.id !== 'communications');
  return [
    { value: '', label: systemDefault },
    ...named.map((device, index) => ({ value: device.id, label: device.label || `${unnamed} ${index + 1}` })),
  ];
}

/** The value that the list shows for a choice: a device that is gone counts as the system's default. */
export function chosenValue(devices: readonly DeviceInfo[], id: string | null): string {
  return id !== null && id !== 'default' && devices.some((device) => device.id === id) ? id : '';
}
