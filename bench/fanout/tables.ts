import type { Spread } from '../common/spread.ts';
import { FLOOR } from './floor.ts';
import type { PlainMeasured } from './plain.ts';
import type { Row, VariantName } from './rows.ts';
import { CONCLAVE, JANUS, JANUS_LOOP, JANUS_LOOPS } from './subjects.ts';

/** What `bench/results/fanout.json` holds, as far as tables need it. `rows` are of the variant `plain`, none when it was not asked for. */
export interface FanoutResult extends Pick<PlainMeasured, 'rows'> {
  readonly variants: Readonly<Partial<Record<Exclude<VariantName, 'plain'>, Row>>>;
}

const LABELS: Readonly<Record<VariantName, string>> = {
  plain: 'one room, no layers, no loss',
  simulcast: 'simulcast of three layers',
  loss: '2 % loss, NACK, RTX, transport-wide feedback',
  rooms: 'ten rooms',
  cores: 'one room over both cores',
};

/** Markdown: a table of `plain` by numbers of subscribers, then one of all variants with what is to be said of each. */
export function fanoutTables({ rows, variants }: FanoutResult): string {
  const parts = [
    ...(rows.length > 0 ? [plainTable(rows)] : []),
    ...(Object.keys(variants).length > 0 ? [variantTable(rows, variants), notes(variants)] : []),
    leftOut([...rows, ...Object.values(variants)]),
  ];
  return parts.filter((part) => part !== '').join('\n\n');
}

function plainTable(rows: readonly Row[]): string {
  const head = [
    'subscribers',
    'Conclave, µs',
    'Janus, `event_loops=1`, µs',
    'Janus, default, µs',
    'floor, µs',
    'Conclave by Janus, `event_loops=1`',
    'by Janus, default',
    'by the floor',
    'Node process of Conclave, µs',
  ];
  const cells = rows.map(({ subscribers, usPerPacket, ratioTo, controlUsPerPacket }) => [
    String(subscribers),
    ...[CONCLAVE, JANUS_LOOP, JANUS, FLOOR].map((subject) => range(usPerPacket[subject], 1)),
    bold(range(ratioTo[JANUS_LOOP], 2)),
    range(ratioTo[JANUS], 2),
    bold(range(ratioTo[FLOOR], 2)),
    figure(controlUsPerPacket, 1),
  ]);
  return table(head, cells);
}

function variantTable(rows: readonly Row[], variants: FanoutResult['variants']): string {
  const head = [
    'variant',
    'subscribers',
    'packets a second of each',
    'Conclave, µs',
    'Janus with event loops, µs',
    'Janus, default, µs',
    'Conclave by Janus with event loops',
    'by Janus, default',
    'Node process of Conclave, µs',
  ];
  const measured = Object.values(variants);
  const plain = rows.filter(({ subscribers }) => measured.some((row) => row.subscribers === subscribers));
  const line = (label: string, { subscribers, packetsPerS, usPerPacket, ratioTo, controlUsPerPacket }: Row) => [
    label,
    String(subscribers),
    String(Math.round(packetsPerS)),
    range(usPerPacket[CONCLAVE], 1),
    range(usPerPacket[JANUS_LOOP] ?? usPerPacket[JANUS_LOOPS], 1),
    range(usPerPacket[JANUS], 1),
    bold(range(ratioTo[JANUS_LOOP] ?? ratioTo[JANUS_LOOPS], 2)),
    range(ratioTo[JANUS], 2),
    figure(controlUsPerPacket, 1),
  ];
  const named = Object.entries(variants) as [VariantName, Row][]; // its keys
  return table(head, [...plain.map((row) => line(LABELS.plain, row)), ...named.map(([name, row]) => line(LABELS[name], row))]);
}

function notes({ loss, cores }: FanoutResult['variants']): string {
  const percent = (ratio: number) => `${figure(ratio * 100, 2)} %`;
  const repairs = Object.entries(loss?.repair ?? {}).map(
    ([subject, { dropped, resent, missing }]) =>
      `- Loss, ${subject}: clients dropped ${percent(dropped)}, ${percent(resent)} came again, ${percent(missing)} never came.`,
  );
  const shares =
    cores?.busiestShare === undefined
      ? []
      : [`- Both cores: the busier worker of Conclave had ${percent(cores.busiestShare)} of the work.`];
  return [...repairs, ...shares].join('\n');
}

function leftOut(rows: readonly Row[]): string {
  const lines = rows.flatMap(({ subscribers, lossyWindows, usPerPacket }) =>
    Object.entries(lossyWindows)
      .filter(([, count]) => count > 0)
      .map(([subject, count]) => {
        const all = count + (usPerPacket[subject]?.repeats ?? 0);
        return `- ${subject} with ${subscribers}: ${count} of ${all} windows left out, packets were lost on the way.`;
      }),
  );
  return lines.join('\n');
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  return [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

function range(spread: Spread | undefined, digits: number): string {
  if (!spread || spread.repeats === 0) return '–';
  return `${figure(spread.median, digits)} (${figure(spread.min, digits)}–${figure(spread.max, digits)})`;
}

const bold = (text: string) => (text === '–' ? text : `**${text}**`);

/** What is not a number became null in JSON. */
function figure(value: number | null, digits: number): string {
  return value === null || !Number.isFinite(value) ? '–' : value.toFixed(digits);
}
