import { browserProblem } from '../session/device-problem.ts';
import { openBoth, openCamera, openMicrophone } from '../session/devices.ts';
import type { DevicePort } from './preview.ts';

/** The browser's own devices. */
export const browserDevices: DevicePort = {
  openBoth,
  openCamera,
  openMicrophone,
  async mayOpenUnasked(wanted) {
    // Where nothing can be opened there is nothing to explain either: the problem is shown at once.
    if (browserProblem() !== null) return true;
    const states = await Promise.all([wanted.microphone && permission('microphone'), wanted.camera && permission('camera')]);
    // Denied is asked as well: the browser refuses without a question, and the page can say what to do.
    return states.every((state) => state === false || state === 'granted') || states.some((state) => state === 'denied');
  },
};

async function permission(name: 'microphone' | 'camera'): Promise<PermissionState | 'unknown'> {
  try {
    return (await navigator.permissions.query({ name })).state;
  } catch {
    return 'unknown'; // Firefox before 131 does not know these names
  }
}
