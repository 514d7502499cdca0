/** A WebSocket whose other end is the test. For tests only. */
export class FakeSocket extends EventTarget {
  static readonly OPEN = 1;
  /** All that were made, oldest first. */
  static made: FakeSocket[] = [];

  readonly sent: { id: number; type: string; data: Record<string, unknown> }[] = [];
  readyState = 0;
  closedWith: number | null = null;

  constructor() {
    super();
    FakeSocket.made.push(this);
  }

  static newest(): FakeSocket {
    const socket = FakeSocket.made.at(-1);
    if (socket === undefined) throw new Error('no connection was opened');
    return socket;
  }

  send(text: string): void {
    this.sent.push(JSON.parse(text) as FakeSocket['sent'][number]); // what the client under test writes
  }

  close(code: number): void {
    this.closedWith = code;
    this.readyState = 3;
  }

  accept(): void {
    this.readyState = FakeSocket.OPEN;
    this.dispatchEvent(new Event('open'));
  }

  /** The other end, or the network, ends it. */
  drop(code: number): void {
    this.readyState = 3;
    this.dispatchEvent(Object.assign(new Event('close'), { code }));
  }

  say(message: unknown): void {
    this.dispatchEvent(new MessageEvent('message', { data: typeof message === 'string' ? message : JSON.stringify(message) }));
  }

  /** Answers the newest request of a type. */
  answer(type: string, reply: { ok: true; data: unknown } | { ok: false; code: string; retryAfterMs?: number }): void {
    const request = this.sent.findLast((each) => each.type === type);
    if (request === undefined) throw new Error(`${type} was not asked`);
    this.say({ id: request.id, ...reply });
  }
}
