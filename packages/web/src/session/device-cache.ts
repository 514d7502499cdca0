import type { DtlsParameters, RtpCapabilities } from '@conclave/protocol/media-api/rtp';
import type { MediaAhead } from '@conclave/protocol/signalling/messages';
import type { Device } from 'mediasoup-client';

/** With which all transports of this page show who they are in DTLS, and how the media node is told of it. */
export interface Identity {
  readonly certificate: RTCCertificate;
  readonly dtlsParameters: DtlsParameters;
}

/** mediasoup's view of this browser, computed once for each set of router capabilities. */
export interface DeviceCache {
  /** Loads the WebRTC engine, and the codecs if capabilities are given; makes the certificate. Never throws. */
  prepare(routerRtpCapabilities?: RtpCapabilities): Promise<void>;
  /** What this browser receives from a router as it was last known, and its certificate; nothing of what is not known yet. */
  mediaAhead(): MediaAhead;
  /** null before it was made, when it is too old, and where the browser cannot tell it ahead. */
  identity(): Identity | null;
  /**
   * The device for a router. `same` is false when the router differs from what `mediaAhead` promised: then what was made ahead on
   * that promise must not be used. Rejects when the browser has no WebRTC that mediasoup-client knows.
   */
  deviceFor(routerRtpCapabilities: RtpCapabilities): Promise<{ device: Device; same: boolean }>;
}

export function createDeviceCache(): DeviceCache {
  let loaded: { key: string; device: Device } | null = null;
  let identity: Identity | null = null;
  let making: Promise<void> | undefined;

  /** Browsers' own last a month; a page may be open for longer. */
  const current = () => (identity !== null && identity.certificate.expires > Date.now() ? identity : null);
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
      making ??= makeIdentity().then((made) => void (identity = made));
      try {
        if (capabilities === undefined) await import('mediasoup-client');
        else await load(capabilities);
      } catch {
        // The join will meet the same and can say so.
      }
      await making;
    },
    mediaAhead: () => {
      const own = current();
      return {
        ...(loaded && { rtpCapabilities: loaded.device.recvRtpCapabilities as RtpCapabilities }), // mediasoup's own fit the wire's looser schema
        ...(own && { dtlsParameters: { send: own.dtlsParameters, recv: own.dtlsParameters } }),
      };
    },
    identity: current,
    deviceFor: async (capabilities) => {
      const promised = loaded?.key ?? null;
      const { key, device } = await load(capabilities);
      return { device, same: promised === key };
    },
  };
}

const KEY: EcKeyGenParams = { name: 'ECDSA', namedCurve: 'P-256' };

/** As a browser makes one for itself. Without it, or its fingerprint (older Firefox), the node is told when a transport is connected. */
async function makeIdentity(): Promise<Identity | null> {
  try {
    const certificate = await RTCPeerConnection.generateCertificate(KEY);
    const { value } = certificate.getFingerprints().find(({ algorithm }) => algorithm === 'sha-256') ?? {};
    if (value === undefined) return null;
    // In capitals, as SDP has it (RFC 8122 §5).
    return { certificate, dtlsParameters: { role: 'client', fingerprints: [{ algorithm: 'sha-256', value: value.toUpperCase() }] } };
  } catch {
    return null;
  }
}

/** The same text for equal values, whatever the order of their fields. */
export function canonical(value: unknown): string {
  return JSON.stringify(value, (_key, field: unknown) =>
    typeof field === 'object' && field !== null && !Array.isArray(field)
      ? Object.fromEntries(Object.entries(field).toSorted(([a], [b]) => (a < b ? -1 : 1)))
      : field,
  );
}
