import { readFileSync } from 'node:fs';
import { AppError } from '@conclave/protocol/errors';
import { RoomId, TeamId } from '@conclave/protocol/ids';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { rolesOf } from './roles.ts';
import { signRoomToken, verifyRoomToken } from './room-token.ts';

const Bearer = z.object({
  externalId: z.string(),
  name: z.string(),
  initials: z.string(),
  avatar: z.string(),
  role: z.string(),
  breakoutId: z.string(),
});
const Vectors = z.object({
  key: z.string(),
  nowS: z.int(),
  team: z.object({ id: TeamId }),
  room: z.object({ id: RoomId, friendlyUrl: z.string(), settings: z.object({ roles: z.array(z.string()), default_role: z.string() }) }),
  vectors: z
    .array(
      z.object({
        title: z.string(),
        token: z.string(),
        code: z.string().optional(),
        bearer: z.record(z.string(), z.string().nullable()).optional(),
      }),
    )
    .min(50),
});
const { key, nowS, team, room, vectors } = Vectors.parse(
  JSON.parse(readFileSync(new URL('../../../../vectors/room-tokens.json', import.meta.url), 'utf8')),
);
const expected = { team, room, roles: rolesOf([]), keys: [key], nowMs: nowS * 1000 };

async function outcomeOf(token: string, change: object = {}): Promise<unknown> {
  try {
    return await verifyRoomToken(token, { ...expected, ...change });
  } catch (error) {
    if (error instanceof AppError) return error.code;
    throw error;
  }
}

describe('a room token', () => {
  test.each(vectors.filter((vector) => vector.bearer))('is taken: $title', async ({ token, bearer }) => {
    expect(Object.keys(bearer ?? {}).toSorted()).toEqual(Object.keys(Bearer.shape).toSorted());
    expect(await outcomeOf(token)).toEqual(bearer);
  });

  test.each(vectors.filter((vector) => vector.code))('is refused: $title → $code', async ({ token, code }) => {
    expect(await outcomeOf(token)).toBe(code);
  });

  test("may be signed by any of the team's keys, and by none when the team has none", async () => {
    const token = vectors[0]?.token ?? '';
    expect(await outcomeOf(token, { keys: ['another key', key] })).toMatchObject({ role: 'speaker' });
    expect(await outcomeOf(token, { keys: [] })).toBe('token_invalid');
  });

  test('issued by us is taken by us, and says when it was issued', async () => {
    const token = await signRoomToken({ td: team.id, rd: room.id, u: 'Ada', role: 'moderator', ud: null }, key, nowS * 1000);
    expect(JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString())).toEqual({
      td: team.id,
      rd: room.id,
      u: 'Ada',
      role: 'moderator',
      iat: nowS,
    });
    expect(await outcomeOf(token)).toMatchObject({ name: 'Ada', role: 'moderator' });
  });
});
