import type { RtpCapabilities } from '@conclave/protocol/media-api/rtp';
import type { Device } from 'mediasoup-client';

/** mediasoup's view of this browser, computed once for each set of router capabilities. */
export interface DeviceCache {
  /** Loads the WebRTC engine, and the codecs if capabilities are given. Never throws. */
  prepare(routerRtpCapabilities?: RtpCapabilities): Promise<void>;
  /** What this browser receives from a router as it was last known; undefined before one was known. */
  rtpCapabilities(): RtpCapabilities | undefined;
  /**
   * The device for a router. `same` is false when the router differs from what `rtpCapabilities` promised: then what was made ahead on
   * that promise must not be used. Rejects when the browser has no WebRTC that mediasoup-client knows.
   */
  deviceFor(routerRtpCapabilities: RtpCapabilities): Promise<{ device: Device; same: boolean }>;
}

export function createDeviceCache(): DeviceCache {
  let loaded: { key: string; device: Device } | null = null;

  const load = async (capabilities: RtpCapabilities) => {
    const key = canonical(capabilities);
    if (loaded?.key === key) return loaded;
    const { Device } = await import('mediasoup-client');
    const device = await Device.factory();
    await device.load({ routerRtpCapabilities: capabilities as Parameters<Device['load']>[0]['routerRtpCapabilities'] }); // checked by mediasoup-client itself
    loaded = { key, device };
    return loaded;
  };

  return {
    prepare: async (capabilities) => {
      try {
        if (capabilities === undefined) await import('mediasoup-client');
        else await load(capabilities);
      } catch {
        // The join will meet the same and can say so.
      }
    },
    rtpCapabilities: () => loaded?.device.recvRtpCapabilities as RtpCapabilities | undefined, // mediasoup's own fit the wire's looser schema
    deviceFor: async (capabilities) => {
      const promised = loaded?.key ?? null;
      const { key, device } = await load(capabilities);
      return { device, same: promised === key };
    },
  };
}

/** The same text for equal values, whatever the order of their fields. */
export function canonical(value: unknown): string {
  return JSON.stringify(value, (_key, field: unknown) =>
    typeof field === 'object' && field !== null && !Array.isArray(field)
      ? Object.fromEntries(Object.entries(field).toSorted(([a], [b]) => (a < b ? -1 : 1)))
      : field,
  );
}
