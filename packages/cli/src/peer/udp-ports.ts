import { randomInt } from 'node:crypto';

/** The range from which Linux gives ports to whoever asks for none (`net.ipv4.ip_local_port_range`). */
const FIRST = 32_768;
const LAST = 60_999;
/** One of so many is free. */
const WIDTH = 8;
const RANGES = Math.floor((LAST - FIRST + 1) / WIDTH);

let next = randomInt(RANGES);

/**
 * Ports for one socket, any of them: those whose turn came longest ago. The system would choose at random, now and then a port of which the
 * media node still keeps the transport of somebody who is gone. For some twenty seconds it refuses what comes from there for another
 * transport (401, mediasoup looks at the address before the name in the message), and libjuice asks no second time.
 */
export function nextUdpPorts(): { readonly begin: number; readonly end: number } {
  next = (next + 1) % RANGES;
  const begin = FIRST + next * WIDTH;
  return { begin, end: begin + WIDTH - 1 };
}
