import { z } from 'zod';
import { ERROR_CODES } from '../errors.ts';
import { OpaqueSecret, ParticipantId, ProducerId, SessionId } from '../ids.ts';
import { Grants } from '../roles.ts';
import { ConsumerView, TransportView } from './public.ts';
import { DtlsOfTransports, DtlsParameters, IceCandidate, IceParameters, MediaKind, MediaSource, RtpCapabilities } from './rtp.ts';

/**
 * The internal API of the media node, `/internal/v1`, mutual TLS; only the certificate of the part `server` may call.
 *
 * | verb | path | body | reply |
 * | --- | --- | --- | --- |
 * | PUT | `/sessions/:sessionId/participants/:participantId` | PutParticipant | MediaParticipant |
 * | PATCH | the same | PatchParticipant | `{}`; closes at once what is no longer granted |
 * | DELETE | the same | none | `{}` also when absent |
 * | POST | the same + `/mute` | MuteParticipant | `{}` also when absent; pauses or closes what is sent, grants stay |
 * | GET | `/receivers` | none | Receivers |
 * | DELETE | `/sessions/:sessionId` | none | `{}` also when absent |
 * | POST | `/checks` | OpenCheck | MediaCheck; `no_capacity` when too many are open |
 * | GET | `/events` as a WebSocket | JournalAck, nothing else | first `node.hello`, then each NodeMessage as it happens |
 */
export const PutParticipant = z.strictObject({
  grants: Grants,
  /** true: new transports and a new capability, what was there is closed. false: what is there is kept, made if absent. */
  fresh: z.boolean(),
  /** If given, consumers for the session's present producers are made ahead (all audio, the first videos up to the limit). */
  rtpCapabilities: RtpCapabilities.optional(),
  /** If given, new transports are connected at once. */
  dtlsParameters: DtlsOfTransports.optional(),
});
export type PutParticipant = z.infer<typeof PutParticipant>;

export const MediaParticipant = z.strictObject({
  capability: OpaqueSecret,
  routerRtpCapabilities: RtpCapabilities,
  send: TransportView,
  recv: TransportView,
  consumers: z.array(ConsumerView),
  /** true: both transports know the client's DTLS parameters. */
  connected: z.literal(true).optional(),
});
export type MediaParticipant = z.infer<typeof MediaParticipant>;

export const PatchParticipant = z.strictObject({ grants: Grants });
export type PatchParticipant = z.infer<typeof PatchParticipant>;

/** Microphones and cameras are paused, so that the participant can go on by themselves; screens are closed, and their sound with them. */
export const MuteParticipant = z.strictObject({ sources: z.array(MediaSource).min(1).max(8) });
export type MuteParticipant = z.infer<typeof MuteParticipant>;

/** Everybody to whom the node sends or may send: who has a consumer or a transport. `consumers` counts those that are open. */
export const Receivers = z.strictObject({
  receivers: z.array(z.strictObject({ sessionId: SessionId, participantId: ParticipantId, consumers: z.int().min(0) })),
});
export type Receivers = z.infer<typeof Receivers>;

/** Opens the throw-away transports of a connection check. The caller shows this certificate on both and is the client of DTLS. */
export const OpenCheck = z.strictObject({ dtlsParameters: DtlsParameters });
export type OpenCheck = z.infer<typeof OpenCheck>;

/** Where one of them is reached. It has no id: nothing can be asked of it. */
export const CheckTransport = z.strictObject({
  iceParameters: IceParameters,
  iceCandidates: z.array(IceCandidate),
  dtlsParameters: DtlsParameters,
});
export type CheckTransport = z.infer<typeof CheckTransport>;

/** One transport over UDP alone and one over TCP alone; null where media is not taken over TCP. They are closed after `lifetimeMs`, or when the caller ends DTLS on both. */
export const MediaCheck = z.strictObject({ lifetimeMs: z.int().min(1), udp: CheckTransport, tcp: CheckTransport.nullable() });
export type MediaCheck = z.infer<typeof MediaCheck>;

export const ProducerState = z.strictObject({ id: ProducerId, source: MediaSource, kind: MediaKind, paused: z.boolean() });
export type ProducerState = z.infer<typeof ProducerState>;

export const Quality = z.enum(['good', 'fair', 'poor']);
export type Quality = z.infer<typeof Quality>;

const who = { sessionId: SessionId, participantId: ParticipantId };

/** What the media node tells the server. The snapshot in `node.hello` is the truth; events keep it current. */
export const MediaEvent = z.discriminatedUnion('type', [
  z.strictObject({
    type: z.literal('node.hello'),
    /** New for each start of the media process. */
    bootId: z.uuid(),
    participants: z.array(z.strictObject({ ...who, grants: Grants, producers: z.array(ProducerState), lost: z.boolean() })),
  }),
  z.strictObject({ type: z.literal('producer.opened'), ...who, producer: ProducerState }),
  z.strictObject({ type: z.literal('producer.updated'), ...who, producer: ProducerState }),
  z.strictObject({ type: z.literal('producer.closed'), ...who, producerId: ProducerId }),
  /** The largest layer that anybody watches; -1 nobody does, so that the publisher need not send. */
  z.strictObject({ type: z.literal('producer.demanded'), ...who, producerId: ProducerId, maxSpatialLayer: z.int().min(-1).max(3) }),
  z.strictObject({ type: z.literal('speaker.changed'), sessionId: SessionId, participantId: ParticipantId.nullable() }),
  z.strictObject({ type: z.literal('quality.changed'), ...who, quality: Quality }),
  /** A worker died: these participants' transports and producers are gone; PUT them again with `fresh`. */
  z.strictObject({ type: z.literal('media.lost'), sessionId: SessionId, participantIds: z.array(ParticipantId) }),
]);
export type MediaEvent = z.infer<typeof MediaEvent>;

/** The address of a client, IPv4 or IPv6 without a zone. */
export const ClientAddress = z.union([z.ipv4(), z.ipv6()]);

const journalled = {
  /** The same entry has the same id however often it is told. */
  entryId: z.uuid(),
  /** When it was done, in milliseconds since 1970. */
  atMs: z.int().min(0),
};
const aboutProducer = { ...journalled, ...who, producerId: ProducerId, source: MediaSource };

/** What must become an event: what participants do at the media node and what it refuses. */
export const JournalEntry = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('producer.opened'), ...aboutProducer, paused: z.boolean() }),
  z.strictObject({ kind: z.literal('producer.paused'), ...aboutProducer }),
  z.strictObject({ kind: z.literal('producer.resumed'), ...aboutProducer }),
  z.strictObject({ kind: z.literal('producer.closed'), ...aboutProducer }),
  z.strictObject({
    kind: z.literal('refused'),
    ...journalled,
    /** Whose capability was shown; null without a valid one. */
    sessionId: SessionId.nullable(),
    participantId: ParticipantId.nullable(),
    /** Method and pattern of the route: `POST /media/v1/producers`. */
    verb: z.string().max(100),
    code: z.enum(ERROR_CODES),
    /** How many equal refusals this entry stands for. */
    count: z.int().min(1),
    /** null where it is not known or not the same for all that were counted. */
    address: ClientAddress.nullable(),
  }),
]);
export type JournalEntry = z.infer<typeof JournalEntry>;

/** An entry of the node's journal at its place `n`, which grows; told on each connection again until it is acknowledged. */
export const JournalLine = z.strictObject({ type: z.literal('journal.entry'), n: z.int().min(1), entry: JournalEntry });
export type JournalLine = z.infer<typeof JournalLine>;

/** Comes before the lines of a connection. */
export const JournalStart = z.strictObject({
  type: z.literal('journal.started'),
  /** The place of the last line that was acknowledged, 0 before the first. */
  acknowledged: z.int().min(0),
  /** The place of the last line that there is. */
  upTo: z.int().min(0),
  /** What is open after that line. Whatever else was ever opened and has not ended in a line ended with a node before this one. */
  producerIds: z.array(ProducerId),
});
export type JournalStart = z.infer<typeof JournalStart>;

/** All that the node says on the WebSocket. */
export const NodeMessage = z.discriminatedUnion('type', [...MediaEvent.options, JournalStart, JournalLine]);
export type NodeMessage = z.infer<typeof NodeMessage>;

/** All that the reader says: the entries up to and with `upTo` are stored for good, so that the node may forget them. */
export const JournalAck = z.strictObject({ type: z.literal('journal.ack'), upTo: z.int().min(0) });
export type JournalAck = z.infer<typeof JournalAck>;
