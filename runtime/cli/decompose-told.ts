/** What a person reads of decompositions. */
import type { Decomposition } from '../weights/decompose.ts';
import { bondErrors } from '../weights/decompose.ts';

interface Told {
  readonly name: string;
  readonly report: Decomposition;
}

/** One tensor with all its bonds, of several a line each and what they are together. */
export function told(done: readonly Told[], as: string, out: string): string {
  const [first, ...more] = done;
  const lines = more.length === 0 ? [reportText(first.name, as, first.report)] : [...done.map(lineOf), together(done, as)];
  return [...lines, `written to ${out}`, ''].join('\n');
}

function lineOf({ name, report: { parameters, entries, error, warnings } }: Told): string {
  return [
    `${name}: ${sizes(parameters, entries)}, relative error ${number(error)}`,
    ...warnings.map((warning) => `  warning: ${warning}`),
  ].join('\n');
}

function together(done: readonly Told[], as: string): string {
  const sum = (of: (report: Decomposition) => number) => done.reduce((total, { report }) => total + of(report), 0);
  return `${done.length} tensors as ${as}: ${sizes(
    sum(({ parameters }) => parameters),
    sum(({ entries }) => entries),
  )}`;
}

function sizes(parameters: number, entries: number): string {
  return `${parameters.toLocaleString('en')} parameters for ${entries.toLocaleString('en')} entries (${((100 * parameters) / entries).toPrecision(3)} %)`;
}

function number(value: number): string {
  return value === 0 ? '0' : value.toExponential(2);
}

export function reportRecord(name: string, report: Decomposition) {
  const { parameters, entries, error, bound, method, iterations, limited, raced, warnings } = report;
  const errors = bondErrors(report);
  const bonds = report.bonds.map(({ name: bond, size, full, entropy, scaledEntropy }, k) => ({
    name: bond,
    size,
    full,
    error: errors[k],
    entropy,
    scaledEntropy,
  }));
  return { name, parameters, entries, error, bound, method, iterations, limited, raced, bonds, warnings };
}

function reportText(name: string, as: string, report: Decomposition): string {
  const { parameters, entries, error, bound, method, iterations, raced = [] } = report;
  const bonds = reportRecord(name, report).bonds.map((bond) => {
    const known =
      bond.full === undefined
        ? ''
        : ` of ${bond.full}  discarded ${number(bond.error)}  entropy ${bond.entropy!.toFixed(3)} (${bond.scaledEntropy!.toFixed(3)} of the greatest)`;
    return `  ${bond.name}  ${bond.size}${known}`;
  });
  const found = {
    svd: `bound ${number(bound ?? 0)}`,
    'gauss-newton': `damped Gauss-Newton, ${iterations} steps`,
    als: `alternating least squares, ${iterations} sweeps`,
    descent: `gradient descent, ${iterations} steps`,
    sum: `${iterations} rounds over the terms`,
  }[method];
  return [
    `${name} as ${as}: ${sizes(parameters, entries)}`,
    ...bonds,
    `  relative error ${number(error)}, ${found}`,
    ...(raced.length < 2
      ? []
      : [
          `  the best of ${raced.length} starts, which had ${number(raced[0])} to ${number(raced[raced.length - 1])} when it went on alone`,
        ]),
    ...report.warnings.map((warning) => `  warning: ${warning}`),
  ].join('\n');
}
