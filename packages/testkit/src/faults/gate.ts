/** Lets those who act be stopped between two deeds, so that what is stored can be compared with what was acknowledged. */
export interface Gate {
  /** Waits until the gate is open, then does the deed. */
  through(deed: () => Promise<void>): Promise<void>;
  /** Resolves when nobody acts. */
  close(): Promise<void>;
  open(): void;
}

export function createGate(): Gate {
  const acting = new Set<Promise<void>>();
  const shut: { until: PromiseWithResolvers<void> | null } = { until: null };
  return {
    through: async (deed) => {
      while (shut.until) await shut.until.promise;
      const done = deed();
      acting.add(done);
      await done.finally(() => acting.delete(done));
    },
    close: async () => {
      shut.until ??= Promise.withResolvers();
      await Promise.allSettled(acting);
    },
    open: () => {
      shut.until?.resolve();
      shut.until = null;
    },
  };
}
