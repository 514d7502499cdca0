import { expect, test } from 'vitest';
import { findWorker } from '../../../scripts/media-worker.mjs';
import { run } from '../../../scripts/run.mjs';

test('[T6] the media worker makes DTLS-SRTP handshakes with OpenSSL, AES-GCM on both, and RTP passes both ways', async () => {
  const { code, output } = await run(process.execPath, [new URL('./handshake.mjs', import.meta.url).pathname, findWorker() ?? '']);
  expect(output).toContain('SRTP_AEAD_AES_128_GCM: handshake made, packet received and sent');
  expect(output).toContain('SRTP_AEAD_AES_256_GCM: handshake made, packet received and sent');
  expect(code).toBe(0);
});

test('a binary that is no working media worker is told apart', async () => {
  const { code, output } = await run(process.execPath, [new URL('./handshake.mjs', import.meta.url).pathname, '/bin/false']);
  expect(code).toBe(1);
  expect(output).toContain('the media worker failed');
});
