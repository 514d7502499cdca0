import type { Config } from '@conclave/runtime/config';
import type { Recording } from '../access/actions.ts';
import type { PersonKeys } from '../event-log/person-keys.ts';

/** A fault of whoever typed the command; its message is for them. */
export class Refusal extends Error {}

/** What a command from a shell is given. */
export interface AdminContext extends Recording {
  readonly origin: string;
  readonly personKeys: PersonKeys;
  readonly config: Config;
  /** A line for the operator that is no part of the result. */
  warn(text: string): void;
}

/** The options of all commands, as they were typed. */
export interface AdminOptions {
  readonly name?: string | undefined;
  readonly team?: string | undefined;
  readonly key?: string | undefined;
  readonly person?: string | undefined;
  readonly seq?: string | undefined;
  readonly old?: string | undefined;
  readonly new?: string | undefined;
  readonly from?: string | undefined;
  readonly readable?: boolean | undefined;
}

/** A command and what it prints: text as it is, at once or in pieces; anything else as one line of JSON. */
export type Command = (ctx: AdminContext, options: AdminOptions) => Promise<string | AsyncIterable<string> | object>;
