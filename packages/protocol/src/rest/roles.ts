import { z } from 'zod';
import { PermissionMap, RoleName } from '../roles.ts';

const name = z.string().regex(/^[A-Za-z0-9_-]{1,30}$/, 'must consist of 1 to 30 letters, digits, - and _');
const displayName = z
  .string()
  .trim()
  .min(3, 'must have at least 3 characters')
  .max(100, 'must have at most 100 characters')
  .refine((value) => value.isWellFormed() && !/\p{Cc}/u.test(value), 'must not contain control characters');
const description = z
  .string()
  .max(1000, 'must have at most 1000 characters')
  .refine((value) => value.isWellFormed() && !value.includes('\0'), 'must be text')
  .nullish();
const permissions = PermissionMap.catch((context) => {
  // One text that helps instead of one for each member of a union.
  context.issues.splice(0, context.issues.length, { code: 'custom', message: '', input: context.value });
  return {};
});

/** `POST /roles`. Permissions that are left out are not given. */
export const RoleRequest = z.object({ name, display_name: displayName, description, permissions });
export type RoleRequest = z.infer<typeof RoleRequest>;

/** `PATCH /roles/{role}`: what is left out stays; `permissions` are replaced as a whole. */
export const RolePatch = RoleRequest.partial();
export type RolePatch = z.infer<typeof RolePatch>;
