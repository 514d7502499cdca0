// Child processes for the scripts of this folder.
import { spawn } from 'node:child_process';

/**
 * Runs a command to its end and keeps what it printed; never throws for a failed command.
 * The child leads its own process group, and at the time limit the whole group is killed.
 * @returns {Promise<{code: number, output: string, timedOut: boolean}>} code 127 when the command does not exist
 */
export function run(command, args, { cwd, env, timeoutMs = 600_000, onLine, input } = {}) {
  return new Promise((resolve) => {
    const child = spawn(command, args, {
      cwd,
      env: env ?? process.env,
      detached: true,
      stdio: [input === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'],
    });
    let output = '';
    let timedOut = false;
    const stop = () => killGroup(child);
    const timer = setTimeout(() => {
      timedOut = true;
      stop();
    }, timeoutMs);
    // Being its own group, the child does not get the terminal's Ctrl-C.
    process.once('exit', stop);
    const keep = lineReader((line) => {
      output += `${line}\n`;
      if (onLine?.(line) === 'stop') stop();
    });
    child.stdout.on('data', keep);
    child.stderr.on('data', keep);
    if (input !== undefined) child.stdin.end(input);
    const finish = (code, note = '') => {
      clearTimeout(timer);
      process.removeListener('exit', stop);
      resolve({ code, output: output + note, timedOut });
    };
    child.on('error', (error) => finish(127, error.message));
    child.on('close', (code) => finish(code ?? 1));
  });
}

/** Kills a child started with `detached: true` and everything it started. */
export function killGroup(child, signal = 'SIGKILL') {
  try {
    if (child.pid !== undefined) process.kill(-child.pid, signal);
  } catch {
    // The group has already ended.
  }
}

/** Turns chunks of bytes into calls with whole lines; a last line without its end is dropped. */
export function lineReader(onLine) {
  let rest = '';
  return (chunk) => {
    const lines = (rest + chunk).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) onLine(line);
  };
}
