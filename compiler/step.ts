import { kernelise } from './kernel/index.ts';
import { measure } from './network/index.ts';
import { build } from './program/build/build.ts';
import { Builder } from './program/builder.ts';
import { differentiate } from './program/differentiate.ts';
import { layoutOf, sourceLayout, withKept } from './program/layout.ts';
import { table } from './program/operations/index.ts';
import { binarise } from './program/passes/binarise.ts';
import { accumulate, cut } from './program/passes/cut.ts';
import type { Pass, PassContext } from './program/passes/index.ts';
import { jointProgram, programsByRate, runPasses } from './program/passes/index.ts';
import { remat } from './program/passes/remat.ts';
import { sink } from './program/passes/sink.ts';
import { sweep } from './program/passes/sweep.ts';
import type { Allocations } from './program/places.ts';
import { placesOf } from './program/places.ts';
import { apply, read } from './program/scalar.ts';
import type { CompiledStep, Executable, Layout, StepOptions } from './values/executable.ts';
import { sizesOf } from './values/executable.ts';
import { hash } from './values/hash.ts';
import type { Schedule } from './values/kernel.ts';
import type { Model } from './values/model.ts';
import { jsonOf } from './values/named.ts';
import type { Network, Plan } from './values/plan.ts';
import type { ByRate, Program, Source } from './values/program.ts';
import { inOrder } from './values/program.ts';
import type { Target } from './values/target.ts';
import { verifyProgram } from './values/verify-program.ts';
import { complaintsAboutRates } from './values/verify-rates.ts';

/** Raised whenever the same model could compile to something else. */
const VERSION = 1;

/**
 * A model with sizes, ready for an engine: what is run for each batch, what before and after the micro-batches of a step, and what once
 * for all. Throws SizeError where the sizes do not fit, Error for an unknown entry, a training step without an optimiser, or a trained
 * parameter in no group of it, MemoryError where `memory` is too small however much is recomputed.
 */
export function compileStep(model: Model, options: StepOptions): CompiledStep {
  const programs = stepPrograms(model, options);
  const own = options.layout ?? layoutOf(model, options.optimiser, options.phase === 'update');
  const kept = model.entries.flatMap((entry) => entry.kept?.map(({ name }) => name) ?? []);
  const layout = withKept(own, inOrder(programs), new Set(kept));
  const keyOf = keysOf(model, options, layout);
  const assemble = (parts: ByRate<Program>) => assembledStep(parts, layout, keyOf);
  if (options.memory === undefined) return assemble(programs);
  const { bytes, target } = options.memory;
  const batch = remat(programs.batch, table, bytes, (candidate) => bytesOf(assemble({ ...programs, batch: candidate }), target));
  return assemble({ ...programs, batch });
}
/** Each part with its own kernels; what parts have in common lies at one place for all. */
function assembledStep({ frozen, begin, batch, end }: ByRate<Program>, layout: Layout, keyOf: (name: string) => string): CompiledStep {
  let before: Allocations | undefined;
  const made = (part: Program): Executable => {
    const placed = placesOf(part, layout, before, 'step');
    before = { ...placed, places: new Map([...(before?.places ?? []), ...placed.places]) };
    return assembled(keyOf(part.name), part, layout, placed);
  };
  return {
    ...(frozen === undefined ? {} : { frozen: made(frozen) }),
    ...(begin === undefined ? {} : { begin: made(begin) }),
    batch: made(batch),
    ...(end === undefined ? {} : { end: made(end) }),
  };
}
/** Of all spaces of a step. */
function bytesOf(step: CompiledStep, target: Target): number {
  return target.bytes * Object.values(sizesOf(step, target)).reduce((sum, size) => sum + size, 0);
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
/** `layout`: that which the parameters lie in, where an optimiser made it larger. */
export interface FunctionOptions extends Pick<StepOptions, 'layout' | 'profile' | 'planner'> {
  /** Real inputs whose gradients are wanted; absent: all. */
  readonly gradients?: readonly string[];
}
/**
 * One entry of the model to be called from TypeScript. Gradients are those of trainable parameters and of real inputs, by name. Throws as
 * `compileStep`.
 */
export function compileFunction(
  model: Model,
  entry: string,
  sizes: StepOptions['sizes'],
  mode: StepOptions['mode'],
  { layout = layoutOf(model, undefined, mode === 'train'), gradients, ...planning }: FunctionOptions = {},
): CompiledFunction {
  const options = { ...planning, entries: [{ name: entry, weight: 1 }], sizes, mode, layout, gradients };
  const whole = builtProgram(model, options);
  const own = whole.outputs.filter((output) => output.name !== 'loss' || entry === 'loss');
  const joint = jointProgram({ ...whole, name: `${model.name}.${entry}`, outputs: own }, { model, table, options }, gradients);
  const halves = cut(joint, table);
  const names = new Set(model.parameters.map((parameter) => parameter.names[0]));
  const parts = halves.backward.outputs.length === 0 ? [sweep(joint, table)] : [halves.forward, accumulate(halves.backward, names, table)];
  for (const part of parts) verifyProgram(part, table, 'lowered');
  const [forward, backward] = parts;
  const keyOf = keysOf(model, options, layout);
  const make = (part: Program, placed: Allocations) => assembled(keyOf(part.name), part, layout, placed);
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
  const program = binarise(whole, table, new Map([[value, { plan }]]));
  return assembled(hash(JSON.stringify([VERSION, network, steps])), program, { members: [], size: 0 });
}

/** A program whose result is `loss` with the gradients of the wanted sources, no pass behind it. */
export function differentiated(program: Program, wanted: readonly string[]): Program {
  return differentiate(program, table, { wanted, loss: 'loss' }).program;
}

/** A program alone; its parameters and states lie one after another, as it reads them. */
export function compileProgram(program: Program): Executable {
  const layout = sourceLayout(program);
  return assembled(hash(JSON.stringify([VERSION, program])), program, layout);
}

/** Sees a program after each pass. */
export type Observe = (pass: Pass, program: Program) => void;
let watch: Observe | undefined;
/**
 * From now on `observe` sees all programs that nobody else observes: tests have the verifier look at them after each pass. Returns who did
 * until now, to be asked too and put back.
 */
export function watchPasses(observe: Observe | undefined): Observe | undefined {
  const before = watch;
  watch = observe;
  return before;
}
/**
 * The program of a step after all passes, in one piece. `observe` sees it as it is built and after each pass: `verifyAfter` there names the
 * pass that breaks a program. Gradients that are accumulated are its outputs.
 */
export function stepProgram(model: Model, options: StepOptions, observe: Observe | undefined = watch): Program {
  const context: PassContext = { model, table, options };
  return runPasses(builtProgram(model, options, observe), context, observe);
}
/** The same, split by how often its values change; verified once, as it is run: each part and what passes between them. */
export function stepPrograms(model: Model, options: StepOptions, observe?: Observe): ByRate<Program> {
  const programs = programsByRate(stepProgram(model, options, observe), { model, table, options });
  for (const part of inOrder(programs)) verifyProgram(part, table, 'lowered');
  const complaints = complaintsAboutRates(programs);
  if (complaints.length > 0) throw new Error(`the parts of ${programs.batch.name} do not fit:\n  ${complaints.join('\n  ')}`);
  return programs;
}
/** For tests and dumps, which run the verifier between passes. Throws Error naming the pass and what does not hold. */
export function verifyAfter(pass: Pass, program: Program): void {
  try {
    verifyProgram(program, table, pass.stage);
  } catch (error) {
    throw new Error(`after the pass ${pass.name}: ${error instanceof Error ? error.message : error}`);
  }
}
export function builtProgram(model: Model, options: StepOptions, observe: Observe | undefined = watch): Program {
  const program = build(model, table, options.phase === 'update' ? { ...options, entries: [] } : options);
  observe?.({ name: 'build', stage: 'built', run: (built) => built }, program);
  return program;
}

function assembled(key: string, program: Program, layout: Layout, placed: Allocations = placesOf(program, layout)): Executable {
  const gates = sink(program);
  const label = (node: number) => labelOfLaunch(program, node);
  const made = new Map<Target, Schedule>();
  const schedule = (target: Target): Schedule => {
    const known = made.get(target) ?? kernelise(program, table, placed, target, { label, gate: (node) => gates.get(node) });
    made.set(target, known);
    return known;
  };
  const { places, sizes } = placed;
  return { key, name: program.name, program, sizes, schedule, layout, places, gates: gatesOf(program) };
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

const withoutPlaces = (key: string, value: unknown) => (key === 'place' || key === 'law' ? undefined : value);
/** Bodies are the most of a model, and events that change its bonds leave them as they are. */
const hashes = new WeakMap<Model['entries'], string>();
function hashOfEntries(entries: Model['entries']): string {
  const known = hashes.get(entries) ?? hash(JSON.stringify(entries, withoutPlaces));
  hashes.set(entries, known);
  return known;
}

/** By name of a program. Of everything that enters: the structure of the model (not its places, first values or notes), all options, the compiler's version. */
function keysOf(model: Model, options: StepOptions, layout: Layout): (program: string) => string {
  const { name, edition, axes, inputs, parameters, weights, entries } = model;
  const structure = parameters.map(({ names, legs, positions, update, keep, orthogonal, learned }) => ({
    name: names[0],
    legs,
    positions,
    update,
    keep,
    orthogonal,
    learned,
  }));
  const meaning = JSON.stringify([name, edition, axes, inputs, structure, weights, hashOfEntries(entries)], withoutPlaces);
  // Options are taken as they are: an axis whose size they give may be called `place` or `law`.
  const whole = hash(jsonOf([VERSION, meaning, options, layout]));
  return (program) => hash(`${whole} ${program}`);
}
