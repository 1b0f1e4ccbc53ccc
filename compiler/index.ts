/**
 * The driver: the only file that imports rooms. It takes a model through build, the passes and the kernels, gives the persistent layout,
 * and prints every stage. Nothing here knows a layer, a topology or an engine.
 */
import { printWat } from './emit/wasm/index.ts';
import { printWgsl } from './emit/wgsl/index.ts';
import { kernelise } from './kernel/index.ts';
import { measure } from './network/index.ts';
import { build } from './program/build/build.ts';
import { Builder } from './program/builder.ts';
import { layoutOf } from './program/layout.ts';
import { table } from './program/operations/index.ts';
import { binarise } from './program/passes/binarise.ts';
import { accumulate, cut } from './program/passes/cut.ts';
import type { Pass, PassContext } from './program/passes/index.ts';
import { jointProgram, passes, runPasses, wantedOf } from './program/passes/index.ts';
import { lettersOf, planAll } from './program/passes/plan.ts';
import { remat } from './program/passes/remat.ts';
import { sink } from './program/passes/sink.ts';
import { sweep } from './program/passes/sweep.ts';
import type { Marks } from './program/passes/want.ts';
import { want } from './program/passes/want.ts';
import type { Places } from './program/places.ts';
import { placesOf } from './program/places.ts';
import { apply, read } from './program/scalar.ts';
import type { Executable, Layout, StepOptions } from './values/executable.ts';
import { hash } from './values/hash.ts';
import type { Schedule } from './values/kernel.ts';
import type { Model } from './values/model.ts';
import type { Network, Plan } from './values/plan.ts';
import { printKernel } from './values/print-kernel.ts';
import { printModel } from './values/print-model.ts';
import { printProgram } from './values/print-program.ts';
import type { Contract, Program, Source } from './values/program.ts';
import { verifyProgram } from './values/verify-program.ts';

export type { CheckRequest, CheckResult } from './check/index.ts';
export { check } from './check/index.ts';
export type { Bond, BondSizes } from './events/bonds.ts';
export { bondClasses, networkOf, withBonds } from './events/bonds.ts';
export type { Choose } from './events/choose.ts';
export { denseOf } from './events/choose.ts';
export { applyEvent, applyEvents } from './events/index.ts';
export { SizeError } from './program/build/build.ts';
export { layoutOf } from './program/layout.ts';
export { rampName } from './program/masks.ts';
export { table } from './program/operations/index.ts';
export { gateName, isTrainable } from './program/optimisers/update.ts';
export { importanceName } from './program/passes/importance.ts';
export { MemoryError } from './program/passes/remat.ts';

/** Raised whenever the same model could compile to something else. */
const VERSION = 1;

/**
 * A model with sizes, ready for an engine. Throws SizeError where the sizes do not fit, Error for an unknown entry, a training step
 * without an optimiser, or a trained parameter in no group of it,
 * MemoryError where `memory` is too small however much is recomputed.
 */
export function compileStep(model: Model, options: StepOptions): Executable {
  const layout = options.layout ?? layoutOf(model, options.optimiser);
  const program = stepProgram(model, options);
  const key = keyOf(model, options, layout, program.name);
  if (options.memory === undefined) return assembled(key, program, layout);
  const bytesOf = (candidate: Program) => bytes(assembled(key, candidate, layout).schedule);
  return assembled(key, remat(program, table, options.memory, bytesOf), layout);
}
/** Of all spaces of a schedule, in an f32 engine. */
function bytes({ sizes }: Schedule): number {
  return 4 * Object.values(sizes).reduce((sum, size) => sum + size, 0);
}

/** What a function is compiled into for the tape; no `backward` in evaluation, or where nothing has a gradient. */
export interface CompiledFunction {
  readonly forward: Executable;
  /**
   * Sources: cotangents by result, saved values, the forward's parameters and inputs at the same places. The gradient of a parameter is
   * added to the state `NAME.gradient`; that of an input x leaves as `gradient x`.
   */
  readonly backward?: Executable;
}
/**
 * One entry of the model to be called from TypeScript. Gradients are those of trainable parameters and of real inputs, by name. Give the
 * layout that the parameters lie in, where an optimiser made it larger. Throws as `compileStep`.
 */
export function compileFunction(
  model: Model,
  entry: string,
  sizes: StepOptions['sizes'],
  mode: StepOptions['mode'],
  layout: Layout = layoutOf(model, undefined, mode === 'train'),
): CompiledFunction {
  const options: StepOptions = { entries: [{ name: entry, weight: 1 }], sizes, mode, layout };
  const whole = builtProgram(model, options);
  const own = whole.outputs.filter((output) => output.name !== 'loss' || entry === 'loss');
  const joint = jointProgram({ ...whole, name: `${model.name}.${entry}`, outputs: own }, { model, table, options });
  const halves = cut(joint, table);
  const names = new Set(model.parameters.map((parameter) => parameter.names[0]));
  const parts = halves.backward.outputs.length === 0 ? [sweep(joint, table)] : [halves.forward, accumulate(halves.backward, names, table)];
  for (const part of parts) verifyProgram(part, table, 'lowered');
  const [forward, backward] = parts;
  const make = (part: Program, placed: Places) => assembled(keyOf(model, options, layout, part.name), part, layout, placed);
  const places = placesOf(forward, layout);
  const made = make(forward, places);
  return backward === undefined ? { forward: made } : { forward: made, backward: make(backward, placesOf(backward, layout, places)) };
}

/** Inputs `a` and `b` of `count` reals, result `sum`: with it the tape adds cotangents of a value that is used more than once. */
export function compileSum(count: number): Executable {
  const builder = new Builder(table, [], { path: 'sum', section: 'backward' });
  const domain = [{ name: 'element', size: count }];
  const inputs = ['a', 'b'].map((name) => builder.source({ kind: 'input', name, rate: 'batch' }, { dtype: 'real', axes: domain }));
  const value = builder.add('map', inputs, { domain, reads: [[0], [0]], value: apply('add', read(0), read(1)) });
  const program = builder.program(`sum of ${count}`, [{ kind: 'result', name: 'sum', value }]);
  return assembled(hash(`${VERSION} ${program.name}`), program, { members: [], size: 0 });
}

/**
 * One contraction by a tree: inputs `x0`, `x1` ... as the network has them, result `y`. With it the times of products are measured. `steps`
 * in single static assignment, one less than there are operands.
 */
export function compileContraction(network: Network, steps: Plan['steps']): Executable {
  const builder = new Builder(table);
  const letters = network.sizes.map((size, k) => ({ name: `l${k}`, size }));
  const inputs = network.inputs.map((own, k) =>
    builder.source({ kind: 'input', name: `x${k}`, rate: 'batch' }, { dtype: 'real', axes: own.map((letter) => letters[letter]) }),
  );
  const value = builder.add('contract', inputs, { letters, operands: network.inputs, result: network.output });
  const whole = builder.program('contraction', [{ kind: 'result', name: 'y', value }]);
  const plan = { ...measure(steps, { network }), method: 'given', optimal: false };
  const program = binarise(whole, table, new Map([[value, { network, plan }]]));
  return assembled(hash(JSON.stringify([VERSION, network, steps])), program, { members: [], size: 0 });
}

/**
 * The program of a step after all passes; verified once where it is built and once where it is done. `observe` sees it after each pass:
 * `verifyAfter` there names the pass that breaks a program.
 */
export function stepProgram(model: Model, options: StepOptions, observe?: (pass: Pass, program: Program) => void): Program {
  const context: PassContext = { model, table, options };
  const built = builtProgram(model, options);
  const done = runPasses(built, context, observe);
  verifyProgram(done, table, 'lowered');
  return done;
}
/** For tests and dumps, which run the verifier between passes. Throws Error naming the pass and what does not hold. */
export function verifyAfter(pass: Pass, program: Program): void {
  try {
    verifyProgram(program, table, pass.stage);
  } catch (error) {
    throw new Error(`after the pass ${pass.name}: ${error instanceof Error ? error.message : error}`);
  }
}
function builtProgram(model: Model, options: StepOptions): Program {
  const program = build(model, table, options.phase === 'update' ? { ...options, entries: [] } : options);
  verifyProgram(program, table, 'built');
  return program;
}

function assembled(key: string, program: Program, layout: Layout, placed: Places = placesOf(program, layout)): Executable {
  const gates = sink(program);
  const schedule = kernelise(program, table, placed, { label: (node) => labelOfLaunch(program, node), gate: (node) => gates.get(node) });
  return { key, name: program.name, program, schedule, layout, places: placed.places, gates: gatesOf(program) };
}
function labelOfLaunch(program: Program, node: number): string {
  const { operation, origin } = program.nodes[node];
  return `${origin.path === '' ? program.name : origin.path} ${origin.section} ${operation}`;
}
function gatesOf(program: Program): string[] {
  const names = program.outputs.flatMap((output) => {
    const gate = output.kind === 'state' && output.when !== undefined ? program.nodes[output.when] : undefined;
    return gate?.operation === 'source' ? [(gate.attributes as Source).name] : [];
  });
  return [...new Set(names)].sort();
}

/** Of everything that enters: the structure of the model (not its places, first values or notes), all options, the compiler's version. */
function keyOf(model: Model, options: StepOptions, layout: Layout, program: string): string {
  const { name, edition, axes, inputs, parameters, weights, entries } = model;
  const structure = parameters.map(({ names, legs, update, keep }) => ({ name: names[0], legs, update, keep }));
  const withoutPlaces = (key: string, value: unknown) => (key === 'place' || key === 'law' ? undefined : value);
  const meaning = JSON.stringify([name, edition, axes, inputs, structure, weights, entries], withoutPlaces);
  // Options are taken as they are: an axis whose size they give may be called `place` or `law`.
  const text = JSON.stringify([VERSION, program, meaning, options, layout]);
  return hash(text);
}

// dumps --------------------------------------------------------------------------------------------------------------------
/**
 * One stage as text: `check` the model, `plan` a tree for each contraction, `program` after all passes, `after=PASS` after one of them
 * (`build` is what they start from; the verifier runs after each), `kernels` with their launches, `wat` (for hosts with fused multiply-add) and `wgsl` of each kernel.
 * Throws Error for a stage that does not exist, naming those that do.
 */
export function dump(model: Model, options: StepOptions, stage: string): string {
  if (stage === 'check') return printModel(model);
  if (stage === 'plan') return dumpPlans(model, options);
  if (stage === 'program') return printProgram(stepProgram(model, options, verifyAfter), table);
  if (stage === 'kernels') return dumpKernels(compileStep(model, options).schedule);
  if (stage === 'wat') return dumpWat(compileStep(model, options).schedule);
  if (stage === 'wgsl') return dumpShaders(compileStep(model, options).schedule);
  if (stage.startsWith('after=')) return dumpAfter(model, options, stage.slice('after='.length));
  throw new Error(`there is no stage ${stage}; a model has check, plan, program, kernels, wat, wgsl and after=PASS, a file its tree`);
}

function dumpAfter(model: Model, options: StepOptions, name: string): string {
  if (name === 'build') return printProgram(builtProgram(model, options), table);
  let found: Program | undefined;
  stepProgram(model, options, (pass, program) => {
    verifyAfter(pass, program);
    if (pass.name === name) found = program;
  });
  if (found !== undefined) return printProgram(found, table);
  throw new Error(`there is no pass ${name}; there are build, ${passes.map((pass) => pass.name).join(', ')}`);
}

/** A contraction with its tree: what it costs forward and in training, and what the dense matrix in its place would. */
export interface PlannedContraction {
  readonly path: string;
  readonly operands: readonly string[];
  readonly plan: Plan;
  /** Multiply-adds with every product of parameters replaced by one dense tensor; absent where nothing but parameters is multiplied. */
  readonly dense?: { readonly macs: number; readonly trainingMacs: number };
}
/** Plans of all contractions of more than two operands, as the step will use them. */
export function plansOf(model: Model, options: StepOptions): readonly PlannedContraction[] {
  const context: PassContext = { model, table, options };
  const program = passes[0].run(builtProgram(model, options), context);
  const marks = want(program, table, wantedOf(program, context));
  return [...planAll(program, marks, options.profile)].map(([id, { plan }]) => {
    const { inputs, attributes, origin } = program.nodes[id];
    const operands = inputs.slice(0, (attributes as Contract).operands.length);
    const dense = denseCost(attributes as Contract, operands, marks);
    return {
      path: origin.path,
      operands: operands.map((input) => labelOf(program, input)),
      plan,
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
  return operation === 'reshape' || operation === 'pad' ? labelOf(program, inputs[0]) : `%${id}`;
}

function dumpPlans(model: Model, options: StepOptions): string {
  const sizes = Object.entries(options.sizes).map(([name, size]) => `${name} ${size}`);
  const whole = (macs: number) => macs.toLocaleString('en');
  const lines = plansOf(model, options).map(({ path, operands, plan, dense }) => {
    const tree = [...operands];
    for (const [a, b] of plan.steps) tree.push(`(${tree[a]} ${tree[b]})`);
    const compared = dense === undefined ? '' : `  dense ${whole(dense.macs)} / ${whole(dense.trainingMacs)}`;
    const cost = `macs ${whole(plan.macs)} forward, ${whole(plan.trainingMacs)} with gradients${compared}`;
    return `  ${path}  ${tree[tree.length - 1]}  ${cost}  largest 2^${plan.log2Peak.toFixed(1)}  ${plan.method}`;
  });
  return `${[`plan  ${sizes.join(', ')}, ${options.mode}`, ...lines].join('\n')}\n`;
}

function dumpKernels({ kernels, launches, sizes }: Schedule): string {
  const spaces = Object.entries(sizes).map(([space, size]) => `${space} ${size}`);
  const lines = launches.map(({ kernel, args, buffers, blocks, wave, gate, label }) => {
    const places = buffers.map(({ space, offset }) => `${space}+${offset}`).join(' ');
    const skipped = gate === undefined ? '' : `  if ${gate}`;
    return `  wave ${wave}  ${kernels[kernel].key}  blocks ${blocks}  (${args.join(' ')})  ${places}${skipped}  # ${label}`;
  });
  return `${[...kernels.map(printKernel), `spaces  ${spaces.join('  ')}`, ...lines].join('\n')}\n`;
}
function dumpWat({ kernels }: Schedule): string {
  return kernels.map((kernel) => `;; kernel ${kernel.key}\n${printWat(kernel, { fused: true })}\n`).join('\n');
}
/** Each kernel once, with the spaces of its first launch. */
function dumpShaders({ kernels, launches }: Schedule): string {
  const texts = kernels.map((kernel, k) => {
    const { buffers } = launches.find((launch) => launch.kernel === k)!;
    const spaces = buffers.map(({ space }) => space);
    return `// kernel ${kernel.key} on ${spaces.join(' ')}\n${printWgsl(kernel, spaces)}`;
  });
  return texts.join('\n');
}
