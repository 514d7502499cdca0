import { once } from 'node:events';
import { createServer } from 'node:net';
import { LIMITS } from '@conclave/protocol/limits';
import { createBackground } from '@conclave/runtime/background';
import { startRenewal, type AcmeRenewal } from '@conclave/runtime/acme/renewal';
import { certificateFiles, loadServerCertificate } from '@conclave/runtime/certificates';
import { systemClock, type Clock } from '@conclave/runtime/clock';
import { publicOrigin, type Config } from '@conclave/runtime/config';
import { reloadCertificate } from '@conclave/runtime/front/certificate-reload';
import { FRONT_ALPN, openFront } from '@conclave/runtime/front/front';
import { trustedProxies } from '@conclave/runtime/front/trusted-proxies';
import { buildHttpsServer, type HttpsServer } from '@conclave/runtime/https-server';
import { loadInternalIdentity } from '@conclave/runtime/internal-identity';
import type { Log } from '@conclave/runtime/log';
import { serveMetrics } from '@conclave/runtime/metrics';
import { systemTimers, type Timers } from '@conclave/runtime/timers';
import { turnPeers } from '@conclave/runtime/turn/peers';
import { loadTurnSecret } from '@conclave/runtime/turn/secret';
import { releaseVersion } from '@conclave/runtime/version';
import { createAccess } from './access/access.ts';
import { loadRoles } from './access/roles.ts';
import { startAlerts } from './alerts/start.ts';
import { checkRoutes, type CheckContext } from './connection-check/routes.ts';
import type { ServerContext } from './context.ts';
import { keptMessages, recentMessages } from './chat/store.ts';
import { connectDatabase, type Db } from './db/connection.ts';
import { migrate } from './db/migrate.ts';
import { inTransaction } from './db/transaction.ts';
import { systemCause } from './event-log/cause.ts';
import { startCheckpoints } from './event-log/checkpoints.ts';
import { createRefusals } from './event-log/refusals.ts';
import { startEventLog } from './event-log/start.ts';
import { noteInviteMail } from './invites/mail.ts';
import { createLobby, type Lobby } from './lobby/lobby.ts';
import { startMail } from './mail/start.ts';
import { createMediaClient, type MediaClient } from './media-link/client.ts';
import { followMediaEvents } from './media-link/events.ts';
import { createServerMetrics } from './metrics.ts';
import { pause, untilDone } from './retry.ts';
import { startRetention } from './retention/jobs.ts';
import { joinRoutes } from './rooms/join-routes.ts';
import { startExpiry } from './rooms/expiry.ts';
import { RECENT_CHAT } from './rooms/recent-chat.ts';
import { createLiveRooms, type LiveRegistry } from './rooms/live-rooms.ts';
import { createMediaJournal } from './rooms/media-journal.ts';
import { startReceiverCheck } from './rooms/receiver-check.ts';
import { createSessionStore, type SessionStore } from './rooms/session-store.ts';
import { findRoomById } from './rooms/store.ts';
import { policyOf } from './rooms/policy.ts';
import { ensureSetupToken } from './setup/actions.ts';
import { startSinks } from './siem/start.ts';
import { securityHeaders } from './web/headers.ts';
import { watchRelay } from './turn/relay-watch.ts';
import { createTurn, NO_TURN } from './turn/turn.ts';
import { healthRoute } from './web/health.ts';
import { mediaProxy } from './web/media-proxy.ts';
import { mountWeb } from './web/mount.ts';
import { buildRedirect } from './web/redirect.ts';
import { refusalWriter, rememberKnown } from './web/refusals.ts';
import { createConnections } from './ws/connections.ts';
import { serveSignalling } from './ws/server.ts';

/** How long a server that begins waits for the media node's snapshot before it goes on without. */
const FIRST_HELLO_TIMEOUT_MS = 3_000;
/** To the database, for requests of those who ask for a ticket. */
const DOOR_CONNECTIONS = 5;

export interface RunningServer extends AsyncDisposable {
  /** `https://localhost:8443` */
  readonly url: string;
  /** One-time link to the set-up, as long as the installation belongs to nobody. */
  readonly ownerLink?: string;
}

export interface ServerOptions {
  /** `databaseUrl` and `mediaNodeUrl` are needed. */
  config: Config;
  log: Log;
  clock?: Clock;
  timers?: Timers;
}

/**
 * Starts the control plane: REST, pages, signalling and the way to the media node. Resolves when people can join; while the
 * database is away it listens, answers `unavailable` and waits. Disposing closes every connection and keeps the sessions for the
 * next start.
 */
export async function startServer({
  config: given,
  log,
  clock = systemClock,
  timers = systemTimers,
}: ServerOptions): Promise<RunningServer> {
  const { databaseUrl, mediaNodeUrl } = given;
  if (!databaseUrl || !mediaNodeUrl) throw new Error('DATABASE_URL and CONCLAVE_MEDIA_NODE_URL are needed; `conclave start` sets them');
  const config: Config = { ...given, httpsPort: given.httpsPort || (await freePort(given.listenAddress)) };
  const origin = publicOrigin(config);
  await using began = new AsyncDisposableStack();
  const aborter = new AbortController();
  const background = createBackground(log);
  const db = began.adopt(connectDatabase({ url: databaseUrl.reveal(), log }), (open) => open.destroy());
  // Of its own, so that a crowd at the door keeps no connection from those who are inside.
  const doorDb = began.adopt(connectDatabase({ url: databaseUrl.reveal(), log, maxConnections: DOOR_CONNECTIONS }), (open) =>
    open.destroy(),
  );
  const identity = await loadInternalIdentity(config.dataDir, 'server', config.internalDir);
  const media = began.use(createMediaClient({ url: mediaNodeUrl, identity }));
  began.defer(() => aborter.abort());
  const connections = createConnections(timers);
  const access = await createAccess({ db, log, origin, dataDir: config.dataDir });
  const { eventLog, personKeys, sequencer } = began.use(startEventLog({ db, log, clock, timers, wrapping: access.keys.persons }));
  const refusals = began.use(createRefusals({ db, eventLog, clock, timers, log }));
  const mail = began.use(startMail({ db, log, clock, timers, config, onLeft: noteInviteMail({ eventLog, clock }) }));
  const checkpoints = began.use(await startCheckpoints({ db, log, clock, timers, sequencer, config, sendMail: mail.sendMail }));
  const store = createSessionStore(db, eventLog);
  const turn =
    config.turnProxyPort === undefined
      ? undefined
      : createTurn({
          host: config.host,
          port: config.httpsPort,
          secret: await loadTurnSecret(config),
          peers: turnPeers(config),
          clock,
          timers,
          isIn: (id) => live.isIn(id),
        });
  const live = createLiveRooms({
    log,
    clock,
    timers,
    background,
    store,
    media,
    turn: turn ?? NO_TURN,
    outbox: connections,
    signal: aborter.signal,
    waiting: (roomId) => lobby.listed(roomId),
    keptChat: (roomId) => keptMessages(db, roomId, LIMITS.chatHistory),
  });
  const ctx = {
    config,
    log,
    clock,
    timers,
    background,
    db,
    access,
    origin,
    live,
    store,
    outbox: connections,
    eventLog,
    refusals,
    personKeys,
    sequencer,
    checkpoints,
    mail,
  };

  const lobby = began.use(createLobby(ctx));

  let isMediaConnected = () => false;
  const certificate = await loadServerCertificate(config, clock);
  const renewal = began.use(startRenewal({ config, log, clock, timers }));
  const app = buildHttpsServer({
    log,
    tls: certificate,
    alpn: FRONT_ALPN,
    trustedProxies: config.trustedProxies,
    headers: securityHeaders(config.host),
    onRefused: refusalWriter(refusals),
  });
  rememberKnown(app);
  began.defer(() => app.close());
  await mount(
    app,
    { ...ctx, lobby, doorDb, turn: turn ?? NO_TURN },
    {
      url: mediaNodeUrl,
      ca: identity.ca,
      isConnected: () => isMediaConnected(),
      routerRtpCapabilities: media.routerRtpCapabilities,
      openCheck: media.openCheck,
    },
  );
  const trusted = trustedProxies(config.trustedProxies);
  began.use(
    openFront(app.server, {
      log,
      timers,
      trusted,
      proxyProtocol: config.proxyProtocol,
      ...(turn && config.turnProxyPort !== undefined && { turn: { port: config.turnProxyPort, policy: turn.policy } }),
    }),
  );
  began.use(serveSignalling(app.server, connections, { ...ctx, lobby, trusted }));
  await app.listen({ host: config.listenAddress, port: config.httpsPort });
  const load = () => loadServerCertificate(config, clock);
  began.use(reloadCertificate({ server: app.server, log, timers, loaded: certificate, files: certificateFiles(config), load }));
  await began.use(startRedirect(config, origin, renewal)).listening;
  renewal.begin();

  const prepared = await untilDone(() => prepare({ ...ctx, lobby }), {
    timers,
    signal: aborter.signal,
    onFailure: (error) => log.error({ err: error }, 'the database is not ready'),
  });
  sequencer.wake();
  mail.begin();
  began.use(startAlerts({ ...ctx, timers }));
  began.use(startRetention(ctx));
  began.use(startExpiry({ ...ctx, lobby }));
  began.use(startSinks(ctx));
  const journal = began.use(createMediaJournal({ db, eventLog, log, timers }));
  const events = began.use(followMediaEvents({ url: mediaNodeUrl, identity, log, timers, onEvent: live.onMediaEvent, journal }));
  isMediaConnected = events.isConnected;
  await Promise.race([events.firstHello, pause(FIRST_HELLO_TIMEOUT_MS, timers, aborter.signal)]);
  live.openDoors();
  const receivers = began.use(startReceiverCheck({ ...ctx, media }));
  if (config.metricsPort !== 0) began.use(await serveMetrics(createServerMetrics({ live, receivers }), config.metricsPort));

  const ends = began.move();
  return { url: origin, ...(prepared?.ownerLink && { ownerLink: prepared.ownerLink }), [Symbol.asyncDispose]: () => ends.disposeAsync() };
}

type Context = Omit<ServerContext, 'live'> & { live: LiveRegistry; store: SessionStore; lobby: Lobby };

interface MediaDoor extends Pick<MediaClient, 'routerRtpCapabilities' | 'openCheck'> {
  url: string;
  ca: string;
  isConnected(): boolean;
}

async function mount(
  app: HttpsServer,
  { doorDb, turn, ...ctx }: Context & Pick<CheckContext, 'turn'> & { doorDb: Db },
  media: MediaDoor,
): Promise<void> {
  await app.register(async (scope: HttpsServer) =>
    healthRoute(scope, { ...ctx, isMediaConnected: media.isConnected, relayState: watchRelay(ctx.config.turnProxyPort) }),
  );
  await app.register(async (scope: HttpsServer) => mediaProxy(scope, media));
  await app.register(async (scope: HttpsServer) =>
    joinRoutes(scope, { ...ctx, db: doorDb, routerRtpCapabilities: media.routerRtpCapabilities }),
  );
  await app.register(async (scope: HttpsServer) => checkRoutes(scope, { ...ctx, media, turn }));
  await mountWeb(app, ctx);
}

/** Brings the schema up to date and takes over the sessions that the process before this one left. */
async function prepare({ db, log, origin, live, eventLog, store, lobby }: Context): Promise<{ ownerLink: string | null }> {
  await migrate(db, log);
  await inTransaction(db, (tx) =>
    eventLog.append(tx, { name: 'server.started', by: systemCause('server'), data: { version: releaseVersion() } }),
  );
  const stored = await store.loadLive();
  const sessions = await Promise.all(
    stored.map(async (session) => {
      const room = await findRoomById(db, session.roomId);
      // The room was deleted at the very end of the process before this one: nobody comes back to it.
      if (!room) return { ...session, participants: [], chat: [], policy: null };
      const chat = await recentMessages(db, { room: session.roomId, session: session.sessionId }, RECENT_CHAT);
      return { ...session, chat, policy: policyOf(room, await loadRoles(db, session.teamId), session.controls) };
    }),
  );
  const ownerLink = await ensureSetupToken({ db, eventLog, origin });
  live.restore(sessions);
  await lobby.restore();
  return { ownerLink };
}

function startRedirect(config: Config, origin: string, { challenges }: AcmeRenewal): AsyncDisposable & { listening: Promise<unknown> } {
  const server = buildRedirect(origin, challenges);
  const listening = once(server, 'listening');
  server.listen(config.httpPort, config.listenAddress);
  return {
    listening,
    [Symbol.asyncDispose]: async () => {
      server.close();
      server.closeAllConnections();
    },
  };
}

async function freePort(address: string): Promise<number> {
  const probe = createServer();
  await once(probe.listen(0, address), 'listening');
  const bound = probe.address();
  await new Promise((resolve) => probe.close(resolve));
  return typeof bound === 'object' && bound ? bound.port : 0;
}
