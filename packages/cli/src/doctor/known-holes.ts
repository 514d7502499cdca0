/** A publicly known hole of something that Conclave runs on. */
export interface KnownHole {
  readonly product: 'Node' | 'PostgreSQL' | 'coturn' | 'mediasoup';
  readonly id: string;
  /** First version without it, for each series that got a fix; `from` is the first version that the row is about. */
  readonly fixedIn: readonly { readonly from: string; readonly fixed: string }[];
  readonly what: string;
  /** `direct`: who reaches the installation reaches it. `narrow`: something else of ours must fail first, or an operator must have chosen it. */
  readonly reach: 'direct' | 'narrow';
  readonly source: string;
}

/** When the rows were last held against their sources. Nothing is fetched: a version that is not named here may have holes all the same. */
export const KNOWN_HOLES_AS_OF = '2026-11-29';

/** Of several holes with the same remedy the gravest is named. */
export const KNOWN_HOLES: readonly KnownHole[] = [
  {
    product: 'Node',
    id: 'CVE-2026-111497',
    fixedIn: [
      { from: '22.0.0', fixed: '22.23.4' },
      { from: '24.0.0', fixed: '24.22.1' },
      { from: '26.0.0', fixed: '26.12.1' },
    ],
    what: 'Brotli decoder writes out of bounds. Conclave decompresses nothing that it is sent; answers of CONCLAVE_CHECKPOINT_URL and of the ACME server are what it could reach',
    reach: 'narrow',
    source: 'https://nodejs.org/en/blog/vulnerability/october-2026-security-releases',
  },
  {
    product: 'Node',
    id: 'CVE-2026-21637, CVE-2026-21714',
    fixedIn: [
      { from: '20.0.0', fixed: '20.20.2' },
      { from: '22.0.0', fixed: '22.22.2' },
      { from: '24.0.0', fixed: '24.14.1' },
      { from: '25.0.0', fixed: '25.8.2' },
    ],
    what: 'TLS and HTTP/2 clients can end the process or fill its memory',
    reach: 'direct',
    source: 'https://nodejs.org/en/blog/vulnerability/march-2026-security-releases',
  },
  {
    product: 'PostgreSQL',
    id: 'CVE-2026-6460, CVE-2026-120141',
    fixedIn: [
      { from: '15.0', fixed: '15.20' },
      { from: '16.0', fixed: '16.16' },
      { from: '17.0', fixed: '17.12' },
      { from: '18.0', fixed: '18.7' },
    ],
    what: 'whoever can send SQL of their own runs code as the user of the database. Conclave alone has an account there, and sends none that people write',
    reach: 'narrow',
    source: 'https://www.postgresql.org/support/security/CVE-2026-6460/',
  },
  {
    product: 'coturn',
    id: 'CVE-2026-27624',
    fixedIn: [{ from: '0', fixed: '4.9.0' }],
    what: 'IPv4 written as IPv6 (::ffff:127.0.0.1) passes its list of peers. The front of Conclave lets no such peer through, and deploy/turnserver.conf denies IPv6 as a whole',
    reach: 'narrow',
    source: 'https://github.com/coturn/coturn/security/advisories/GHSA-j8mm-mpf8-gvjg',
  },
  {
    product: 'coturn',
    id: 'CVE-2020-26262',
    fixedIn: [{ from: '0', fixed: '4.5.2' }],
    what: '0.0.0.0 and ::1 as peers lead to the server itself',
    reach: 'narrow',
    source: 'https://github.com/coturn/coturn/security/advisories/GHSA-6g6j-r9rf-cm7p',
  },
  {
    product: 'mediasoup',
    id: 'mediasoup#1393',
    fixedIn: [{ from: '3.0.0', fixed: '3.14.6' }],
    what: 'memory of the worker is freed twice when a connection falls silent',
    reach: 'direct',
    source: 'https://github.com/versatica/mediasoup/pull/1393',
  },
];
