import type { Audience } from './client-process.ts';
import { startClients } from './client-process.ts';
import { SOUND_PACKET_BYTES, type JoinedSfu } from './joined-sfu.ts';

/** People who stay in an SFU's room and receive what is sent there, in processes of their own. */
export interface Residents extends AsyncDisposable {
  /** Counts from now on. */
  reset(): Promise<void>;
  /** Which share of so many packets came, of all residents together. */
  receivedRatio(packets: number): Promise<number>;
}

interface ResidentsOptions {
  readonly residents: number;
  readonly processes: number;
}

/** Resolves when all are in. */
export async function letResidentsIn({ address, feed }: JoinedSfu, { residents, processes }: ResidentsOptions): Promise<Residents> {
  await using began = new AsyncDisposableStack();
  const audience: Audience = { feeds: [feed], layers: 1, lossRatio: null, packetBytes: SOUND_PACKET_BYTES };
  const groups = await Promise.all(
    Array.from({ length: processes }, async (_, index) => {
      const group = began.use(await startClients(address, undefined));
      await group.order({ do: 'grow', audience, to: Math.floor((residents + index) / processes) });
      return group;
    }),
  );
  const ends = began.move();
  return {
    reset: async () => void (await Promise.all(groups.map((group) => group.order({ do: 'reset' })))),
    receivedRatio: async (packets) => {
      const sending = { frames: packets, packetsPerFrame: [1] };
      const counted = (await Promise.all(groups.map((group) => group.order({ do: 'count', sending })))).map(({ counted: one }) => one);
      const sum = (of: 'received' | 'expected') => counted.reduce((all, one) => all + (one?.[of] ?? 0), 0);
      return sum('received') / sum('expected');
    },
    [Symbol.asyncDispose]: () => ends.disposeAsync(),
  };
}
