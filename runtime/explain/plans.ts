/** The plan of each layer, for `explain`: its tree and what it costs, against the dense weight, left to right, and the fewest multiply-adds. */
import { plansOf, SizeError } from '../../compiler/index.ts';
import type { Request } from '../../compiler/network/index.ts';
import {
  canonical,
  drawTogether,
  drawTree,
  letterOrder,
  planCanonical,
  recordsOf,
  type Steps,
  secondsOf,
  totalsOf,
  treeLines,
} from '../../compiler/network/index.ts';
import type { StepOptions } from '../../compiler/values/executable.ts';
import type { Model } from '../../compiler/values/model.ts';
import { byName } from '../../compiler/values/named.ts';

/** Multiply-adds of the value, and of it with the adjoints that are wanted; seconds of the latter by the profile. */
export interface PlanCost {
  readonly macs: number;
  readonly training_macs: number;
  readonly predicted_seconds: number;
}
export interface LayerPlan extends PlanCost {
  /** Of the first; `count` of all that are planned alike. */
  readonly path: string;
  readonly count: number;
  readonly operands: readonly string[];
  /** Letters and sizes of each operand and of the result of each step. */
  readonly shapes: readonly string[];
  readonly ssa_path: Steps;
  /** Multiply-adds that are done once and kept. */
  readonly folded_macs: number;
  /** Read and written by the value alone; alive at once; kept for the backward pass: four bytes an element. */
  readonly bytes: number;
  readonly peak_bytes: number;
  readonly kept_bytes: number;
  readonly method: string;
  readonly optimal: boolean;
  readonly against: { readonly dense?: PlanCost; readonly left_to_right: PlanCost; readonly fewest_macs: PlanCost };
}
export interface Drawn {
  readonly record: LayerPlan;
  readonly letters: readonly string[];
  readonly request: Request;
}

/** Open axes by name: 8, or the greatest that is allowed. */
export function usualSizes(model: Model): Record<string, number> {
  const open = model.axes.flatMap(({ id, name, size }) =>
    typeof size !== 'number' && size.open === id ? [[name, Math.min(8, size.max ?? 8)]] : [],
  );
  return Object.fromEntries(open);
}

export interface StepPlans {
  readonly plans: readonly Drawn[];
  /** Why nothing was planned: sizes may not fit. */
  readonly refused?: string;
}
/** Of a step, which a model in one piece has no use for. */
export function stepPlans(model: Model, options: StepOptions): StepPlans {
  if (!model.weights.some(({ terms }) => terms.some(({ is }) => is === 'network'))) return { plans: [] };
  try {
    return { plans: layerPlans(model, options) };
  } catch (error) {
    if (error instanceof SizeError) return { plans: [], refused: error.message };
    throw error;
  }
}
/** All losses, each once, or where there is none everything that the model computes. */
export function wholeStep(model: Model, evaluation = false): Pick<StepOptions, 'entries' | 'mode'> {
  const losses = model.entries.filter(({ kind }) => kind === 'loss');
  const entries = (losses.length > 0 ? losses : model.entries).map(({ name }) => ({ name, weight: 1 }));
  return { entries, mode: losses.length === 0 || evaluation ? 'eval' : 'train' };
}

/** Of every contraction of more than two operands in a step, those that are alike once. */
function layerPlans(model: Model, options: StepOptions): Drawn[] {
  const alike = Map.groupBy(plansOf(model, options), ({ request }) => canonical(request).key);
  return [...alike.values()].map((group) => {
    const [{ path, operands, changes, plan, request }] = group;
    const letters = toldApart(group[0].letters);
    const { steps, method, optimal, foldedMacs } = plan;
    const count = operands.length;
    const totals = totalsOf(recordsOf(steps, request), steps, request);
    const leftToRight = Array.from({ length: count - 1 }, (_, k): [number, number] => (k === 0 ? [0, 1] : [k + 1, count + k - 1]));
    const fewest = planCanonical({ ...request, objective: 'flops' });
    const dense = denseRequest(request, changes);
    const record: LayerPlan = {
      // What the model itself multiplies stands under its own name.
      path: path === '' ? model.name : path,
      count: group.length,
      operands,
      shapes: [...request.network.inputs, ...plan.results].map((own) => shapeText(own, letters, request)),
      ssa_path: steps,
      ...costOf(steps, request),
      folded_macs: foldedMacs,
      bytes: 4 * moved(steps, request),
      peak_bytes: 4 * Number(totals.peak),
      kept_bytes: 4 * Number(totals.kept),
      method,
      optimal,
      against: {
        ...(dense === undefined ? {} : { dense: costOf(planCanonical(dense).steps, dense) }),
        left_to_right: costOf(leftToRight, request),
        fewest_macs: costOf(fewest.steps, request),
      },
    };
    return { record, letters, request };
  });
}

/** A network that is there twice has each bond twice: the second one gets a mark. */
function toldApart(names: readonly string[]): string[] {
  return names.map((name, k) => name + "'".repeat(names.slice(0, k).filter((other) => other === name).length));
}

function costOf(steps: Steps, request: Request): PlanCost {
  const { macs, training } = totalsOf(recordsOf(steps, request), steps, request);
  return { macs: Number(macs), training_macs: Number(training), predicted_seconds: secondsOf(steps, request) };
}

/** Elements that the steps of the value read and write. */
function moved(steps: Steps, request: Request): number {
  const { inputs, sizes } = request.network;
  const values = inputs.map((own) => [...new Set(own)].reduce((size, letter) => size * sizes[letter], 1));
  let sum = 0;
  recordsOf(steps, request).forEach(({ size }, k) => {
    const [a, b] = steps[k];
    values.push(Number(size));
    sum += values[a] + values[b] + Number(size);
  });
  return sum;
}

/** With one tensor in the place of all operands that do not change with the batch; undefined where all do, or none. */
function denseRequest(request: Request, changes: readonly boolean[]): Request | undefined {
  if (!changes.includes(true) || !changes.includes(false)) return undefined;
  const { inputs, output, sizes } = request.network;
  const data = inputs.filter((_, k) => changes[k]);
  const outside = new Set([...output, ...data.flat()]);
  const own = new Set(inputs.filter((_, k) => !changes[k]).flat());
  // A matrix of its own lies as the product asks for it.
  const weight = letterOrder({ inputs: data, output, sizes }).filter((letter) => own.has(letter) && outside.has(letter));
  const trained = request.wanted?.some((mark, k) => !changes[k] && mark) ?? false;
  return {
    ...request,
    network: { inputs: [...data, weight], output, sizes },
    wanted: [...data.map((_, k) => request.wanted?.filter((_mark, i) => changes[i])[k] ?? false), trained],
    constant: undefined,
    uses: undefined,
  };
}

function shapeText(own: readonly number[], letters: readonly string[], { network }: Request): string {
  return own.map((letter) => `${letters[letter]} ${network.sizes[letter]}`).join(', ') || 'a number';
}

const thousands = (value: number) => value.toLocaleString('en');
const time = (seconds: number) =>
  seconds >= 1 ? `${seconds.toFixed(2)} s` : seconds >= 1e-3 ? `${(1e3 * seconds).toFixed(2)} ms` : `${(1e6 * seconds).toFixed(1)} us`;
const memory = (bytes: number) => (bytes >= 2 ** 20 ? `${(bytes / 2 ** 20).toFixed(1)} MiB` : `${(bytes / 1024).toFixed(1)} KiB`);

/** For people. `sizes`: for which the step was planned. */
export function planLines(plans: readonly Drawn[], sizes: StepOptions['sizes']): string[] {
  if (plans.length === 0) return [];
  const said = [...byName(sizes)].map(([name, size]) => `${name} ${size}`);
  return ['', `contracted, at ${said.join(', ')}:`, ...plans.flatMap(({ record }) => oneLayer(record))];
}

function oneLayer(record: LayerPlan): string[] {
  const { path, count, operands, shapes, ssa_path: steps, against } = record;
  const more = count === 1 ? '' : `  and ${count - 1} more like it`;
  const cost = (name: string, { training_macs, predicted_seconds }: PlanCost) => {
    const macs = `${thousands(training_macs)} macs${compared(training_macs, record.training_macs, 'more', 'fewer')}`;
    return `    ${name.padEnd(16)} ${macs}; ${time(predicted_seconds)}${compared(predicted_seconds, record.predicted_seconds, 'slower', 'faster')}`;
  };
  const labels = operands.map((operand, k) => `${operand}  [${shapes[k]}]`);
  const kept = record.kept_bytes === 0 ? '' : `, ${memory(record.kept_bytes)} kept for the backward pass`;
  const folded = record.folded_macs === 0 ? '' : `, ${thousands(record.folded_macs)} once`;
  const proof = record.optimal ? 'proved' : 'the best found';
  return [
    `${path}${more}`,
    ...treeLines(steps, labels, (step) => `[${shapes[operands.length + step]}]`).map((line) => `  ${line}`),
    `  ${thousands(record.macs)} macs forward, ${thousands(record.training_macs)} with gradients${folded}; predicted ${time(record.predicted_seconds)} (${proof})`,
    `  ${memory(record.bytes)} read and written forward, ${memory(record.peak_bytes)} at once${kept}`,
    '  other ways:',
    ...(against.dense === undefined ? [] : [cost('the dense weight', against.dense)]),
    cost('left to right', against.left_to_right),
    cost('the fewest macs', against.fewest_macs),
  ];
}

/** What another plan is against the one above it, in words, since a factor alone does not say whose it is. */
function compared(other: number, own: number, more: string, less: string): string {
  const factor = other / own;
  if (!Number.isFinite(factor) || factor === 0) return '';
  if (Math.abs(factor - 1) < 0.005) return ', the same';
  return factor > 1 ? `, ${factor.toPrecision(3)} times ${more}` : `, ${(1 / factor).toPrecision(3)} times ${less}`;
}

/** All trees in one picture. */
export function planPicture(plans: readonly Drawn[], style: 'tent' | 'bands'): string {
  const drawings = plans.map(({ record, letters, request }) => {
    const more = record.count === 1 ? '' : ` and ${record.count - 1} more like it`;
    return { title: `${record.path}${more}`, svg: drawTree({ network: request.network, letters }, record.ssa_path, style) };
  });
  return drawTogether(drawings);
}
