import { z } from 'zod';
import { LIMITS } from '../limits.ts';
import { storable } from '../text.ts';

export const PersonName = z.string().overwrite(storable).trim().min(1).max(LIMITS.nameLength);
