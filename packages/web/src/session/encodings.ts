import type { MediaSource } from '@conclave/protocol/media-api/rtp';
import type { ProducerCodecOptions, RtpEncodingParameters } from 'mediasoup-client/types';

export interface SendingPlan {
  encodings: RtpEncodingParameters[];
  codecOptions: ProducerCodecOptions;
  /** In order of preference; the first that both sides know is taken. */
  codecs: readonly string[];
  contentHint: string;
}

const KBPS = 1000;

/**
 * How a track of the given source and size is sent.
 *
 * Microphone: mono Opus with in-band FEC (repairs single losses) and DTX (silence costs almost nothing). No RED: mediasoup's routers
 * do not forward it. Sound goes before pictures when bandwidth is short.
 *
 * Camera: VP8 in up to three simulcast layers; VP8 is the codec that every browser encodes thrice at a bearable price.
 *
 * Screen: text must stay sharp, motion may stutter: contentHint `detail`, few frames, many bits, one spatial layer. VP9, since its
 * tools for screen content give the same sharpness at about half of VP8's bits; two temporal layers let the media node halve the frame
 * rate for a slow receiver. VP8 where VP9 is missing.
 */
export function planSending(source: MediaSource, size: { width: number; height: number }): SendingPlan {
  switch (source) {
    case 'microphone':
      return {
        encodings: [{ maxBitrate: 40 * KBPS, priority: 'high', networkPriority: 'high' }],
        codecOptions: { opusStereo: false, opusFec: true, opusDtx: true, opusMaxAverageBitrate: 40 * KBPS },
        codecs: ['audio/opus'],
        contentHint: 'speech',
      };
    case 'screen-audio':
      return {
        encodings: [{ maxBitrate: 128 * KBPS }],
        codecOptions: { opusStereo: true, opusFec: true, opusDtx: false, opusMaxAverageBitrate: 128 * KBPS },
        codecs: ['audio/opus'],
        contentHint: 'music',
      };
    case 'camera':
      return {
        encodings: cameraLayers(size),
        codecOptions: { videoGoogleStartBitrate: 1000 },
        codecs: ['video/VP8'],
        contentHint: 'motion',
      };
    case 'screen':
      return {
        encodings: [{ maxBitrate: 3_000 * KBPS, maxFramerate: 15, scalabilityMode: 'L1T2' }],
        codecOptions: { videoGoogleStartBitrate: 1500 },
        codecs: ['video/VP9', 'video/VP8'],
        contentHint: 'detail',
      };
  }
}

/** Layers smallest first. A small picture gets fewer: a quarter of 360 lines would be mush that nobody asks for. */
export function cameraLayers({ width, height }: { width: number; height: number }): RtpEncodingParameters[] {
  const lines = Math.min(width, height);
  if (lines >= 540) {
    return [
      { scaleResolutionDownBy: 4, maxBitrate: 160 * KBPS },
      { scaleResolutionDownBy: 2, maxBitrate: 500 * KBPS },
      { scaleResolutionDownBy: 1, maxBitrate: 1_600 * KBPS },
    ];
  }
  if (lines >= 300)
    return [
      { scaleResolutionDownBy: 2, maxBitrate: 160 * KBPS },
      { scaleResolutionDownBy: 1, maxBitrate: 600 * KBPS },
    ];
  return [{ scaleResolutionDownBy: 1, maxBitrate: 250 * KBPS }];
}
