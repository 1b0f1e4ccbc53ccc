/** What a comparison of planners found, as a table in Markdown, and who is behind. */

/** One search that ended. */
export interface Line {
  readonly name: string;
  readonly operands: number;
  readonly method: string;
  readonly seconds: number;
  readonly trials?: number;
  /** Of the multiply-adds; absent where it failed. */
  readonly log10?: number;
  readonly error?: string;
  /** Ours after one second; proved; by which search. */
  readonly early?: number;
  readonly optimal?: boolean;
  readonly how?: string;
}

export const OURS = 'bondsmith';
const KAHYPAR = 'cotengra greedy+kahypar, reconfiguration';
const columns = ['opt_einsum random-greedy-128', 'cotengra greedy', KAHYPAR, 'cotengra annealing'];

/** As peers.py knows them; dynamic programming of opt_einsum has no limit of its own. */
export function peerMethods(operands: number): string[] {
  return ['opt_einsum greedy', ...(operands <= 14 ? ['opt_einsum dp'] : []), ...columns];
}

/** Closer than rounding: the same cost. */
const SAME = 1e-9;

export function printSummary(lines: readonly Line[]): void {
  const rows = [...Map.groupBy(lines, ({ name }) => name).values()].flatMap((found) => {
    const own = found.find(({ method }) => method === OURS);
    const theirs = found.filter(({ method, log10 }) => method !== OURS && log10 !== undefined);
    return own?.log10 === undefined || theirs.length === 0 ? [] : [{ own, log10: own.log10, theirs }];
  });
  console.log('| network | operands | ours 1 s | ours | rg-128 | greedy | kahypar+reconf | annealing | difference | trials/s | theirs |');
  console.log('|---|---|---|---|---|---|---|---|---|---|---|');
  const gaps = rows.map(({ own, log10, theirs }) => {
    const difference = log10 - Math.min(...theirs.map((line) => line.log10!));
    const by = columns.map((method) => theirs.find((line) => line.method === method));
    const cells = [
      own.name,
      own.operands,
      cell(own.early),
      `${cell(log10)}${own.optimal ? ' *' : ''}`,
      ...by.map((line) => cell(line?.log10)),
      `${difference > SAME ? '+' : ''}${difference.toFixed(3)}`,
      own.optimal ? '-' : rate(own),
      rate(by[2]),
    ];
    console.log(`| ${cells.join(' | ')} |`);
    return { name: own.name, difference, by: theirs.find((line) => log10 - line.log10! === difference)?.method };
  });
  if (gaps.length === 0) return;
  const behind = gaps.filter(({ difference }) => difference > SAME);
  const equal = gaps.length - behind.length;
  const worst = Math.max(...gaps.map(({ difference }) => difference));
  console.log(
    `\n${equal} of ${gaps.length} (${((100 * equal) / gaps.length).toFixed(0)} %) equal or better; worst log10 difference ${worst.toFixed(3)}`,
  );
  for (const { name, difference, by } of behind) console.log(`  behind: ${name} by ${difference.toFixed(3)}, ${by}`);
  for (const { name, method, error } of lines) if (error !== undefined) console.log(`  failed: ${name}, ${method}: ${error}`);
}

const cell = (value: number | undefined) => (value === undefined ? '-' : value.toFixed(3));
function rate(line: Line | undefined): string {
  return line?.trials === undefined ? '-' : (line.trials / Math.max(line.seconds, 0.001)).toFixed(1);
}
