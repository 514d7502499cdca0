export interface LevelMeter {
  /** 0 to 1, roughly as loud as people feel it; cheap enough for each frame. 0 while the browser keeps audio suspended. */
  level(): number;
  dispose(): void;
}

/** Loudness of a block of samples: the root mean square in decibels, mapped from −60…−10 dB to 0…1. */
export function loudness(samples: Float32Array): number {
  if (samples.length === 0) return 0;
  let sum = 0;
  for (const sample of samples) sum += sample * sample;
  const rms = Math.sqrt(sum / samples.length);
  return rms === 0 ? 0 : clamp01((20 * Math.log10(rms) + 60) / 50);
}

/** The same scale for the linear `audioLevel` (0 to 1) of WebRTC receivers. */
export function loudnessOfLevel(audioLevel: number): number {
  return audioLevel <= 0 ? 0 : clamp01((20 * Math.log10(audioLevel) + 60) / 50);
}

/** Measures a microphone's track; several meters may share one context, which is not closed here. */
export function measureLevel(track: MediaStreamTrack, context: AudioContext): LevelMeter {
  const source = context.createMediaStreamSource(new MediaStream([track]));
  const analyser = context.createAnalyser();
  analyser.fftSize = 1024;
  source.connect(analyser);
  const samples = new Float32Array(analyser.fftSize);
  return {
    level: () => {
      if (context.state !== 'running') return 0;
      analyser.getFloatTimeDomainData(samples);
      return loudness(samples);
    },
    dispose: () => {
      source.disconnect();
      analyser.disconnect();
    },
  };
}

function clamp01(value: number): number {
  return Math.min(1, Math.max(0, value));
}
