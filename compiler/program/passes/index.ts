/** The passes of a step in their order, one line each; `--dump after=NAME` and the tests walk the same array. */
import type { StepOptions } from '../../values/executable.ts';
import type { Model, Parameter } from '../../values/model.ts';
import type { Stage, Table } from '../../values/operation.ts';
import type { ByRate, Program, Source } from '../../values/program.ts';
import { differentiate, sourceKey } from '../differentiate.ts';
import { update } from '../optimisers/update.ts';
import { binarise } from './binarise.ts';
import { importance } from './importance.ts';
import { inline } from './inline.ts';
import type { Planning } from './plan.ts';
import { planAll } from './plan.ts';
import { splitByRate } from './rates.ts';
import { share } from './share.ts';
import { simplify } from './simplify.ts';
import { sweep } from './sweep.ts';
import { rebuildTables } from './tables.ts';
import { want } from './want.ts';

export interface PassContext {
  readonly model: Model;
  readonly table: Table;
  readonly options: StepOptions;
}
export interface Pass {
  readonly name: string;
  /** What the program is afterwards. */
  readonly stage: Stage;
  run(program: Program, context: PassContext): Program;
}

/** Plan, binarise, share, differentiate, in this order: reverse mode over the chosen trees is the joint optimum. */
export const passes: readonly Pass[] = [
  { name: 'simplify', stage: 'built', run: (p, { table }) => simplify(p, table, 'built') },
  { name: 'tables', stage: 'built', run: (p, context) => rebuildTables(p, context.table, want(p, context.table, wantedOf(p, context))) },
  {
    name: 'binarise',
    stage: 'planned',
    run: (p, context) => binarise(p, context.table, planAll(p, want(p, context.table, wantedOf(p, context)), planningOf(context))),
  },
  { name: 'share', stage: 'planned', run: (p, { table }) => simplify(p, table, 'planned') },
  { name: 'differentiate', stage: 'differentiated', run: (p, context) => differentiated(p, context) },
  { name: 'inline', stage: 'differentiated', run: (p, { table }) => inline(p, table) },
  { name: 'importance', stage: 'differentiated', run: (p, context) => measured(p, context) },
  {
    name: 'update',
    stage: 'differentiated',
    run: (p, { model, table, options }) => (isStep(options) && microBatchesOf(options) === 1 ? update(p, table, model, options) : p),
  },
  { name: 'simplify-step', stage: 'differentiated', run: (p, { table }) => simplify(p, table, 'planned') },
  { name: 'sweep', stage: 'lowered', run: (p, { table }) => sweep(share(p, table), table) },
];

/** As the step is planned: what is frozen is folded, and micro-batches share what they do not change. */
export function planningOf({ options }: PassContext): Planning {
  const { planner, profile } = options;
  return { planner, profile, folds: true, microBatches: microBatchesOf(options) };
}
function microBatchesOf(options: StepOptions): number {
  return isStep(options) && options.phase !== 'update' ? (options.accumulate ?? 1) : 1;
}
const isStep = ({ mode, phase }: StepOptions) => mode === 'train' && phase !== 'gradients' && phase !== 'importance';

/** Keys of the parameters that the program reads and whose gradients it needs: those that are trained, or those that are measured. */
export function wantedOf(program: Program, { model, options }: PassContext): ReadonlySet<string> {
  if (options.mode === 'eval') return new Set();
  const measured = new Set(options.importance?.map(({ parameter }) => parameter));
  const isWanted = ({ id, update }: Parameter) => (options.phase === 'importance' ? measured.has(id) : !update.frozen);
  const sources = new Set(program.nodes.flatMap((node) => (node.operation === 'source' ? [sourceKey(node.attributes as Source)] : [])));
  const keys = model.parameters.filter(isWanted).map((parameter) => `parameter ${parameter.names[0]}`);
  return new Set(keys.filter((key) => sources.has(key)));
}

function differentiated(program: Program, context: PassContext): Program {
  const { options, table } = context;
  if (options.mode === 'eval' || options.phase === 'update') return program;
  return differentiate(program, table, { wanted: [...wantedOf(program, context)], loss: 'loss' }).program;
}

function measured(program: Program, { model, table, options }: PassContext): Program {
  if (options.importance === undefined || options.mode === 'eval' || options.phase === 'update') return program;
  return importance(program, table, model, options.importance, options.phase === 'importance');
}

/**
 * The joint program of a function for the tape: every result has a cotangent, trainable parameters and real inputs (or those of them that
 * are given) have gradients. In evaluation it is the forward alone.
 */
export function jointProgram(built: Program, context: PassContext, inputs?: readonly string[]): Program {
  const { table, options } = context;
  const multiplied = simplify(built, table, 'built');
  const wanted =
    options.mode === 'eval' ? new Set<string>() : new Set([...wantedOf(multiplied, context), ...realInputs(multiplied, inputs)]);
  const simple = rebuildTables(multiplied, table, want(multiplied, table, wanted));
  const planning = { ...planningOf(context), folds: false, microBatches: 1 };
  const planned = simplify(binarise(simple, table, planAll(simple, want(simple, table, wanted), planning)), table, 'planned');
  if (wanted.size === 0) return planned;
  return simplify(inline(differentiate(planned, table, { wanted: [...wanted] }).program, table), table, 'planned');
}
function realInputs(program: Program, among: readonly string[] | undefined): string[] {
  const sources = program.nodes
    .filter((node) => node.operation === 'source' && node.type.dtype === 'real')
    .map((node) => node.attributes as Source);
  const isWanted = ({ kind, rate, name }: Source) => kind === 'input' && rate === 'batch' && (among?.includes(name) ?? true);
  return sources.filter(isWanted).map(sourceKey);
}

/** All passes in order; `observe` sees the program after each. */
export function runPasses(built: Program, context: PassContext, observe?: (pass: Pass, program: Program) => void): Program {
  return passes.reduce((program, pass) => {
    const next = pass.run(program, context);
    observe?.(pass, next);
    return next;
  }, built);
}

/** The parts that a program after all passes is run in. The optimiser of accumulated gradients stands in the last one. */
export function programsByRate(program: Program, { model, table, options }: PassContext): ByRate<Program> {
  const parts = splitByRate(program, table, microBatchesOf(options));
  if (parts.end === undefined) return parts;
  const end = simplify(update(parts.end, table, model, options), table, 'planned');
  return { ...parts, end: sweep(share(end, table), table) };
}
