import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import { KEPT_IN_BROWSER } from '@conclave/protocol/kept-in-browser';
import type { MasterKeys } from '@conclave/runtime/sealing';
import type { FastifyReply, FastifyRequest } from 'fastify';

/** The cookie by which a device is known again, and for nothing else. */
export const DEVICE_COOKIE = KEPT_IN_BROWSER.device.name;
const LIFE_S = KEPT_IN_BROWSER.device.lifeS;
const VALUE = /^([A-Za-z0-9_-]{22})\.([A-Za-z0-9_-]{43})$/;

/**
 * The id of the device that a request comes from: 128 random bits in a signed cookie that no script can read. Whoever has none, or
 * one that we did not sign, is given a new one. A ban, an invite and the count of wrong passwords hold on to it.
 */
export function deviceOf(request: FastifyRequest, reply: FastifyReply, keys: Pick<MasterKeys, 'devices'>): string {
  const known = readDevice(request.headers.cookie, keys);
  if (known !== null) return known;
  const deviceId = randomBytes(16).toString('base64url');
  const value = `${deviceId}.${signatureOf(deviceId, keys)}`;
  void reply.header('set-cookie', `${DEVICE_COOKIE}=${value}; Path=/; Max-Age=${LIFE_S}; Secure; HttpOnly; SameSite=Lax`);
  return deviceId;
}

/** The device of a `Cookie` header; null where there is none that we signed. */
export function readDevice(header: string | undefined, keys: Pick<MasterKeys, 'devices'>): string | null {
  for (const pair of header?.split(';') ?? []) {
    const [name, value = ''] = pair.trim().split('=', 2);
    if (name !== DEVICE_COOKIE) continue;
    const [, deviceId, signature] = VALUE.exec(value) ?? [];
    if (deviceId === undefined || signature === undefined) continue;
    if (timingSafeEqual(Buffer.from(signature, 'base64url'), Buffer.from(signatureOf(deviceId, keys), 'base64url'))) return deviceId;
  }
  return null;
}

function signatureOf(deviceId: string, { devices }: Pick<MasterKeys, 'devices'>): string {
  return createHmac('sha256', Buffer.from(devices.reveal(), 'base64url')).update(deviceId).digest('base64url');
}
