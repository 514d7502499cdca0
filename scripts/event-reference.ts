import { ACTOR_KINDS, AUTHENTICATIONS, EVENT_CATEGORIES, PERSONAL_FIELDS, TARGET_KINDS } from '@conclave/protocol/events/event';
import { EVENTS, type EventName } from '@conclave/protocol/events/names';

/** What is used of JSON Schema (2020-12) as zod writes it. */
interface Schema {
  readonly type?: string;
  readonly format?: string;
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly anyOf?: readonly Schema[];
  readonly items?: Schema;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly additionalProperties?: Schema | boolean;
  readonly required?: readonly string[];
}

const words = (values: readonly unknown[]) => values.map((value) => `\`${String(value)}\``).join(', ');

/** `docs/protocol/events.md`: every event with what it means and what its `data` holds. */
export function eventReference(): string {
  const parts = EVENT_CATEGORIES.map((category) => {
    const events = Object.entries(EVENTS).filter(([, kind]) => kind.category === category);
    return `## ${category}\n\n${events.map(([name, { meaning, data }]) => section(name, meaning, data)).join('\n\n')}`;
  });
  return `# Events

Generated from \`packages/protocol/src/events\` by \`node scripts/generate-docs.ts\`; do not edit. How the log is kept, read and verified:
[operations/event-log.md](../operations/event-log.md).

Every change of state and every refusal is one event. Each has these fields:

| field | holds |
| --- | --- |
| \`v\` | 1 |
| \`seq\` | position in the log, from 0, without gaps |
| \`id\` | a UUID; what is told twice has the same |
| \`time\` | UTC with milliseconds |
| \`category\` | ${words(EVENT_CATEGORIES)} |
| \`name\` | one of those below |
| \`actor\` | who did it: \`kind\` (${words(ACTOR_KINDS)}), \`id\` or null, \`authenticatedBy\` (${words(AUTHENTICATIONS)}) |
| \`target\` | what it was done to, if that is not its room, session or team: \`kind\` (${words(TARGET_KINDS)}) and \`id\`; or null |
| \`team\`, \`room\`, \`session\` | their ids, or null |
| \`result\` | \`done\`, or the [code of the refusal](errors.md) |
| \`data\` | what the tables below say |
| \`personal\` | who somebody is: ${words(PERSONAL_FIELDS)}, each encrypted under a key of that person; in the clear in exports to people, null once erased |

No secret, token, chat text or file content is ever in an event. In settings, what is secret is \`"[secret]"\` and what is long its \`sha256:…\`.

${parts.join('\n\n')}
`;
}

function section(name: string, meaning: string, data: (typeof EVENTS)[EventName]['data']): string {
  const { properties = {}, required = [] } = data.toJSONSchema({ io: 'output', unrepresentable: 'any' }) as Schema; // it says so of itself
  const rows = Object.entries(properties).map(([field, schema]) => {
    const optional = required.includes(field) ? '' : ', may be absent';
    return `| \`${field}\` | ${typeOf(schema)}${optional} |`;
  });
  const table = rows.length === 0 ? '' : `\n\n| data | type |\n| --- | --- |\n${rows.join('\n')}`;
  return `### ${name}\n\n${meaning}${table}`;
}

function typeOf(schema: Schema): string {
  const { type, format, anyOf, items, properties, additionalProperties } = schema;
  if (schema.const !== undefined) return words([schema.const]);
  if (schema.enum) return words(schema.enum);
  if (anyOf) return anyOf.map(typeOf).join(' or ');
  if (type === 'string') return format === 'uuid' ? 'UUID' : format === 'date-time' ? 'time' : 'text';
  if (type === 'integer') return 'whole number';
  if (type === 'array') return `list of ${items ? typeOf(items) : 'JSON'}`;
  if (type === 'object' && properties) {
    const members = Object.entries(properties).map(([name, member]) => `\`${name}\` (${typeOf(member)})`);
    return `object of ${members.join(', ')}`;
  }
  if (type === 'object') return typeof additionalProperties === 'object' ? `object, name to ${typeOf(additionalProperties)}` : 'object';
  return type ?? 'JSON';
}
