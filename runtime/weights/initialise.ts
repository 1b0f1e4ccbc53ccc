/**
 * The values that a model's parameters have before the first step. A parameter with the law `source` takes its value from where its
 * provenance says: a tensor of given weights, a copy, a mean, or a core of a decomposition. All others are drawn on the host, each from
 * the stream of its origin, so that copies of one tensor start equal, and adding a parameter changes no other.
 */

import { withBonds } from '../../compiler/index.ts';
import type { DecompositionSpec, Model, Parameter, Policy, Provenance, Weight } from '../../compiler/values/model.ts';
import { cutAt, madeOf } from '../../compiler/values/provenance.ts';
import type { Words } from '../../compiler/values/random.ts';
import { networksOf, summandsOf } from '../../compiler/values/term.ts';
import { BondsmithError } from '../../grammar/error.ts';
import { chooseSizes } from './bonds.ts';
import { decomposeByInputs } from './calibrated.ts';
import type { DecomposeOptions, Decomposition } from './decompose.ts';
import { decompose } from './decompose.ts';
import { decomposeSum } from './decompose-sum.ts';
import { drawName, drawn, originKey, scaled, seededValue } from './draw.ts';
import type { InputMoment } from './input-moment.ts';
import { gaugeOrthogonal, NotOrthogonal } from './orthogonal.ts';
import { rescalingOf } from './rescale.ts';
import type { HostTensor } from './tensor.ts';
import { permute, slice } from './tensor.ts';
import { TooSmall } from './truncate.ts';

/** Given weights by name; undefined where there is none. */
export type WeightSource = (path: string) => HostTensor | undefined;
/** Second moments of the inputs of given weights by name. Throws where there are none, saying why. */
export type InputSource = (path: string) => InputMoment;
export interface Initial {
  /** The model with the bonds that the given weights decided, where the text left them to a policy. */
  readonly model: Model;
  /** By parameter id, in the order of `Parameter.legs`. */
  readonly values: readonly HostTensor[];
  /** One for each weight that was decomposed from given values. */
  readonly decompositions: readonly { readonly path: string; readonly report: Decomposition }[];
  /** Drawn weights that do not start as their law says. */
  readonly warnings: readonly string[];
}
/** Given weights do not fit the model: which tensor, what was expected, what was found. */
export class SourceError extends BondsmithError {
  constructor(message: string) {
    super('source', message);
    this.name = 'SourceError';
  }
}

/** Deterministic in (model, seeds, source, inputs); `seeded` is the seed of seeded tensors. Throws SourceError. */
export function initialise(
  model: Model,
  seed: Words,
  source: WeightSource = () => undefined,
  seeded: Words = seed,
  inputs: InputSource = withoutCalibration,
): Initial {
  const evaluator = new Evaluator(model, seed, { weights: source, inputs });
  const sizes = chooseSizes(model, (weight, policy) => evaluator.truncated(weight, policy));
  const resolved = sizes === undefined ? model : withBonds(model, sizes);
  const final = sizes === undefined ? evaluator : new Evaluator(resolved, seed, { weights: source, inputs }, evaluator.truncations);
  const starts = resolved.parameters.map((parameter) => final.start(parameter));
  const { factors, warnings } = rescalingOf(resolved, starts, (id) => drawName(resolved.parameters[id]));
  const values = starts.map((value, id) => {
    const parameter = resolved.parameters[id];
    return parameter.origin.is === 'seeded' ? seededValue(parameter, seeded) : scaled(value, factors[id] * parameter.init.scale);
  });
  return { model: resolved, values: gauged(resolved, values), decompositions: final.reports, warnings };
}

function gauged(model: Model, values: readonly HostTensor[]): readonly HostTensor[] {
  try {
    return gaugeOrthogonal(model, values);
  } catch (error) {
    if (error instanceof NotOrthogonal) throw new SourceError(error.message);
    throw error;
  }
}

class Evaluator {
  readonly reports: { path: string; report: Decomposition }[] = [];
  /** What policies made of tensors; of the evaluator before, those that kept the sizes that were agreed on are used again. */
  readonly truncations = new Map<string, Decomposition>();
  private readonly before: ReadonlyMap<string, Decomposition>;
  private readonly model: Model;
  private readonly seed: Words;
  private readonly source: Sources;
  private readonly done = new Map<string, Decomposition>();
  private readonly sizes: ReadonlyMap<string, ReadonlyMap<number, number>>;

  constructor(model: Model, seed: Words, source: Sources, before: ReadonlyMap<string, Decomposition> = new Map()) {
    this.before = before;
    this.model = model;
    this.seed = seed;
    this.source = source;
    this.sizes = sizesOf(model);
  }

  /** What is drawn or given, before any scale. */
  start(parameter: Parameter): HostTensor {
    const { law } = parameter.init;
    const shape = parameter.legs.map((leg) => leg.size);
    const value = law.is === 'source' ? this.given(parameter.origin, parameter.names[0]) : drawn(parameter, law, shape, this.seed);
    if (value.shape.join() !== shape.join()) {
      throw new SourceError(`${parameter.names[0]} has shape [${shape.join(', ')}], the given weights give [${value.shape.join(', ')}]`);
    }
    return value;
  }

  /** What a policy makes of the tensor that a weight is decomposed from. */
  truncated(weight: Weight, policy: Policy): Decomposition {
    for (const { parameter } of networksOf(weight).flatMap(({ network }) => network.nodes)) {
      const { init, origin, names } = this.model.parameters[parameter];
      const [factor] = factorsIn(origin);
      if (init.law.is !== 'source' || factor === undefined) continue;
      const key = decompositionKey(factor);
      const report = this.truncations.get(key) ?? this.decompose(factor, names[0], { policy });
      this.truncations.set(key, report);
      return report;
    }
    throw new SourceError(`${weight.path}: bonds chosen by ${policy.measure} need given weights`);
  }

  private given(origin: Provenance, path: string): HostTensor {
    switch (origin.is) {
      case 'fresh':
      case 'seeded':
        throw new SourceError(`${path} is to start from given weights, but nothing gives it values`);
      case 'checkpoint': {
        const found = this.source.weights(origin.path);
        if (found === undefined) throw new SourceError(`the given weights have no tensor ${origin.path}, which ${path} starts from`);
        if (found.shape.length !== origin.axes.length) {
          throw new SourceError(
            `${origin.path} has ${found.shape.length} axes in the given weights, ${path} expects ${origin.axes.length}`,
          );
        }
        return permute(found, origin.axes);
      }
      case 'copy':
        return this.given(origin.of, path);
      case 'combined':
        return origin.how === 'first' ? this.given(origin.of[0], path) : mean(origin.of.map((part) => this.given(part, path)));
      case 'stack':
        return stacked(
          origin.of.map((part) => permute(this.given(part.origin, path), part.axes)),
          origin.sizes,
        );
      case 'slice':
        return slice(this.given(origin.of, path), origin.at);
      case 'factor':
        return this.factor(origin, path);
    }
  }

  /** One core; the tensor is decomposed when the first of its cores is asked for. It may be a core itself. */
  private factor(origin: Factor, path: string): HostTensor {
    const key = decompositionKey(origin);
    const spec = this.model.decompositions[origin.decomposition];
    let report = this.done.get(key);
    if (report === undefined) {
      const sizes = this.sizes.get(key);
      const before = this.before.get(key);
      const same = before?.bonds.every(({ leg, size }) => sizes?.get(leg) === size) === true;
      report = same ? before! : this.decompose(origin, path, { policy: spec.truncate, sizes });
      this.done.set(key, report);
      this.reports.push({ path: wholeOf(origin, spec, path), report });
    }
    return report.cores[nodesOf(spec).findIndex((node) => node.parameter === origin.node)];
  }

  private decompose(origin: Factor, path: string, options: DecomposeOptions): Decomposition {
    const spec = this.model.decompositions[origin.decomposition];
    const whole = wholeOf(origin, spec, path);
    const tensor = this.given(origin.of, whole);
    const inputs = spec.near === undefined ? undefined : this.inputsOf(origin.of, whole);
    try {
      const given = { seed: this.seed, ...options };
      if (inputs !== undefined) return decomposeByInputs(tensor, spec.axes, spec, inputs, given);
      if (spec.plus === undefined) return decompose(tensor, spec.axes, spec, given);
      const parts = summandsOf(spec).map(({ axes, ...network }) => ({ axes, network }));
      return decomposeSum(tensor, parts, given);
    } catch (error) {
      if (error instanceof RangeError || error instanceof TooSmall) throw new SourceError(`${whole}: ${error.message}`);
      throw error;
    }
  }

  /** In the order of the axes that `given` gives the tensor. */
  private inputsOf(origin: Provenance, path: string): InputMoment {
    if (origin.is === 'copy') return this.inputsOf(origin.of, path);
    if (origin.is === 'combined' && origin.how === 'first') return this.inputsOf(origin.of[0], path);
    if (origin.is !== 'checkpoint')
      throw new SourceError(`${path} is decomposed \`by inputs\`: it must be one given tensor, not a mean or a core of another`);
    const { axes, matrix } = this.source.inputs(origin.path);
    return { axes: axes.map((axis) => origin.axes.indexOf(axis)), matrix };
  }
}

interface Sources {
  readonly weights: WeightSource;
  readonly inputs: InputSource;
}

function withoutCalibration(path: string): never {
  throw new SourceError(
    `${path} is decomposed \`by inputs\`, and there are no data to take them from: --calibrate DATA, which \`train\` and \`eval\` take; other commands read the run`,
  );
}

type Factor = Provenance & { is: 'factor' };

/** The decompositions that a value comes from; not those that its dense tensor came from before. */
function factorsIn(origin: Provenance): Factor[] {
  return origin.is === 'factor' ? [origin] : madeOf(origin).flatMap(factorsIn);
}

/** Equal for the cores of one tensor, decomposed in one way. */
function decompositionKey({ of, decomposition }: Factor): string {
  return `${decomposition} ${originKey(of)}`;
}

/** The sizes that the model has for the legs of every decomposition: bonds may be smaller than the text says. */
function sizesOf({ parameters, decompositions }: Model): Map<string, Map<number, number>> {
  const result = new Map<string, Map<number, number>>();
  for (const { origin, legs } of parameters) {
    for (const factor of factorsIn(origin)) {
      const key = decompositionKey(factor);
      const sizes = result.get(key) ?? new Map<number, number>();
      const gone = cutAt(origin).map(({ leg }) => leg);
      let from = 0;
      for (const { nodes, legs: own } of summandsOf(decompositions[factor.decomposition])) {
        const node = nodes.find(({ parameter }) => parameter === factor.node);
        const left = node?.legs.filter((_, axis) => !gone.includes(axis)) ?? [];
        for (const [axis, leg] of left.entries()) sizes.set(from + leg, legs[axis].size);
        from += own.length;
      }
      result.set(key, sizes);
    }
  }
  return result;
}

/** The tensor that `path` is a core of. A shared core has the name of one of its users. */
function wholeOf({ node }: Factor, spec: DecompositionSpec, path: string): string {
  const name = `.${nodesOf(spec).find(({ parameter }) => parameter === node)!.name}`;
  const found = path.endsWith(name) ? path.slice(0, -name.length) : path;
  return spec.plus === undefined || found === path ? found : found.slice(0, found.lastIndexOf('.'));
}

/** Of all its networks. */
const nodesOf = (spec: DecompositionSpec) => summandsOf(spec).flatMap(({ nodes }) => nodes);

/** Tensors of one shape, row-major along axes of `sizes` before theirs. */
function stacked(parts: readonly HostTensor[], sizes: readonly number[]): HostTensor {
  const [{ shape, data }] = parts;
  const all = new Float64Array(parts.length * data.length);
  for (const [k, part] of parts.entries()) all.set(part.data, k * data.length);
  return { shape: [...sizes, ...shape], data: all };
}

function mean(parts: readonly HostTensor[]): HostTensor {
  const data = new Float64Array(parts[0].data.length);
  for (const part of parts) for (let k = 0; k < data.length; k++) data[k] += part.data[k] / parts.length;
  return { shape: parts[0].shape, data };
}
