/**
 * Shows a track in a `<video>`, or nothing for null. The element keeps one MediaStream for good and only the track inside is swapped,
 * so that the last frame stays until the first of the new track instead of a dark one. Idempotent.
 */
export function showTrack(element: HTMLVideoElement, track: MediaStreamTrack | null): void {
  if (track === null) {
    element.srcObject = null;
    return;
  }
  const stream = element.srcObject instanceof MediaStream ? element.srcObject : new MediaStream();
  if (!stream.getTracks().includes(track)) {
    stream.addTrack(track);
    for (const other of stream.getTracks()) if (other !== track) stream.removeTrack(other);
  }
  if (element.srcObject !== stream) element.srcObject = stream;
  // Refused only without `muted`; remote video elements are muted, sound is played apart.
  if (element.paused) void element.play().catch(() => {});
}
