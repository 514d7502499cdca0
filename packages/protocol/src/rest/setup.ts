import { z } from 'zod';
import { OpaqueSecret, TeamId } from '../ids.ts';
import { PersonName } from './person.ts';

/** At least 10 characters and no rule about kinds of characters (NIST SP 800-63B §3.1.1). */
export const Password = z.string().min(10).max(256);
export const TeamName = z.string().trim().min(1).max(100);

/** `POST /api/setup/check`: is this owner link still good? 200 `{}` or `sign_in_required`. */
export const SetupCheck = z.object({ token: OpaqueSecret });
/** `POST /api/setup`: the first owner and the first team; signs in by cookie. The link works once. */
export const SetupRequest = z.object({
  token: OpaqueSecret,
  teamName: TeamName,
  name: PersonName,
  email: z.email().max(254),
  password: Password,
});
export const SetupReply = z.object({ teamId: TeamId });

/** `GET /api/me`: who is signed in, or `sign_in_required`. */
export const Me = z.object({
  name: z.string(),
  email: z.string(),
  team: z.object({ id: TeamId, name: z.string(), host: z.string() }),
  role: z.string(),
});
export type Me = z.infer<typeof Me>;

/** `POST /api/auth/sign-in/email`: sets the cookie, or `sign_in_required`. `rememberMe: false` forgets it with the browser's session. */
export const SignInRequest = z.object({
  email: z.string().max(254),
  password: z.string().min(1).max(256),
  rememberMe: z.boolean().optional(),
});
