/** Where time comes from; tests pass their own. */
export interface Clock {
  /** Milliseconds since 1970, as `Date.now()`. */
  nowMs(): number;
}

/** The host's clock. */
export const systemClock: Clock = { nowMs: () => Date.now() };
