import type { types } from 'mediasoup';

const video = (mimeType: string, parameters: Record<string, string | number> = {}): types.RouterRtpCodecCapability => ({
  kind: 'video',
  mimeType,
  clockRate: 90_000,
  parameters,
});

/**
 * What every router speaks, in the order in which browsers prefer it: VP8 first, since all of them encode it in three simulcast layers.
 * Opus carries in-band FEC against loss and DTX against silence. H.264 is constrained baseline, which every hardware decoder has.
 * The first frame needs no start-bitrate hint here: the publisher sets it.
 */
export const ROUTER_CODECS: types.RouterRtpCodecCapability[] = [
  { kind: 'audio', mimeType: 'audio/opus', clockRate: 48_000, channels: 2, parameters: { useinbandfec: 1, usedtx: 1 } },
  video('video/VP8'),
  video('video/VP9', { 'profile-id': 0 }),
  video('video/VP9', { 'profile-id': 2 }),
  video('video/H264', { 'packetization-mode': 1, 'profile-level-id': '42e01f', 'level-asymmetry-allowed': 1 }),
  video('video/AV1'),
];
