import { memberPerson, type Cause } from '../event-log/cause.ts';
import type { Principal } from './authenticate.ts';

/** What a signed-in member does. */
export function memberCause(member: { readonly userId: string }, address: string): Cause {
  const { userId } = member;
  return { actor: { kind: 'member', id: userId, authenticatedBy: 'cookie' }, person: memberPerson(userId), address };
}

/** What somebody does who just proved to own an account, with its password or with the owner link. */
export function newMemberCause(userId: string, authenticatedBy: 'password' | 'owner-link', address: string): Cause {
  return { actor: { kind: 'member', id: userId, authenticatedBy }, person: memberPerson(userId), address };
}

/** What a program does with a developer key. */
export function keyCause(keyId: string, address: string): Cause {
  return { actor: { kind: 'key', id: keyId, authenticatedBy: 'developer-key' }, person: null, address };
}

/** What whoever makes a REST request does. */
export function principalCause(principal: Principal, address: string): Cause {
  return principal.kind === 'key' ? keyCause(principal.keyId, address) : memberCause(principal.member, address);
}
