import { NOBODY, type Demand } from './demand.ts';
import type { Measured } from './quality.ts';
import type { MediaPath, Participant, TransportSlot } from './session.ts';

/** Gathers what the worker told about a participant's streams; asks it nothing. */
export function measure(demand: Demand, { path }: Participant): Measured {
  if (path?.state !== 'open') return { uplinkScores: [], downlinkScores: [], disconnected: false };
  return {
    uplinkScores: uplink(demand, path),
    downlinkScores: downlink(path),
    disconnected: isBroken(path.send) || isBroken(path.recv),
  };
}

/** A screen that stands still is hardly sent, so that its score says nothing; neither does a stream that nobody wants. */
function uplink(demand: Demand, path: MediaPath): number[] {
  const expected = [...path.producers.values()].filter(({ id, source, producer }) => {
    const live = source === 'microphone' || source === 'camera';
    return live && !producer.paused && demand.announced(id) !== NOBODY;
  });
  return expected.flatMap(({ producer }) => (producer.score.length === 0 ? [] : Math.max(...producer.score.map(({ score }) => score))));
}

function downlink(path: MediaPath): number[] {
  return [...path.consumers.values()]
    .filter(({ consumer }) => !consumer.paused && !consumer.producerPaused)
    .map(({ consumer }) => consumer.score.score);
}

function isBroken({ transport }: TransportSlot): boolean {
  return transport.iceState === 'disconnected' || transport.dtlsState === 'failed';
}
