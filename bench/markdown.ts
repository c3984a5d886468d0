import type { Machine } from './machine.ts';
import type { RowResult } from './result.ts';
import type { Row } from './row.ts';

/** What `results.json` holds. `machine` and `command` are the last run's. */
export type Results = Readonly<{
  machine: Machine;
  command: string;
  rows: readonly RowResult[];
}>;

const intro = `# What the service costs, against its floors

Made by \`npm run bench\` (\`npm run bench -- join\` for the rows that begin with it); the goals are those of the
specification. Absolute figures belong to the machine and the moment: **read the ratio**, which comes from two
programs measured in turn on the same machine. The ratio too suffers on a busy machine, where a service that waits for
a database loses more than a floor that waits for nobody. A row that misses its goal stays here with its number.
`;

const howto = `## How it is measured

Service and floor are one Node process each, of the same Node, on loopback, without the gateway. Both get the same
requests over 32 keep-alive connections with one request in flight on each, without a body, from a load generator in
a process of its own. First both are warmed up for 3 s, in which every answer is checked (201, and a LiveKit token
of our key for the right room and user); then they take turns, floor and service, for 5 rounds of 3 s each. The
figures are medians of the rounds, the ratio is value ÷ floor. One answer that is not a 201 fails the row.

The service runs as in production: 10 % of traces go to a real Zipkin, logs are JSON at level info into a file.
\`NODE_ENV\` is \`test\`, because \`production\` refuses the public secrets of the development stack; nothing on the path of
a request looks at it. A floor neither traces nor logs.

Tokens come from an issuer of the bench's own, signed RS256 with 2,048 bits and shaped claim by claim as Keycloak's
(about 1,400 characters): Keycloak hands out few tokens a second, and it is not on the path of a join, since the
service has its keys. MongoDB, Redis, LiveKit and Zipkin are the stack's real servers on the same cores.
`;

const head = [
  'row',
  'value',
  'floor',
  'ratio',
  'goal',
  'met',
  'p99, ms',
  'floor p99, ms',
  'p99 ratio',
  'measured',
];
const textColumns = ['row', 'met', 'measured'];
const isText = (column: number): boolean => textColumns.includes(head[column] ?? '');

/** `RESULTS.md`. */
export function toMarkdown(
  { machine, command, rows }: Results,
  all: readonly Pick<Row, 'name' | 'method'>[],
): string {
  const versions = Object.entries(machine.versions).map(([name, version]) => `${name} ${version}`);
  const methods = all
    .filter(({ name }) => rows.some((row) => row.name === name))
    .map(({ name, method }) => `**\`${name}\`** ${method}`);
  return [
    intro,
    table([head, ...rows.map(toCells)]),
    '',
    `Last run: \`${command}\` on ${machine.processor}, ${machine.cores} cores, ${machine.memoryGiB} GiB, ` +
      `${machine.platform}; ${versions.join(', ')}; load average of the minute before: ${machine.loadBefore}.`,
    '',
    howto,
    methods.join('\n\n'),
    '',
  ].join('\n');
}

function toCells(row: RowResult): string[] {
  return [
    `\`${row.name}\`: ${row.title}, against ${row.against}${notesOf(row)}`,
    `${figure(row.value)} ${row.unit}`,
    `${figure(row.floor)} ${row.unit}`,
    `**${row.ratio}**`,
    goalOf(row),
    row.met ? 'yes' : '**no**',
    figure(row.p99),
    figure(row.floorP99),
    `${row.p99Ratio}`,
    `${row.measuredAt.slice(0, 10)} ${row.measuredAt.slice(11, 16)} UTC`,
  ];
}

/** A table as the formatter writes it: every cell as wide as its column. */
function table(lines: readonly (readonly string[])[]): string {
  const widths = head.map((_, column) => Math.max(...lines.map((cells) => cells[column]?.length ?? 0)));
  const pad = (cell: string, column: number): string =>
    isText(column) ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0);
  const rule = widths.map((width, column) =>
    isText(column) ? '-'.repeat(width) : `${'-'.repeat(width - 1)}:`,
  );
  const [first = [], ...rest] = lines.map((cells) => cells.map(pad));
  return [first, rule, ...rest].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

function goalOf({ goal, goalDirection, p99Goal }: RowResult): string {
  const ratio = `${goalDirection === 'at least' ? '≥' : '≤'} ${goal}`;
  return p99Goal === undefined ? ratio : `${ratio}, p99 ≤ ${p99Goal}×`;
}

function notesOf({ notes = {} }: RowResult): string {
  const parts = Object.entries(notes).map(([name, value]) => `${name}: ${value}`);
  return parts.length > 0 ? ` (${parts.join('; ')})` : '';
}

const figure = (value: number): string => value.toLocaleString('en-US');
