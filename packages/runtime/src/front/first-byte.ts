import type { TLSSocket } from 'node:tls';
import type { Timers } from '../timers.ts';

interface FirstByteOptions {
  timers: Timers;
  timeoutMs: number;
}

/**
 * Waits for the first byte and puts it back: `decide` gets the socket paused, with all that was read still in it.
 * Who says nothing in time is cut off, and `decide` is never called.
 */
export function onFirstByte(socket: TLSSocket, { timers, timeoutMs }: FirstByteOptions, decide: (byte: number) => void): void {
  const cancel = timers.schedule(timeoutMs, () => socket.destroy());
  socket.once('close', cancel);
  socket.once('data', (chunk: Buffer) => {
    cancel();
    socket.pause();
    socket.unshift(chunk);
    decide(chunk[0] ?? 0);
  });
}
