/** What a supervised process tells its supervisor once it serves. */
export interface ReadyMessage {
  kind: 'ready';
  /** Only from the server, and only while nobody owns the installation. */
  ownerLink?: string;
}

/** Tells the supervisor, if there is one, that this process serves now. */
export function announceReady(details: Omit<ReadyMessage, 'kind'> = {}): void {
  process.send?.({ kind: 'ready', ...details } satisfies ReadyMessage);
}

/** Whether something that came over IPC is a ReadyMessage. */
export function isReadyMessage(message: unknown): message is ReadyMessage {
  if (typeof message !== 'object' || message === null) return false;
  const { kind, ownerLink } = message as Record<string, unknown>; // any object can be read so
  return kind === 'ready' && (ownerLink === undefined || typeof ownerLink === 'string');
}
