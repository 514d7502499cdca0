/** Refusals of a join that typing the room's password puts right. */
export type PasswordFault = 'password_required' | 'password_wrong';
