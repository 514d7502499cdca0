import { ROUTER_CAPABILITIES } from '@conclave/media/testing/rtp-fixture';
import type { MediaAccess } from '@conclave/protocol/media-api/public';
import type { Joined, Notification, NotificationType, RequestData, RequestType } from '@conclave/protocol/signalling/messages';
import type { ChatMessageView } from '@conclave/protocol/signalling/views';
import { httpsClient, type HttpsClient, type HttpsReply } from '@conclave/cli/peer/https-client';
import { connectSignal, type SignalClient } from '../signal-client.ts';
import { Broken } from './broken.ts';
import { addMessage, follow, viewOf, type View } from './view.ts';

/** Where somebody is. `away`: the connection is gone, the place is kept; `lobby-away` the same in the lobby. */
export type Whereabouts = 'out' | 'in' | 'away' | 'lobby' | 'lobby-away';

/** The cookie of one browser, which several people may use. */
export interface Jar {
  device?: string;
}

interface PersonOptions {
  readonly n: number;
  readonly origin: string;
  readonly ca: string;
  readonly localAddress: string;
  readonly jar: Jar;
  /** Of an account that is signed in. */
  readonly cookie?: string;
}

/** Close codes that the platform may use, and where somebody is afterwards. */
const AFTER_CLOSE: Readonly<Record<number, 'out' | 'away'>> = {
  1000: 'out',
  1006: 'away', // Nobody said anything: the connection broke.
  4401: 'out',
  4403: 'out',
  4409: 'away',
  4410: 'out',
  4411: 'out',
  4412: 'out',
  4503: 'away',
};

/** One person with one connection at a time, who sees the room as a page would: from replies and notifications alone, in their order. */
export class Person implements Disposable {
  readonly n: number;
  readonly jar: Jar;
  readonly address: string;
  readonly #options: PersonOptions;
  readonly #http: HttpsClient;
  #client: SignalClient | null = null;
  #read = 0;
  #resumeTokens: string | null = null;
  #knockToken: string | null = null;
  state: Whereabouts = 'out';
  view: View | null = null;
  media: MediaAccess | null = null;
  /** Waits to be used after being let in. */
  ticket: string | null = null;
  /** The cookie by which the last request was known; two first requests of one browser at the same time are given two. */
  device: string | undefined;
  /** Was let in, and is on the way or finds the room full. */
  isLetIn = false;
  participantId: string | null = null;
  /** The producers that were made on the present media path. */
  producers: string[] = [];
  #onJoined: (joined: Joined) => void = () => undefined;

  constructor(options: PersonOptions, onJoined: (person: Person, joined: Joined) => void) {
    this.n = options.n;
    this.jar = options.jar;
    this.address = options.localAddress;
    this.#options = options;
    this.#http = httpsClient(options.origin, options.ca, options);
    this.#onJoined = (joined) => onJoined(this, joined);
  }

  get resumeToken(): string | null {
    return this.#resumeTokens;
  }

  get knockToken(): string | null {
    return this.#knockToken;
  }

  /** One REST request of this person's browser. */
  async ask(method: string, path: string, body?: unknown, headers: Record<string, string> = {}): Promise<HttpsReply> {
    const { device } = this.jar;
    const cookies = [device, this.#options.cookie].filter((cookie) => cookie !== undefined).join('; ');
    const reply = await this.#http.ask(method, path, {
      ...(body !== undefined && { body }),
      headers: { ...headers, cookie: cookies, origin: this.#options.origin },
    });
    const [given] = [reply.headers['set-cookie'] ?? []].flat();
    const isGiven = given?.includes('conclave-device') ?? false;
    if (isGiven) this.jar.device = given?.split(';', 1)[0] ?? '';
    this.device = isGiven ? this.jar.device : device;
    return reply;
  }

  /** One request to the media API with the capability of the present media path. */
  async askMedia(method: string, path: string, body?: unknown): Promise<HttpsReply> {
    return this.ask(method, `/media/v1${path}`, body, { authorization: `Bearer ${this.media?.capability ?? ''}` });
  }

  /** A new connection in the place of the one before, which is left as it is until the server closes it. */
  async connect(): Promise<SignalClient> {
    const client = await connectSignal(this.#options.origin, this.#options);
    this.#use(client);
    return client;
  }

  #use(client: SignalClient): void {
    this.#client?.[Symbol.dispose]();
    this.#client = client;
    this.#read = 0;
    this.view = null;
  }

  /** The reply, or the close code of a connection that ended meanwhile; every reply is one that `catchUp` has read. */
  async say<T extends RequestType>(type: T, data: RequestData<T>): Promise<string> {
    const client = this.#client;
    if (!client) return 'no connection';
    try {
      const reply = await client.ask(type, data);
      this.catchUp();
      return reply.ok ? 'ok' : reply.code;
    } catch (error) {
      if (!(error instanceof Error) || !error.message.startsWith('closed with')) throw error;
      return error.message;
    }
  }

  /** The same with what was answered. */
  async sayFor<T extends RequestType>(type: T, data: RequestData<T>): Promise<Awaited<ReturnType<SignalClient['ask']>> | null> {
    const client = this.#client;
    try {
      const reply = client && (await client.ask(type, data));
      this.catchUp();
      return reply; // of that type
    } catch (error) {
      if (!(error instanceof Error) || !error.message.startsWith('closed with')) throw error;
      return null;
    }
  }

  /** Everything that the server sent before now has been read when this resolves; then it is known where the person is. */
  async settle(): Promise<void> {
    const client = this.#client;
    if (!client) return;
    const answered = await this.say('connection.ping', {});
    this.catchUp();
    if (answered === 'ok') return;
    // Who found the room full is connected for a while longer, and not in.
    if (answered === 'sign_in_required' && this.state === 'out') return;
    if (!answered.startsWith('closed with')) throw new Broken(`${this.name} was answered ${answered} to a ping in ${this.state}`);
    const { code } = await client.closed;
    this.catchUp();
    this.#client = null;
    this.#whereAfter(code);
  }

  #whereAfter(code: number): void {
    const after = AFTER_CLOSE[code];
    if (after === undefined) throw new Broken(`${this.name} was closed with ${code}`);
    const waited = this.state === 'lobby' || this.state === 'lobby-away';
    this.view = null;
    this.producers = [];
    if (after === 'away') this.state = waited ? 'lobby-away' : 'away';
    // Who was sent back knows their place in the lobby.
    else if (code === 4411 && this.#knockToken !== null) this.state = 'lobby-away';
    else this.forget();
  }

  get name(): string {
    return `person ${this.n}`;
  }

  /** Ends the connection without a word. */
  async drop(): Promise<void> {
    const client = this.#client;
    if (!client) return;
    this.#client = null;
    client[Symbol.dispose]();
    await client.closed;
    this.view = null;
    this.producers = [];
    this.state = this.state === 'lobby' || this.state === 'lobby-away' ? 'lobby-away' : 'away';
  }

  /** Back at the beginning; the connection, if any, is cut. */
  forget(): void {
    this.#client?.[Symbol.dispose]();
    this.#client = null;
    this.state = 'out';
    this.view = null;
    this.media = null;
    this.ticket = null;
    this.isLetIn = false;
    this.participantId = null;
    this.#resumeTokens = null;
    this.#knockToken = null;
    this.producers = [];
  }

  /** Reads the frames that came since, in their order. */
  catchUp(): void {
    const frames = this.#client?.frames ?? [];
    while (this.#read < frames.length) {
      const frame = JSON.parse(frames[this.#read] ?? '') as Frame; // parsed by its schema when it came
      this.#read += 1;
      if (frame.id === undefined) this.#notified(frame as unknown as Notification);
      else if (frame.ok) this.#answered(frame.data);
    }
  }

  #answered(data: Answer): void {
    if (data.self && data.participants) {
      const joined = data as Joined; // no other reply has both
      this.view = viewOf(joined);
      this.state = 'in';
      this.participantId = joined.self.participantId;
      this.#resumeTokens = joined.self.resumeToken;
      this.#knockToken = null;
      this.ticket = null;
      this.isLetIn = false;
      if (joined.media) this.#newMedia(joined.media);
      this.#onJoined(joined);
    } else if (data.waiting) {
      this.state = 'lobby';
      this.isLetIn = false;
      this.#knockToken = data.waiting.knockToken;
    } else if (data.admitted) this.#letIn(data.admitted.ticket);
    else if (data.media) this.#newMedia(data.media);
    else if (data.message && this.view) addMessage(this.view, data.message);
  }

  #notified(notification: Notification): void {
    if (notification.type === 'lobby.admitted') this.#letIn(notification.data.ticket);
    else if (notification.type === 'lobby.sent-back') this.#knockToken = notification.data.waiting.knockToken;
    else if (notification.type === 'lobby.turned-away') return;
    else if (this.view === null) throw new Broken(`${this.name} was told ${notification.type} before the list`);
    else {
      if (ROOM_OF.has(notification.type) && this.state !== 'in') throw new Broken(`${notification.type} to somebody in ${this.state}`);
      if (notification.type === 'media.restarted') this.#newMedia(notification.data.media);
      follow(this.view, notification);
    }
  }

  #letIn(ticket: string): void {
    this.ticket = ticket;
    this.isLetIn = true;
  }

  #newMedia(media: MediaAccess): void {
    this.media = media;
    this.producers = [];
  }

  [Symbol.dispose](): void {
    this.#client?.[Symbol.dispose]();
    this.#http[Symbol.dispose]();
  }
}

interface Answer {
  self?: unknown;
  participants?: unknown;
  waiting?: { knockToken: string };
  admitted?: { ticket: string };
  media?: MediaAccess;
  message?: ChatMessageView;
}
type Frame = { id?: number; ok: true; data: Answer };

const ROOM_OF: ReadonlySet<NotificationType> = new Set(['participant.joined', 'chat.posted', 'room.updated']);

export { ROUTER_CAPABILITIES };
