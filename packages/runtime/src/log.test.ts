import { describe, expect, test } from 'vitest';
import { createLog } from './log.ts';
import { Secret } from './secret.ts';

function capture(pretty = false) {
  const lines: string[] = [];
  const log = createLog({ logLevel: 'debug' }, 'part', { pretty, destination: { write: (line) => void lines.push(line) } });
  return { log, lines };
}

describe('log', () => {
  test('values under the name of a secret are not written, at any depth', () => {
    const { log, lines } = capture();
    const names = [
      'token',
      'resumeToken',
      'capability',
      'ticket',
      'password',
      'authorization',
      'Cookie',
      'set-cookie',
      'clientSecret',
      'developer_key',
    ];
    log.info({ ...Object.fromEntries(names.map((name) => [name, 'hidden'])), deep: [{ headers: { authorization: ['hidden'] } }] }, 'hello');
    expect(lines.join('')).not.toContain('hidden');
    expect(JSON.parse(lines[0] ?? '')).toMatchObject({
      level: 'info',
      name: 'part',
      msg: 'hello',
      token: '[secret]',
      deep: [{ headers: { authorization: '[secret]' } }],
    });
  });

  test('a Secret is not written under any key', () => {
    const { log, lines } = capture();
    log.info({ url: new Secret('hidden') }, 'hello');
    expect(lines.join('')).not.toContain('hidden');
  });

  test('a request is logged without its query', () => {
    const { log, lines } = capture();
    log.info({ req: { method: 'GET', url: '/room?token=hidden', ip: '192.0.2.1' } }, 'request');
    expect(lines.join('')).not.toContain('hidden');
    expect(JSON.parse(lines[0] ?? '')).toMatchObject({ req: { method: 'GET', path: '/room', ip: '192.0.2.1' } });
  });

  test('a child log redacts its own bindings too', () => {
    const { log, lines } = capture();
    log.child({ ticket: 'hidden' }).info('hello');
    expect(lines.join('')).not.toContain('hidden');
  });

  test('on a terminal a line is for people, with the stack of an error below it', () => {
    const { log, lines } = capture(true);
    log.warn({ room: 'a', err: new Error('broken') }, 'it went wrong');
    expect(lines.join('')).toContain('part: it went wrong');
    expect(lines.join('')).toContain('room=\x1b[0ma');
    expect(lines.join('')).toMatch(/Error: broken\n\s+at /);
  });
});
