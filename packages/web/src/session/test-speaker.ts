/** C5 and G5 after each other: pleasant, and two tones tell a working speaker from a click. */
const NOTES = [
  { frequencyHz: 523.25, atS: 0 },
  { frequencyHz: 783.99, atS: 0.18 },
] as const;
const LENGTH_S = 0.9;

/**
 * Plays a short chime on the given speaker (null: the default one) and resolves when it has faded.
 * Rejects when the browser refuses to play or the speaker is gone.
 */
export async function testSpeaker(speakerId: string | null): Promise<void> {
  const context = new AudioContext();
  const element = new Audio();
  try {
    const output = context.createMediaStreamDestination();
    playChime(context, output);
    element.srcObject = output.stream;
    if (speakerId !== null && 'setSinkId' in element) await element.setSinkId(speakerId);
    await element.play();
    await new Promise((resolve) => {
      setTimeout(resolve, LENGTH_S * 1000);
    });
  } finally {
    element.pause();
    element.srcObject = null;
    await context.close();
  }
}

function playChime(context: AudioContext, output: AudioNode): void {
  for (const note of NOTES) {
    const startS = context.currentTime + note.atS;
    const gain = new GainNode(context, { gain: 0 });
    gain.gain.setValueAtTime(0.0001, startS);
    gain.gain.exponentialRampToValueAtTime(0.25, startS + 0.02);
    gain.gain.exponentialRampToValueAtTime(0.0001, startS + LENGTH_S - note.atS);
    const tone = new OscillatorNode(context, { type: 'sine', frequency: note.frequencyHz });
    tone.connect(gain).connect(output);
    tone.start(startS);
    tone.stop(startS + LENGTH_S);
  }
}
