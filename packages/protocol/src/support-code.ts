/** How a result is judged: `none` where there is nothing to judge. */
export type CheckLevel = 'ok' | 'warn' | 'fail' | 'none';

/**
 * What the connection check looks at, in the order of its rows and of the support code, and every result that a row can have. The place
 * of a result is its letter in the code, so that results are only ever added at the end. `docs/protocol/support-code.md` is
 * generated from this table.
 */
export const CHECK_ROWS = {
  secureContext: { notChecked: 'none', ok: 'ok', insecure: 'fail', unsupported: 'fail' },
  microphone: { notChecked: 'none', ok: 'ok', denied: 'warn', missing: 'warn', busy: 'warn', failed: 'warn' },
  camera: { notChecked: 'none', ok: 'ok', denied: 'warn', missing: 'warn', busy: 'warn', failed: 'warn' },
  https: { notChecked: 'none', ok: 'ok', blocked: 'fail' },
  signalling: { notChecked: 'none', ok: 'ok', blocked: 'fail' },
  udp: { notChecked: 'none', ok: 'ok', blocked: 'warn' },
  tcp: { notChecked: 'none', ok: 'ok', blocked: 'warn', notOffered: 'none' },
  turn: { notChecked: 'none', ok: 'ok', blocked: 'warn', notOffered: 'none' },
  download: { notChecked: 'none', ok: 'ok', fair: 'warn', poor: 'warn' },
  upload: { notChecked: 'none', ok: 'ok', fair: 'warn', poor: 'warn' },
  clock: { notChecked: 'none', ok: 'ok', ahead: 'warn', behind: 'warn' },
} as const satisfies Record<string, Record<string, CheckLevel>>;

export type CheckRow = keyof typeof CHECK_ROWS;
export type CheckResult<R extends CheckRow = CheckRow> = R extends CheckRow ? keyof (typeof CHECK_ROWS)[R] : never;
/** A result for each row. */
export type CheckResults = { readonly [R in CheckRow]: CheckResult<R> };

export const CHECK_ROW_NAMES = Object.keys(CHECK_ROWS) as CheckRow[]; // keys of a const object: exactly CheckRow

/** Crockford's Base32: no letter is taken for another one, read or said. */
const ALPHABET = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
/** The first letter; another one when rows or letters change their meaning. */
const VERSION = '1';
/** A prime below the alphabet's size: one wrong letter, or two that changed places, show. */
const MODULUS = 31;
const GROUP = 5;

/** The letter of a result in the support code: its place in the row's table. */
export function letterOf<R extends CheckRow>(row: R, result: CheckResult<R>): string {
  return ALPHABET[Object.keys(CHECK_ROWS[row]).indexOf(result)] ?? '0';
}

/** Whether people can meet by what was found: `blocked` not at all, `limited` not as well as they could. */
export function judgeResults(results: CheckResults): 'good' | 'limited' | 'blocked' {
  const levels = CHECK_ROW_NAMES.map((row) => levelOf(row, results[row]));
  const hasPath = [results.udp, results.tcp, results.turn].includes('ok');
  const wasTried = [results.udp, results.tcp].includes('blocked');
  if (levels.includes('fail') || (wasTried && !hasPath)) return 'blocked';
  return levels.includes('warn') ? 'limited' : 'good';
}

export function levelOf(row: CheckRow, result: CheckResult): CheckLevel {
  const table: Readonly<Record<string, CheckLevel>> = CHECK_ROWS[row];
  return table[result] ?? 'none';
}

/** The results as 13 letters that can be read out: a version, one for each row, a check letter. `11111-12211-11X` */
export function encodeSupportCode(results: CheckResults): string {
  const letters = VERSION + CHECK_ROW_NAMES.map((row) => letterOf(row, results[row])).join('');
  const code = letters + checkLetter(letters);
  return code.match(new RegExp(`.{1,${GROUP}}`, 'g'))?.join('-') ?? code;
}

/** What a support code says; null when it is none or was written down wrongly. Case, blanks, dashes, and O, I, L for 0, 1, 1 do no harm. */
export function decodeSupportCode(text: string): CheckResults | null {
  const code = text.toUpperCase().replaceAll(/[\s-]/g, '').replaceAll('O', '0').replaceAll(/[IL]/g, '1');
  const letters = code.slice(0, -1);
  if (code.length !== CHECK_ROW_NAMES.length + 2 || code[0] !== VERSION || code.at(-1) !== checkLetter(letters)) return null;
  const entries = CHECK_ROW_NAMES.map((row, index) => [row, Object.keys(CHECK_ROWS[row])[ALPHABET.indexOf(letters[index + 1] ?? '')]]);
  return entries.every(([, result]) => result !== undefined) ? (Object.fromEntries(entries) as CheckResults) : null; // each is of its row
}

function checkLetter(letters: string): string {
  const sum = Array.from(letters).reduce((total, letter, index) => total + (index + 1) * ALPHABET.indexOf(letter), 0);
  return ALPHABET[((sum % MODULUS) + MODULUS) % MODULUS] ?? '';
}
