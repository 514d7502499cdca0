import { measureVariant, type Bench, type Measured } from './variant.ts';

export const ROOMS = 10;

/** As many subscribers as elsewhere, in ten rooms, each with its publisher. */
export function measureRooms(bench: Bench): Promise<Measured> {
  return measureVariant(bench, { variant: 'rooms', rooms: ROOMS });
}
