import { z } from 'zod';
import { BanView } from '../signalling/views.ts';

/** `GET /rooms/{room}/bans`: the bans that are in force, the newest first. */
export const BanList = z.object({ data: z.array(BanView), total_count: z.int().min(0) });
