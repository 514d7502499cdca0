import { AppError } from '@conclave/protocol/errors';
import type { HttpsServer } from '@conclave/runtime/https-server';
import type { Checkpoints } from './checkpoints.ts';
import { PUBLIC_PAGE_STYLE } from './public-page-style.ts';

const POLICY = "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
const TEXT = 'text/plain; charset=utf-8';

interface Options {
  readonly checkpoints: Checkpoints;
  /** Scheme, host and port of the plain host; the origin of the log, which never changes, may be of an older name. */
  readonly origin: string;
}

/**
 * What anybody may know of the event log, without sign-in: `/_log` explains it, `/_log/key` is the verifier key and `/_log/checkpoint`
 * the newest signed note, both as they are. Nothing of it asks the database.
 */
export async function publicLogPage(app: HttpsServer, { checkpoints, origin: site }: Options): Promise<void> {
  app.addHook('onRequest', async (_request, reply) => void reply.header('cache-control', 'no-store'));
  app.get('/_log', async (_request, reply) => {
    void reply.header('content-security-policy', POLICY).type('text/html; charset=utf-8');
    return page(checkpoints, site);
  });
  app.get('/_log/style.css', async (_request, reply) => reply.type('text/css; charset=utf-8').send(PUBLIC_PAGE_STYLE));
  app.get('/_log/key', async (_request, reply) => reply.type(TEXT).send(`${checkpoints.verifierKey}\n`));
  app.get('/_log/checkpoint', async (_request, reply) => {
    const { checkpoint } = checkpoints.status();
    if (checkpoint === null) throw new AppError('not_found');
    return reply.type(TEXT).send(checkpoint.note);
  });
}

const STATES = {
  current: { mark: 'good', text: 'Checkpoints are up to date.' },
  late: { mark: 'late', text: 'Events have waited for a published checkpoint for more than ten minutes.' },
  inconsistent: {
    mark: 'bad',
    text: 'The log is not what was signed before. Nothing more is signed; compare an export with a checkpoint that you keep.',
  },
} as const;

function page({ origin, verifierKey, status }: Checkpoints, site: string): string {
  const { publishing, checkpoint } = status();
  const { mark, text } = STATES[publishing];
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<title>Event log – ${escape(origin)}</title>
<link rel="stylesheet" href="/_log/style.css">
</head>
<body>
<main>
<h1>Event log</h1>
<p>Everything that happens on this installation, and everything it refuses, is an entry in a log that can only grow. Once a minute its
state is signed in a <em>checkpoint</em>. Whoever keeps a checkpoint can prove later that no entry before it was changed, removed or added.</p>
<p class="state ${mark}">${text}</p>
<h2>Origin</h2>
<pre>${escape(origin)}</pre>
<h2>Public key</h2>
<pre>${escape(verifierKey)}</pre>
<p>As <a href="/_log/key">plain text</a>. Keep your own copy: a key that is fetched together with what it verifies proves nothing.</p>
<h2>Newest checkpoint</h2>
${checkpoint === null ? '<p>Nothing has been signed yet.</p>' : signed(checkpoint)}
<h2>How to verify</h2>
<ol>
<li>Keep a checkpoint elsewhere, now and then.<pre>curl -fsS ${escape(site)}/_log/checkpoint &gt; checkpoint.txt</pre></li>
<li>Ask the operator for an export, made on the host.<pre>npx conclave log export &gt; log.jsonl</pre></li>
<li>Verify it on a machine of yours: no network, no database.<pre>npx conclave log verify log.jsonl --key '${escape(verifierKey)}' --checkpoint checkpoint.txt</pre></li>
</ol>
<p>The tree is that of <a href="https://www.rfc-editor.org/rfc/rfc9162.html#section-2.1" rel="noreferrer">RFC 9162</a> over canonical JSON
(<a href="https://www.rfc-editor.org/rfc/rfc8785.html" rel="noreferrer">RFC 8785</a>); checkpoints are
<a href="https://c2sp.org/tlog-checkpoint" rel="noreferrer">C2SP checkpoints</a>, which other verifiers read as well. Who somebody is stays
encrypted in the log under a key of that person.</p>
</main>
</body>
</html>
`;
}

function signed({ size, signedAtMs, note }: { size: number; signedAtMs: number; note: string }): string {
  const at = new Date(signedAtMs).toISOString();
  return `<p>${size.toLocaleString('en')} entries, signed at <time datetime="${at}">${at.slice(0, 10)} ${at.slice(11, 19)} UTC</time>.</p>
<pre>${escape(note)}</pre>
<p>As <a href="/_log/checkpoint">plain text</a>.</p>`;
}

function escape(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;').replaceAll("'", '&#39;');
}
