import { z } from 'zod';

/** `application/problem+json` (RFC 9457). `message` and `error` repeat it in the shape that clients of the public interface read. */
export const Problem = z.object({
  type: z.string(),
  title: z.string(),
  status: z.int(),
  code: z.string(),
  requestId: z.string(),
  message: z.string(),
  error: z.string(),
  details: z.object({ paths: z.array(z.string()).optional() }).optional(),
  errors: z.record(z.string(), z.array(z.string())).optional(),
});
export type Problem = z.infer<typeof Problem>;
