import { EventEmitter } from 'node:events';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { createLog } from './log.ts';
import { createShutdown } from './shutdown.ts';

const log = createLog({ logLevel: 'silent' }, 'test');

function fakeProcess(supervised: boolean, connected = supervised) {
  const emitter = new EventEmitter();
  const exited = Promise.withResolvers<number>();
  return {
    connected,
    ...(supervised && { send: () => true }),
    on: emitter.on.bind(emitter),
    exit: exited.resolve,
    signal: (name: string) => emitter.emit(name),
    exited: exited.promise,
  };
}

describe('shutdown', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  test('closers run in reverse order, one after the other, and a failing one does not stop the rest', async () => {
    const host = fakeProcess(false);
    const shutdown = createShutdown({ log, process: host });
    const order: string[] = [];
    shutdown.add('database', () => void order.push('database'));
    shutdown.add('broken', () => Promise.reject(new Error('broken')));
    shutdown.add('listener', async () => {
      await Promise.resolve();
      order.push('listener');
    });
    host.signal('SIGTERM');
    host.signal('SIGTERM');
    expect(await host.exited).toBe(0);
    expect(order).toEqual(['listener', 'database']);
  });

  test('a closer that hangs does not keep the process', async () => {
    const host = fakeProcess(false);
    createShutdown({ log, process: host }).add('hanging', () => new Promise(() => undefined));
    host.signal('SIGINT');
    vi.advanceTimersByTime(3500);
    expect(await host.exited).toBe(1);
  });

  test('under a supervisor Ctrl-C is left to the supervisor, whose going away ends the process', async () => {
    const host = fakeProcess(true);
    const closed = vi.fn();
    createShutdown({ log, process: host }).add('thing', closed);
    host.signal('SIGINT');
    host.signal('SIGHUP');
    expect(closed).not.toHaveBeenCalled();
    host.signal('disconnect');
    expect(await host.exited).toBe(0);
    expect(closed).toHaveBeenCalledOnce();
  });

  test('a process whose supervisor went while it was loading ends too', async () => {
    const host = fakeProcess(true, false);
    createShutdown({ log, process: host });
    expect(await host.exited).toBe(0);
  });
});
