/** A fault that the person at the terminal can mend: its message is printed, without a stack. */
export class UsageError extends Error {}

/** The command was not called as it is to be; the way to call it is printed too. */
export class ArgumentError extends UsageError {}
