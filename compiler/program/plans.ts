/** The plans of a step as people see them: what each contraction costs, against the dense matrix in its place. */
import type { StepOptions } from '../values/executable.ts';
import { byName } from '../values/named.ts';
import type { Plan, Request } from '../values/plan.ts';
import type { Contract, Program, Slice, Source } from '../values/program.ts';
import type { PassContext } from './passes/index.ts';
import { planningOf, wantedOf } from './passes/index.ts';
import { lettersOf, planAll } from './passes/plan.ts';
import { simplify } from './passes/simplify.ts';
import { rebuildTables } from './passes/tables.ts';
import type { Marks } from './passes/want.ts';
import { want } from './passes/want.ts';

/** A contraction with its tree: what it costs forward and in training, and what the dense matrix in its place would. */
export interface PlannedContraction {
  readonly path: string;
  readonly operands: readonly string[];
  readonly plan: Plan;
  /** What the planner was asked. */
  readonly request: Request;
  /** Names of the letters of its network, and of each operand whether it changes with the batch. */
  readonly letters: readonly string[];
  readonly changes: readonly boolean[];
  /** Multiply-adds with every product of parameters replaced by one dense tensor; absent where nothing but parameters is multiplied. */
  readonly dense?: { readonly macs: number; readonly trainingMacs: number };
}
/** Plans of all contractions of more than two operands of a program that was built, as the step will use them. */
export function plannedContractions(built: Program, context: PassContext): readonly PlannedContraction[] {
  const marksOf = (program: Program) => want(program, context.table, wantedOf(program, context));
  const simple = simplify(built, context.table, 'built');
  const program = rebuildTables(simple, context.table, marksOf(simple));
  const marks = marksOf(program);
  return [...planAll(program, marks, planningOf(context))].map(([id, { plan, request }]) => {
    const { inputs, attributes, origin } = program.nodes[id];
    const operands = inputs.slice(0, (attributes as Contract).operands.length);
    const dense = denseCost(attributes as Contract, operands, marks);
    return {
      path: origin.path,
      operands: operands.map((input) => labelOf(program, input)),
      plan,
      request,
      letters: (attributes as Contract).letters.map(({ name }) => name),
      changes: operands.map((input) => marks.rate[input] === 'batch'),
      ...(dense === undefined ? {} : { dense }),
    };
  });
}
function denseCost({ letters, operands, result }: Contract, inputs: readonly number[], marks: Marks): PlannedContraction['dense'] {
  const isParameter = inputs.map((id) => marks.rate[id] !== 'batch');
  if (!isParameter.includes(true) || !isParameter.includes(false)) return undefined;
  const outer = new Set(lettersOf([...result, ...operands.filter((_, k) => !isParameter[k]).flat()]));
  const macs = [...outer].reduce((product, letter) => product * letters[letter].size, 1);
  const wanted = (parameters: boolean) => inputs.some((id, k) => isParameter[k] === parameters && marks.wanted[id]);
  return { macs, trainingMacs: macs * (1 + (wanted(true) ? 1 : 0) + (wanted(false) ? 1 : 0)) };
}
function labelOf(program: Program, id: number): string {
  const { operation, attributes, inputs } = program.nodes[id];
  if (operation === 'source') return (attributes as Source).name;
  if (operation === 'slice') {
    const { axis, from } = attributes as Slice;
    return `${labelOf(program, inputs[0])}[${':, '.repeat(axis)}${from}]`;
  }
  return operation === 'reshape' || operation === 'pad' ? labelOf(program, inputs[0]) : `%${id}`;
}

/** One line a contraction; what is computed once and kept is told apart. */
export function printPlans(plans: readonly PlannedContraction[], options: StepOptions): string {
  const sizes = [...byName(options.sizes)].map(([name, size]) => `${name} ${size}`);
  const whole = (macs: number) => macs.toLocaleString('en');
  const lines = plans.map(({ path, operands, plan, dense }) => {
    const tree = [...operands];
    for (const [a, b] of plan.steps) tree.push(`(${tree[a]} ${tree[b]})`);
    const compared = dense === undefined ? '' : `  dense ${whole(dense.macs)} / ${whole(dense.trainingMacs)}`;
    const kept = plan.foldedMacs === 0 ? '' : `, ${whole(plan.foldedMacs)} once`;
    const cost = `macs ${whole(plan.macs)} forward, ${whole(plan.trainingMacs)} with gradients${kept}${compared}`;
    return `  ${path}  ${tree[tree.length - 1]}  ${cost}  largest 2^${plan.log2Peak.toFixed(1)}  ${plan.method}`;
  });
  return `${[`plan  ${sizes.join(', ')}, ${options.mode}`, ...lines].join('\n')}\n`;
}
