import type { SendingInspection, ReceivingInspection, TransportInspection } from './inspection.ts';
import type { MediaPath } from './media-path.ts';
import type { Receiving } from './receive-side.ts';
import type { Sending } from './send-side.ts';

type Entry = Record<string, unknown>;

/** Reads the browser's own counters of a path. Parts that close meanwhile are left out. */
export async function inspectPath(
  path: MediaPath,
): Promise<{ transports: TransportInspection[]; sending: SendingInspection[]; receiving: ReceivingInspection[] }> {
  const [transports, sending, receiving] = await Promise.all([
    settled(
      path.transports.map(async (transport) =>
        inspectTransport(transport.direction, transport.connectionState, await transport.getStats()),
      ),
    ),
    settled(path.send.list().map(async (each) => inspectSending(each, await each.producer.getStats()))),
    settled(path.receive.list().map(async (each) => inspectReceiving(each, await each.consumer.getStats()))),
  ]);
  return { transports, sending, receiving };
}

async function settled<T>(tasks: readonly Promise<T>[]): Promise<T[]> {
  return (await Promise.allSettled(tasks)).flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
}

function inspectTransport(direction: 'send' | 'recv', connectionState: string, report: RTCStatsReport): TransportInspection {
  const entries = entriesOf(report);
  const transport = entries.find((entry) => entry.type === 'transport');
  const pair = entries.find((entry) => entry.id === transport?.selectedCandidatePairId);
  const remote = entries.find((entry) => entry.id === pair?.remoteCandidateId);
  const roundTripS = pair?.currentRoundTripTime;
  return {
    direction,
    connectionState,
    srtpCipher: text(transport?.srtpCipher),
    dtlsCipher: text(transport?.dtlsCipher),
    tlsVersion: text(transport?.tlsVersion),
    protocol: text(remote?.protocol),
    roundTripMs: typeof roundTripS === 'number' ? roundTripS * 1000 : null,
    bytesSent: number(transport?.bytesSent),
    bytesReceived: number(transport?.bytesReceived),
  };
}

function inspectSending({ source, id, paused, producer }: Sending, report: RTCStatsReport): SendingInspection {
  const entries = entriesOf(report);
  const streams = entries.filter((entry) => entry.type === 'outbound-rtp');
  const layers =
    producer.kind === 'audio'
      ? []
      : streams
          .map((entry) => ({
            rid: text(entry.rid),
            active: entry.active !== false,
            framesEncoded: number(entry.framesEncoded),
            frameWidth: number(entry.frameWidth),
            frameHeight: number(entry.frameHeight),
            bytesSent: number(entry.bytesSent),
          }))
          .toSorted((a, b) => (a.rid ?? '').localeCompare(b.rid ?? ''));
  const bytesSent = streams.reduce((sum, entry) => sum + number(entry.bytesSent), 0);
  return {
    source,
    producerId: id,
    kind: producer.kind === 'audio' ? 'audio' : 'video',
    paused,
    codec: codecOf(entries, streams[0]),
    bytesSent,
    layers,
  };
}

function inspectReceiving({ participantId, source, paused, consumer }: Receiving, report: RTCStatsReport): ReceivingInspection {
  const entries = entriesOf(report);
  const stream = entries.find((entry) => entry.type === 'inbound-rtp') ?? {};
  return {
    participantId,
    source,
    paused,
    kind: consumer.kind === 'audio' ? 'audio' : 'video',
    codec: codecOf(entries, stream),
    bytesReceived: number(stream.bytesReceived),
    framesDecoded: number(stream.framesDecoded),
    frameWidth: number(stream.frameWidth),
    frameHeight: number(stream.frameHeight),
    freezeCount: number(stream.freezeCount),
    totalFreezesMs: number(stream.totalFreezesDuration) * 1000,
    totalAudioEnergy: number(stream.totalAudioEnergy),
    packetsLost: number(stream.packetsLost),
    jitterMs: number(stream.jitter) * 1000,
  };
}

function codecOf(entries: readonly Entry[], stream: Entry | undefined): string | null {
  return text(entries.find((entry) => entry.id === stream?.codecId)?.mimeType);
}

function entriesOf(report: RTCStatsReport): Entry[] {
  const entries: Entry[] = [];
  report.forEach((entry: Entry) => entries.push(entry));
  return entries;
}

function text(value: unknown): string | null {
  return typeof value === 'string' ? value : null;
}

function number(value: unknown): number {
  return typeof value === 'number' && Number.isFinite(value) ? value : 0;
}
