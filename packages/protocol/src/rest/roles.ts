import { z } from 'zod';
import { Permission, PermissionMap, PermissionValue, RoleName } from '../roles.ts';

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

/** `POST /roles`. Permissions that are left out are not given. */
export const RoleRequest = z.object({ name, display_name: displayName, description, permissions: PermissionMap });
export type RoleRequest = z.infer<typeof RoleRequest>;

/** `PATCH /roles/{role}`: what is left out stays; `permissions` are replaced as a whole. */
export const RolePatch = RoleRequest.partial();
export type RolePatch = z.infer<typeof RolePatch>;

/** A role as lists show it. */
export const RoleHead = z.object({
  id: z.uuid(),
  name: RoleName,
  display_name: z.string(),
  description: z.string(),
  /** Whether rooms that say nothing else give it to newcomers. */
  default: z.boolean(),
  created_at: z.string(),
  updated_at: z.string(),
  /** Ours: built-in roles are the same in every team and cannot be changed. */
  is_built_in: z.boolean(),
});
export type RoleHead = z.infer<typeof RoleHead>;

/** A role with a value for each permission there is. */
export const RoleReply = RoleHead.extend({ permissions: z.record(Permission, PermissionValue) });
export type RoleReply = z.infer<typeof RoleReply>;

export const RoleList = z.object({ data: z.array(RoleHead), total_count: z.int().min(0) });
