/** What an installation has acknowledged: it must be stored and in the log, once. Sets of ids and names that nobody else has. */
export interface Ledger {
  /** Ids of chat messages. */
  readonly messages: Set<string>;
  /** Ids of participants. */
  readonly joins: Set<string>;
  /** New names of participants. */
  readonly renames: Set<string>;
  readonly roomsMade: Set<string>;
  readonly roomsDeleted: Set<string>;
  /** Every text that was sent, acknowledged or not: none may be there twice. */
  readonly texts: Set<string>;
  /** Deeds that were not acknowledged: nobody knows whether they were done. */
  unanswered: number;
}

export function createLedger(): Ledger {
  return {
    messages: new Set(),
    joins: new Set(),
    renames: new Set(),
    roomsMade: new Set(),
    roomsDeleted: new Set(),
    texts: new Set(),
    unanswered: 0,
  };
}
