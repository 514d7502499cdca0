const COLOURS: Record<string, string> = { debug: '\x1b[90m', info: '\x1b[36m', warn: '\x1b[33m', error: '\x1b[31m', fatal: '\x1b[31m' };
const RESET = '\x1b[0m';
const DIM = '\x1b[90m';

/** One JSON log line as a line for people: time, level, part, message, then the other fields as `key=value`, then a stack. */
export function prettyLine(json: string): string {
  // Written by pino just before: an object with these fields.
  const { level, time, name, msg, err, pid: _pid, ...rest } = JSON.parse(json) as Record<string, unknown>;
  const label = String(level);
  const clock = new Date(Number(time)).toTimeString().slice(0, 8);
  const fields = Object.entries(rest).map(
    ([key, value]) => ` ${DIM}${key}=${RESET}${typeof value === 'string' ? value : JSON.stringify(value)}`,
  );
  const head = `${DIM}${clock}${RESET} ${COLOURS[label] ?? ''}${label.padEnd(5)}${RESET} ${String(name)}: ${typeof msg === 'string' ? msg : ''}`;
  return `${head}${fields.join('')}${describeError(err)}\n`;
}

function describeError(error: unknown): string {
  if (typeof error !== 'object' || error === null) return '';
  const { stack, message } = error as { stack?: unknown; message?: unknown }; // pino's error serializer made it
  return `\n  ${DIM}${String(stack ?? message).replaceAll('\n', '\n  ')}${RESET}`;
}
