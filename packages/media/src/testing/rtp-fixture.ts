import { RtpCapabilities, type RtpParameters } from '@conclave/protocol/media-api/rtp';
import { ortc } from 'mediasoup';
import { ROUTER_CODECS } from '../codecs.ts';

/** What a browser that decodes everything would say. */
export const ROUTER_CAPABILITIES = RtpCapabilities.parse(ortc.generateRouterRtpCapabilities(ROUTER_CODECS));

const MID = { uri: 'urn:ietf:params:rtp-hdrext:sdes:mid', id: 1 };
const RID = { uri: 'urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id', id: 2 };
const AUDIO_LEVEL = { uri: 'urn:ietf:params:rtp-hdrext:ssrc-audio-level', id: 10 };

/** Opus as a browser sends it. */
export function opus(ssrc: number, mid = '0'): RtpParameters {
  return {
    mid,
    codecs: [{ mimeType: 'audio/opus', payloadType: 111, clockRate: 48_000, channels: 2, parameters: { useinbandfec: 1, usedtx: 1 } }],
    headerExtensions: [MID, AUDIO_LEVEL],
    encodings: [{ ssrc }],
    rtcp: { cname: `cname-${ssrc}` },
  };
}

/** VP8 as a browser sends it, in `layers` simulcast layers. */
export function vp8(mid = '1', layers = 3): RtpParameters {
  return {
    mid,
    codecs: [
      { mimeType: 'video/VP8', payloadType: 96, clockRate: 90_000, rtcpFeedback: [{ type: 'nack' }, { type: 'nack', parameter: 'pli' }] },
    ],
    headerExtensions: [MID, RID],
    encodings: Array.from({ length: layers }, (_, layer) => ({ rid: `r${layer}`, scalabilityMode: 'L1T3' })),
    rtcp: { cname: `cname-${mid}` },
  };
}

export const microphone = (ssrc = 11_111_111, mid = '0') => ({ source: 'microphone', kind: 'audio', rtpParameters: opus(ssrc, mid) });
export const camera = (mid = '1', layers = 3) => ({ source: 'camera', kind: 'video', rtpParameters: vp8(mid, layers) });

/** Sequence number and timestamp go on as opus of 20 ms does; the audio level is said in the header extension (RFC 6464). */
export function opusPacket(ssrc: number, sequence: number, { payloadType = 111, levelDbov = -20 } = {}): Buffer {
  const packet = Buffer.alloc(12 + 8 + 80, 0x55);
  packet[0] = 0x90;
  packet[1] = payloadType;
  packet.writeUInt16BE(sequence & 0xffff, 2);
  packet.writeUInt32BE((sequence * 960) >>> 0, 4);
  packet.writeUInt32BE(ssrc, 8);
  // One-byte header extension (RFC 8285): id 10, one byte: voice activity and level.
  packet.writeUInt32BE(0xbede0001, 12);
  packet.writeUInt32BE(0, 16);
  packet[16] = 0xa0;
  packet[17] = 0x80 | -levelDbov;
  return packet;
}
