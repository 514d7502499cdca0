// Compiles mediasoup-worker from the C++ sources of mediasoup's npm package against Debian's libraries.
// docs/operations/media-worker.md says why and what to do when it fails.
import os from 'node:os';
import { copyFileSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { run } from '../../../scripts/run.mjs';
import { buildLibsrtp } from './libsrtp.mjs';

const SHIMS = join(dirname(fileURLToPath(import.meta.url)), 'include');
const DEFINES = ['MS_LITTLE_ENDIAN', 'MS_EXECUTABLE', 'NDEBUG', 'FLATBUFFERS_LOCALE_INDEPENDENT=1'].map((name) => `-D${name}`);
const LIBRARIES = ['libuv', 'libssl', 'libcrypto', 'absl_strings', 'absl_optional', 'absl_flat_hash_map'];
const COMPILER_MEMORY_BYTES = 1_000_000_000;

/** What `apt-get install` must have put here before `buildWorker` can work. */
export const BUILD_PACKAGES = [
  'g++',
  'pkg-config',
  'dpkg-dev',
  'openssl',
  'libssl-dev',
  'libuv1-dev',
  'libsrtp2-dev',
  'flatbuffers-compiler',
  'libflatbuffers-dev',
  'libabsl-dev',
];

/**
 * Builds the worker of the mediasoup package in `mediasoupDir` into `workDir` and returns the binary's path.
 * `onProgress(done, total)` is called after each compiled file, `say(text)` with remarks.
 * Throws with the compiler's words and the name of the page that explains the build.
 */
export async function buildWorker({ mediasoupDir, workDir, onProgress, say }) {
  const worker = join(mediasoupDir, 'worker');
  rmSync(workDir, { recursive: true, force: true });
  mkdirSync(join(workDir, 'objects'), { recursive: true });
  const libsrtp = await buildLibsrtp(join(workDir, 'libsrtp'));
  if (libsrtp.kind === 'unavailable')
    say(`libsrtp on OpenSSL not built (${libsrtp.reason}): using Debian's libsrtp2, which needs more processor time`);

  await generateHeaders(worker, workDir);
  const includes = [
    ...(libsrtp.kind === 'built' ? [libsrtp.includeDir] : []),
    SHIMS,
    join(worker, 'include'),
    join(workDir, 'fbs'),
    join(worker, 'deps/libwebrtc'),
    join(worker, 'deps/libwebrtc/libwebrtc'),
  ].map((dir) => `-I${dir}`);
  const objects = await compileAll(sourceFiles(worker, workDir), { includes, workDir, onProgress });

  const binary = join(workDir, 'mediasoup-worker');
  const srtpLibrary = libsrtp.kind === 'built' ? libsrtp.library : '-lsrtp2';
  const linkFlags = (await mustRun('pkg-config', ['--libs', ...LIBRARIES])).trim().split(/\s+/);
  await mustRun('g++', [...objects, '-o', binary, '-Wl,--as-needed', srtpLibrary, ...linkFlags]);
  await mustRun('strip', [binary]);
  return binary;
}

async function generateHeaders(worker, workDir) {
  const out = join(workDir, 'fbs/FBS');
  mkdirSync(out, { recursive: true });
  const schemas = readdirSync(join(worker, 'fbs')).filter((name) => name.endsWith('.fbs'));
  const flags = ['--cpp', '--cpp-field-case-style', 'lower', '--reflect-names', '--scoped-enums', '--filename-suffix', '', '-o', out];
  await mustRun('flatc', [...flags, ...schemas.map((name) => join(worker, 'fbs', name))]);
}

/** The files that mediasoup's own build descriptions name, with the corrected one in place of its original. */
function sourceFiles(worker, workDir) {
  const listed = (file, pattern) =>
    readFileSync(join(worker, file), 'utf8')
      .match(pattern)?.[0]
      .match(/'[^']+\.(cpp|cc)'/g) ?? [];
  const main = listed('meson.build', /^common_sources = \[[\s\S]*?^\]/m);
  const estimator = listed('meson.build', /^ {2}common_sources \+= \[[\s\S]*?^ {2}\]/m);
  const webrtc = listed('deps/libwebrtc/meson.build', /^libwebrtc_sources = \[[\s\S]*?^\]/m);
  if (main.length === 0 || estimator.length === 0 || webrtc.length === 0) {
    throw new Error('mediasoup lists its sources in another way now; see docs/operations/media-worker.md');
  }
  const path = (dir) => (quoted) => join(worker, dir, quoted.slice(1, -1));
  const files = [...main, ...estimator, "'src/main.cpp'"].map(path('')).concat(webrtc.map(path('deps/libwebrtc')));
  const dtls = join(worker, 'src/RTC/DtlsTransport.cpp');
  return files.map((file) => (file === dtls ? correctedDtlsTransport(dtls, workDir) : file));
}

const DTLS_CORRECTIONS = [
  // onSslBioOut() must test the bit. OpenSSL calls back with `BIO_CB_RETURN | BIO_CB_WRITE`; the comparison is false then, and the callback
  // answers 1 instead of the bytes written. An OpenSSL with KTLS, as Debian's is, trusts that answer, and the worker dies (SIGSEGV) at its
  // first DTLS handshake. mediasoup's own tests make no handshake.
  { wrong: 'operationType == BIO_CB_RETURN', right: 'operationType & BIO_CB_RETURN' },
  // Forward secrecy and an AEAD, as every browser offers them. The original list leaves CBC with SHA-1 to who offers nothing else.
  { wrong: '"DEFAULT:!NULL:!aNULL:!SHA256:!SHA384:!aECDH:!AESGCM+AES256:!aPSK"', right: '"ECDHE+AESGCM:ECDHE+CHACHA20"' },
  {
    wrong: 'SSL_OP_CIPHER_SERVER_PREFERENCE | SSL_OP_NO_TICKET',
    right: 'SSL_OP_NO_DTLSv1 | SSL_OP_CIPHER_SERVER_PREFERENCE | SSL_OP_NO_TICKET',
  },
];

/** A copy of DtlsTransport.cpp with these corrections, each in its one place. */
function correctedDtlsTransport(original, workDir) {
  const corrected = DTLS_CORRECTIONS.reduce(
    (source, { wrong, right }) => {
      const parts = source.split(wrong);
      if (parts.length !== 2) throw new Error(`DtlsTransport.cpp has changed in mediasoup (${wrong}); see docs/operations/media-worker.md`);
      return parts.join(right);
    },
    readFileSync(original, 'utf8'),
  );
  const file = join(workDir, 'DtlsTransport.cpp');
  writeFileSync(file, corrected);
  return file;
}

async function compileAll(files, { includes, workDir, onProgress }) {
  const flags = ['-std=c++20', '-O2', '-w', ...DEFINES, ...includes, '-c'];
  const objects = files.map((_, index) => join(workDir, 'objects', `${index}.o`));
  let next = 0;
  let done = 0;
  const compileNext = async () => {
    while (next < files.length) {
      const index = next++;
      await mustRun('g++', [...flags, files[index], '-o', objects[index]]).catch((error) => {
        next = files.length;
        throw error;
      });
      onProgress(++done, files.length);
    }
  };
  await Promise.all(Array.from({ length: jobCount() }, compileNext));
  return objects;
}

function jobCount() {
  const processors = os.availableParallelism?.() ?? os.cpus().length;
  return Math.max(1, Math.min(processors, Math.floor(os.totalmem() / COMPILER_MEMORY_BYTES)));
}

async function mustRun(command, args) {
  const { code, output } = await run(command, args);
  if (code !== 0)
    throw new Error(`${command} failed (${args.at(-3) ?? ''}):\n${output.slice(0, 4000)}\nsee docs/operations/media-worker.md`);
  return output;
}

/** Puts the finished binary where it will be looked up; the rename makes it appear whole or not at all. */
export function installBinary(binary, target) {
  mkdirSync(dirname(target), { recursive: true });
  const partial = `${target}.${process.pid}`;
  copyFileSync(binary, partial);
  renameSync(partial, target);
}
