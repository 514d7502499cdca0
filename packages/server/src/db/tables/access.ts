/** Teams, their members and keys, and rooms. */
export interface AccessTables {}
