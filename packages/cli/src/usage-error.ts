/** A fault that the person at the terminal can mend: its message is printed, without a stack. */
export class UsageError extends Error {}
