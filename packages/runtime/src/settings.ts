import { isIP } from 'node:net';
import { z } from 'zod';
import { Secret } from './secret.ts';

const wholeNumber = z.union([
  z.number(),
  z
    .string()
    .regex(/^\d+$/, 'must be a whole number')
    .transform((text) => Number(text)),
]);

function numberBetween(min: number, max: number) {
  const message = `must be a whole number from ${min} to ${max}`;
  return wholeNumber.pipe(z.int(message).min(min, message).max(max, message));
}

const port = numberBetween(0, 65_535);
const path = z.string().min(1, 'must not be empty');

const addresses = z
  .union([z.array(z.string()), z.string().transform((text) => text.split(',').map((part) => part.trim()))])
  .pipe(z.array(z.string().refine((text) => isIP(text) !== 0, 'must be IP addresses, separated by commas')).min(1));

const networks = z
  .union([z.array(z.string()), z.string().transform((text) => text.split(',').map((part) => part.trim()))])
  .pipe(z.array(z.string().refine(isNetwork, 'must be IP addresses or CIDRs such as 192.0.2.0/24, separated by commas')));

/** Never everything: who trusts all trusts what a client writes about itself. */
function isNetwork(text: string): boolean {
  const [, address = '', prefix] = /^([^/]+)(?:\/(\d{1,3}))?$/.exec(text) ?? [];
  const version = isIP(address);
  return version !== 0 && (prefix === undefined || (Number(prefix) >= 1 && Number(prefix) <= (version === 4 ? 32 : 128)));
}

const yesOrNo = z
  .union([z.boolean(), z.enum(['true', 'false'], 'must be true or false').transform((text) => text === 'true')])
  .pipe(z.boolean());

const sinks = z
  .union([z.array(z.string()), z.string().transform((text) => text.split(',').map((part) => part.trim()))])
  .pipe(z.array(z.string().refine(isSinkUrl, 'must be syslog+tls://HOST:PORT or file:///PATH, separated by commas')));

/** Nothing in it that is not used, and no secret: it is the name of the sink. */
function isSinkUrl(text: string): boolean {
  const url = URL.parse(text);
  if (url === null || url.username + url.password + url.search + url.hash !== '') return false;
  if (url.protocol === 'file:') return url.host === '' && !url.pathname.endsWith('/');
  return url.protocol === 'syslog+tls:' && url.hostname !== '' && /^\/?$/.test(url.pathname);
}

const hostName = z
  .string()
  .regex(/^(?!-)[a-z0-9-]{1,63}(\.[a-z0-9-]{1,63})*$/, 'must be a host name in lower case, without scheme or port');

const hostNames = z
  .union([z.array(z.string()), z.string().transform((text) => text.split(',').map((part) => part.trim()))])
  .pipe(z.array(hostName));

const postgresUrl = z
  .string()
  .regex(/^postgres(ql)?:\/\//, 'must begin with postgres:// or postgresql://')
  .transform((text) => new Secret(text));

/** `smtp://` or `smtps://` with host, and if need be port, user and password, and nothing else. */
const smtpUrl = z
  .string()
  .refine(isSmtpUrl, 'must be smtp:// or smtps:// with a host, and with user and password before an @ if the server asks for them')
  .transform((text) => new Secret(text));

function isSmtpUrl(text: string): boolean {
  const url = URL.parse(text);
  return (
    url !== null && /^smtps?:$/.test(url.protocol) && url.hostname !== '' && /^\/?$/.test(url.pathname) && url.search + url.hash === ''
  );
}

/**
 * Every setting there is: its variable, its key in `conclave.toml`, what it accepts and what it is for.
 * Defaults that depend on the environment are in `config.ts`; `sample` is what `config sample` shows.
 */
export const SETTINGS = {
  env: {
    variable: 'CONCLAVE_ENV',
    schema: z.enum(['development', 'test', 'production'], 'must be development, test or production'),
    description: 'What this installation is. production refuses defaults that are only right on a desk.',
    sample: 'development',
  },
  dataDir: {
    variable: 'CONCLAVE_DATA_DIR',
    schema: path,
    description: 'Where everything durable lives: database, keys, certificates. Back this up.',
    sample: './data',
  },
  host: {
    variable: 'CONCLAVE_HOST',
    schema: hostName,
    description: 'The name by which browsers reach this installation. Required in production.',
    sample: 'localhost',
  },
  listenAddress: {
    variable: 'CONCLAVE_LISTEN_ADDRESS',
    schema: z.string().refine((text) => isIP(text) !== 0, 'must be an IP address'),
    description: 'The address to listen on. Default: all of them; only loopback in the test environment.',
    sample: '0.0.0.0',
  },
  httpsPort: {
    variable: 'CONCLAVE_HTTPS_PORT',
    schema: port,
    description: 'TCP port of pages, REST and signalling (443 in production). 0 takes a free one.',
    sample: 8443,
  },
  httpPort: {
    variable: 'CONCLAVE_HTTP_PORT',
    schema: port,
    description: 'TCP port that only redirects to HTTPS (80 in production). 0 takes a free one.',
    sample: 8080,
  },
  mediaPort: {
    variable: 'CONCLAVE_MEDIA_PORT',
    schema: port,
    description:
      'UDP and TCP port of media; each further worker takes the next one. 0 takes free ones. The port of pages: over UDP alone, and one worker.',
    sample: 10_000,
  },
  announcedIps: {
    variable: 'CONCLAVE_ANNOUNCED_IP',
    schema: addresses,
    description: 'Addresses at which browsers reach the media port. Default: those of this host; set it behind NAT.',
    sample: ['203.0.113.10'],
  },
  mediaWorkers: {
    variable: 'CONCLAVE_MEDIA_WORKERS',
    schema: numberBetween(1, 256),
    description: 'How many media workers run. Default: one for each core.',
    sample: 2,
  },
  consumersPerWorker: {
    variable: 'CONCLAVE_CONSUMERS_PER_WORKER',
    schema: numberBetween(1, 10_000),
    description:
      'How many streams a worker sends before new participants of its sessions go to another. One is about a thousandth of a core.',
    sample: 500,
  },
  databaseUrl: {
    variable: 'DATABASE_URL',
    schema: postgresUrl,
    description: 'A PostgreSQL (15 to 18) of your own. Without it the embedded one is started.',
    sample: 'postgres://conclave:password@127.0.0.1:5432/conclave',
  },
  tlsCertFile: {
    variable: 'CONCLAVE_TLS_CERT',
    schema: path,
    description: 'PEM file with the certificate chain for the host. Without it a local CA signs one. Required in production.',
    sample: '/etc/conclave/fullchain.pem',
  },
  tlsKeyFile: {
    variable: 'CONCLAVE_TLS_KEY',
    schema: path,
    description: 'PEM file with the key of that certificate.',
    sample: '/etc/conclave/privkey.pem',
  },
  trustedProxies: {
    variable: 'CONCLAVE_TRUSTED_PROXIES',
    schema: networks,
    description:
      'Addresses and networks of the proxies (CDN, HAProxy) in front. Only from them is X-Forwarded-For believed, from the right up to the first other address.',
    sample: ['192.0.2.0/24', '2001:db8::7'],
  },
  proxyProtocol: {
    variable: 'CONCLAVE_PROXY_PROTOCOL',
    schema: yesOrNo,
    description:
      'true: those proxies pass TCP through and begin each connection with a PROXY protocol header (version 1 or 2), and are refused without it.',
    sample: false,
  },
  turnProxyPort: {
    variable: 'CONCLAVE_TURN_PROXY_PORT',
    schema: port,
    description:
      'Loopback port at which coturn takes TURN streams with the PROXY protocol (its tcp-proxy-port). Without it TURN on the TLS port is refused.',
    sample: 3480,
  },
  turnSecret: {
    variable: 'CONCLAVE_TURN_SECRET',
    schema: z
      .string()
      .min(32, 'must have 32 characters or more')
      .transform((text) => new Secret(text)),
    description:
      'The static-auth-secret of the coturn at CONCLAVE_TURN_PROXY_PORT, from which credentials of ten minutes are made. Default: one made in the data directory (turn/secret).',
    sample: '0123456789abcdef0123456789abcdef',
  },
  turnserverBin: {
    variable: 'CONCLAVE_TURNSERVER',
    schema: path,
    description:
      "coturn's turnserver, which `conclave start` runs on loopback unless CONCLAVE_TURN_PROXY_PORT is set. none: no relay. Default: /usr/bin/turnserver if it is there; none in the test environment.",
    sample: '/usr/bin/turnserver',
  },
  acmeUrl: {
    variable: 'CONCLAVE_ACME_URL',
    schema: z.url({ protocol: /^https$/, error: 'must be an https URL' }),
    description:
      'Directory of an ACME server (RFC 8555) that gives the certificate, instead of CONCLAVE_TLS_CERT. It must reach the redirecting port as port 80 of the host.',
    sample: 'https://acme-v02.api.letsencrypt.org/directory',
  },
  acmeTermsAgreed: {
    variable: 'CONCLAVE_ACME_TERMS_AGREED',
    schema: yesOrNo,
    description: "true: you have read that server's terms and agree to them. Needed with CONCLAVE_ACME_URL.",
    sample: true,
  },
  acmeEmail: {
    variable: 'CONCLAVE_ACME_EMAIL',
    schema: z.email('must be an e-mail address').max(254),
    description: 'Where that server may write to about the certificate.',
    sample: 'admin@example.org',
  },
  acmeNames: {
    variable: 'CONCLAVE_ACME_NAMES',
    schema: hostNames,
    description: 'Further names for that certificate beside the host: those of further teams. There are no wildcards over HTTP-01.',
    sample: ['second-team.meet.example.org'],
  },
  acmeCaFile: {
    variable: 'CONCLAVE_ACME_CA',
    schema: path,
    description: "PEM file with the CA of the ACME server itself, if it is your own. Default: the system's CAs.",
    sample: '/etc/conclave/acme-ca.pem',
  },
  mediaInternalPort: {
    variable: 'CONCLAVE_MEDIA_INTERNAL_PORT',
    schema: port,
    description: 'Loopback port on which the media node talks to the server. 0 takes a free one.',
    sample: 0,
  },
  metricsPort: {
    variable: 'CONCLAVE_METRICS_PORT',
    schema: port,
    description: 'Loopback port on which the server tells Prometheus its metrics: `http://127.0.0.1:PORT/metrics`. 0: nowhere.',
    sample: 9464,
  },
  internalDir: {
    variable: 'CONCLAVE_INTERNAL_DIR',
    schema: path,
    description:
      'Where the certificates are by which the parts know each other: ca.pem, and of each part its certificate and key. Where parts run as users of their own, each has a folder with its own alone. Default: internal in the data directory.',
    sample: '/run/credentials/conclave-server.service',
  },
  mediaNodeUrl: {
    variable: 'CONCLAVE_MEDIA_NODE_URL',
    schema: z.url({ protocol: /^https$/, error: 'must be an https URL' }),
    description: 'Where the server finds the media node. `conclave start` sets it.',
    sample: 'https://127.0.0.1:8444',
  },
  workerBin: {
    variable: 'MEDIASOUP_WORKER_BIN',
    schema: path,
    description: 'The mediasoup worker to run. The set-up finds or builds it.',
    sample: '/usr/local/lib/conclave/mediasoup-worker',
  },
  webDir: {
    variable: 'CONCLAVE_WEB_DIR',
    schema: path,
    description: 'The built web client. Default: packages/web/dist of this checkout.',
    sample: './packages/web/dist',
  },
  smtpUrl: {
    variable: 'CONCLAVE_SMTP_URL',
    schema: smtpUrl,
    description: 'The mail server that takes our mails. TLS is always used and verified, except on loopback. Without it no mail is sent.',
    sample: 'smtps://conclave:password@mail.example.org:465',
  },
  mailFrom: {
    variable: 'CONCLAVE_MAIL_FROM',
    schema: z.email('must be an e-mail address').max(254),
    description: 'The address that our mails are from. Default: conclave@ and the host.',
    sample: 'conclave@meet.example.org',
  },
  checkpointDir: {
    variable: 'CONCLAVE_CHECKPOINT_DIR',
    schema: path,
    description:
      'Where signed checkpoints of the event log go, best on another disk than the database. Default: checkpoints in the data directory.',
    sample: '/mnt/audit/conclave',
  },
  checkpointUrl: {
    variable: 'CONCLAVE_CHECKPOINT_URL',
    schema: z.url({ protocol: /^https$/, error: 'must be an https URL' }),
    description: 'Each checkpoint is also posted there as text, so that somebody else holds it.',
    sample: 'https://audit.example/checkpoints',
  },
  checkpointEmail: {
    variable: 'CONCLAVE_CHECKPOINT_EMAIL',
    schema: z.email('must be an e-mail address'),
    description: 'The newest checkpoint is also sent there, at most once an hour.',
    sample: 'audit@example.org',
  },
  logFloorSessionDays: {
    variable: 'CONCLAVE_LOG_FLOOR_SESSION_DAYS',
    schema: numberBetween(1, 3650),
    description: 'No team keeps events of its meetings for fewer days than this.',
    sample: 7,
  },
  logFloorSecurityDays: {
    variable: 'CONCLAVE_LOG_FLOOR_SECURITY_DAYS',
    schema: numberBetween(1, 3650),
    description: 'The same for events of the category security: sign-ins, refusals, tokens.',
    sample: 180,
  },
  logFloorAdministrationDays: {
    variable: 'CONCLAVE_LOG_FLOOR_ADMINISTRATION_DAYS',
    schema: numberBetween(1, 3650),
    description: 'The same for events of the category administration: what owners and operators change.',
    sample: 365,
  },
  logAddressDays: {
    variable: 'CONCLAVE_LOG_ADDRESS_DAYS',
    schema: numberBetween(1, 3650),
    description: 'For how many full days (UTC) addresses in the event log are readable. After them only their /24 (IPv4) or /48 (IPv6) is.',
    sample: 7,
  },
  logSinks: {
    variable: 'CONCLAVE_LOG_SINKS',
    schema: sinks,
    description: 'Where the event log is exported to as it grows: syslog receivers over TLS (RFC 5425) and files of JSON lines.',
    sample: ['syslog+tls://siem.example.org:6514', 'file:///var/log/conclave/events.jsonl'],
  },
  logSinkCaFile: {
    variable: 'CONCLAVE_LOG_SINK_CA',
    schema: path,
    description: "PEM file with the CA of the syslog receivers. Default: the system's CAs.",
    sample: '/etc/conclave/siem-ca.pem',
  },
  logSinkCertFile: {
    variable: 'CONCLAVE_LOG_SINK_CERT',
    schema: path,
    description: 'PEM file with the certificate that is shown to syslog receivers, if they ask for one.',
    sample: '/etc/conclave/siem-client.pem',
  },
  logSinkKeyFile: {
    variable: 'CONCLAVE_LOG_SINK_KEY',
    schema: path,
    description: 'PEM file with the key of that certificate.',
    sample: '/etc/conclave/siem-client-key.pem',
  },
  logLevel: {
    variable: 'CONCLAVE_LOG_LEVEL',
    schema: z.enum(['debug', 'info', 'warn', 'error', 'silent'], 'must be debug, info, warn, error or silent'),
    description: 'The least important line that is logged.',
    sample: 'info',
  },
} as const satisfies Record<string, { variable: string; schema: z.ZodType; description: string; sample: unknown }>;

export type SettingName = keyof typeof SETTINGS;

/** The key of a setting in `conclave.toml`: the variable in lower case, without `CONCLAVE_`. */
export function tomlKey(name: SettingName): string {
  return SETTINGS[name].variable.replace(/^CONCLAVE_/, '').toLowerCase();
}
