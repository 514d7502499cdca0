import { setTimeout as delay } from 'node:timers/promises';

/** Where Node's inspector listens when SIGUSR1 opens it. */
const INSPECTOR = 'http://127.0.0.1:9229/json/list';
const PATIENCE_MS = 10_000;
/** What the first leaves for finalizers the second takes. */
const COLLECTIONS = 2;

/**
 * What is alive in a Node process: its heap and the buffers beside it after everything else was collected, in bytes. By its inspector, which is
 * closed again; only one process of the host may have one open.
 */
export async function liveHeapBytes(pid: number): Promise<number> {
  process.kill(pid, 'SIGUSR1');
  await using inspector = await openInspector();
  for (let round = 0; round < COLLECTIONS; round++) await inspector.ask('HeapProfiler.collectGarbage');
  const { usedSize, backingStorageSize = 0 } = (await inspector.ask('Runtime.getHeapUsage')) as {
    usedSize: number;
    backingStorageSize?: number;
  };
  return usedSize + backingStorageSize;
}

interface Inspector extends AsyncDisposable {
  ask(method: string, params?: object): Promise<unknown>;
}

async function openInspector(): Promise<Inspector> {
  const socket = new WebSocket(await untilListening());
  const waiting = new Map<number, (result: unknown) => void>();
  let lastId = 0;
  await new Promise((resolve, reject) => {
    socket.addEventListener('open', resolve, { once: true });
    socket.addEventListener('error', reject, { once: true });
  });
  socket.addEventListener('message', ({ data }) => {
    const { id, result } = JSON.parse(String(data)) as { id?: number; result?: unknown };
    if (id !== undefined) waiting.get(id)?.(result);
  });
  const ask = (method: string, params: object = {}) =>
    new Promise<unknown>((resolve) => {
      const id = ++lastId;
      waiting.set(id, resolve);
      socket.send(JSON.stringify({ id, method, params }));
    });
  return {
    ask,
    [Symbol.asyncDispose]: async () => {
      // Its own answer does not come any more.
      void ask('Runtime.evaluate', { expression: "setTimeout(() => process.getBuiltinModule('node:inspector').close())" });
      await untilClosed();
      socket.close();
    },
  };
}

async function untilListening(): Promise<string> {
  const untilMs = Date.now() + PATIENCE_MS;
  for (;;) {
    try {
      const [target] = (await (await fetch(INSPECTOR)).json()) as { webSocketDebuggerUrl: string }[];
      if (target) return target.webSocketDebuggerUrl;
    } catch (error) {
      if (Date.now() > untilMs) throw new Error('a process opened no inspector', { cause: error });
    }
    await delay(50);
  }
}

async function untilClosed(): Promise<void> {
  const untilMs = Date.now() + PATIENCE_MS;
  while (
    Date.now() < untilMs &&
    (await fetch(INSPECTOR).then(
      () => true,
      () => false,
    ))
  )
    await delay(50);
}
