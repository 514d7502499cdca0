import type { Page } from '@playwright/test';

/**
 * Watches a page from outside the product: the browser's own statistics and the video elements that a person sees.
 * Installed before the page's scripts, so that it knows every peer connection that they make.
 */
export async function installProbe(page: Page): Promise<void> {
  await page.addInitScript(() => {
    const connections: RTCPeerConnection[] = [];
    const Original = window.RTCPeerConnection;
    const Probed = class extends Original {
      constructor(configuration?: RTCConfiguration) {
        super(configuration);
        connections.push(this);
      }
    };
    window.RTCPeerConnection = Probed;
    Object.defineProperty(window, 'probedConnections', { value: connections });
  });
}

export interface MediaCounters {
  /** Sum over all inbound video. */
  framesDecoded: number;
  /** Each inbound audio stream's energy so far, by its track. */
  audioEnergies: number[];
  bytesReceived: number;
  bytesSent: number;
  /** Of each connected transport. */
  srtpCiphers: string[];
  tlsVersions: string[];
  dtlsCiphers: string[];
  /** Protocol of the selected candidate pairs: udp or tcp. */
  protocols: string[];
  /** How they begin: `host udp`, or `relay tls turns:HOST:PORT?transport=tcp`. */
  ways: string[];
  /** Ports of the media node at which they end. */
  remotePorts: number[];
  /** Outbound camera and screen encodings that are active, with their frames so far. */
  encodings: { rid: string; active: boolean; framesEncoded: number; width: number; codec: string }[];
}

export function readCounters(page: Page): Promise<MediaCounters> {
  return page.evaluate(async () => {
    const counters: MediaCounters = {
      framesDecoded: 0,
      audioEnergies: [],
      bytesReceived: 0,
      bytesSent: 0,
      srtpCiphers: [],
      tlsVersions: [],
      dtlsCiphers: [],
      protocols: [],
      ways: [],
      remotePorts: [],
      encodings: [],
    };
    const connections = (window as unknown as { probedConnections: RTCPeerConnection[] }).probedConnections; // defined by installProbe
    for (const connection of connections) {
      if (connection.connectionState === 'closed') continue;
      const report = await connection.getStats();
      const byId = new Map<string, Record<string, unknown>>();
      report.forEach((entry: Record<string, unknown>) => byId.set(String(entry['id']), entry));
      for (const entry of byId.values()) {
        const number = (key: string) => Number(entry[key] ?? 0);
        const text = (value: unknown) => (typeof value === 'string' ? value : '');
        if (entry['type'] === 'inbound-rtp' && entry['kind'] === 'video') counters.framesDecoded += number('framesDecoded');
        if (entry['type'] === 'inbound-rtp' && entry['kind'] === 'audio') counters.audioEnergies.push(number('totalAudioEnergy'));
        if (entry['type'] === 'outbound-rtp' && entry['kind'] === 'video') {
          counters.encodings.push({
            rid: text(entry['rid']),
            active: entry['active'] !== false,
            framesEncoded: number('framesEncoded'),
            width: number('frameWidth'),
            codec: text(byId.get(String(entry['codecId']))?.['mimeType']),
          });
        }
        if (entry['type'] === 'transport') {
          counters.bytesReceived += number('bytesReceived');
          counters.bytesSent += number('bytesSent');
          if (entry['dtlsState'] === 'connected') {
            counters.srtpCiphers.push(String(entry['srtpCipher']));
            counters.tlsVersions.push(String(entry['tlsVersion']));
            counters.dtlsCiphers.push(String(entry['dtlsCipher']));
          }
          const pair = byId.get(String(entry['selectedCandidatePairId']));
          const remote = pair && byId.get(String(pair['remoteCandidateId']));
          const local = pair && byId.get(String(pair['localCandidateId']));
          if (local) {
            const { candidateType, relayProtocol, protocol, url } = local;
            counters.ways.push(
              candidateType === 'relay' ? `relay ${text(relayProtocol)} ${text(url)}` : `${text(candidateType)} ${text(protocol)}`,
            );
          }
          if (remote) {
            counters.protocols.push(text(remote['protocol']));
            counters.remotePorts.push(Number(remote['port']));
          }
        }
      }
    }
    return counters;
  });
}

/** Frames shown so far by each remote video, by its label. A video that is not there is not in the answer. */
export function readShownFrames(page: Page): Promise<Record<string, number>> {
  return page.evaluate(() => {
    const frames: Record<string, number> = {};
    for (const video of document.querySelectorAll<HTMLVideoElement>('video[aria-label]')) {
      frames[video.getAttribute('aria-label') ?? ''] = video.getVideoPlaybackQuality().totalVideoFrames;
    }
    return frames;
  });
}
