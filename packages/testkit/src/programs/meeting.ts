// Holds a meeting of two native participants from wherever this is run, and prints, as JSON, how many bytes of media each received.
// Arguments: ORIGIN CA-FILE DEVELOPER-KEY ROOM
import { readFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { httpsClient } from '@conclave/cli/peer/https-client';
import { joinNatively, type NativeParticipant } from '../native-participant.ts';

/** In bytes. */
export interface HeldMeeting {
  ann: number;
  ben: number;
}

const ENOUGH_BYTES = 50_000;
const TIMEOUT_MS = 60_000;

const [origin = '', caFile = '', key = '', room = ''] = process.argv.slice(2);
const ca = await readFile(caFile, 'utf8');
const http = httpsClient(origin, ca);
const made = await http.ask('POST', '/api/v1/rooms', { body: { friendly_url: room }, headers: { authorization: `Bearer ${key}` } });
if (made.status >= 300) throw new Error(`the room was refused: ${made.text}`);
const ann = await joinNatively({ origin, ca, http }, { room, name: 'Ann' });
const ben = await joinNatively({ origin, ca, http }, { room, name: 'Ben' });
for (const { peer } of [ann, ben]) await peer.send('camera');

const received = (by: NativeParticipant, from: NativeParticipant) => by.received(from.id).bytes;
const deadlineMs = Date.now() + TIMEOUT_MS;
while (Math.min(received(ann, ben), received(ben, ann)) < ENOUGH_BYTES) {
  if (Date.now() > deadlineMs) break;
  await delay(100);
}
console.log(JSON.stringify({ ann: received(ann, ben), ben: received(ben, ann) } satisfies HeldMeeting));
process.exit(0); // connections are open still, on purpose
