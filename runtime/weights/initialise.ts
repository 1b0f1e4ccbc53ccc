/**
 * The values that a model's parameters have before the first step. A parameter with the law `source` takes its value from where its
 * provenance says: a tensor of given weights, a copy, a mean, or a core of a decomposition. All others are drawn on the host, each from
 * the stream of its origin, so that copies of one tensor start equal, and adding a parameter changes no other.
 */

import { withBonds } from '../../compiler/index.ts';
import type { Budget, DecompositionSpec, Model, Near, Parameter, Policy, Provenance, Weight } from '../../compiler/values/model.ts';
import type { Words } from '../../compiler/values/random.ts';
import { networksOf } from '../../compiler/values/term.ts';
import { BondsmithError } from '../../grammar/error.ts';
import { chooseSizes } from './bonds.ts';
import { decomposeByInputs } from './calibrated.ts';
import type { DecomposeOptions, Decomposition } from './decompose.ts';
import { decomposeInOrder, decomposeSum } from './decompose-sum.ts';
import { drawName, drawn, scaled, seededValue } from './draw.ts';
import type { Factor } from './factors.ts';
import { decompositionKey, factorsIn, mean, nodesOf, sizesOf, stacked, wholeOf } from './factors.ts';
import type { InputMoment, Moments } from './input-moment.ts';
import { withFirstScores } from './learned.ts';
import { gaugeOrthogonal, NotOrthogonal } from './orthogonal.ts';
import { rescalingOf } from './rescale.ts';
import { chosenOrders, ordered, partsOf } from './sum-part.ts';
import type { HostTensor } from './tensor.ts';
import { count, permute, slice } from './tensor.ts';
import type { Together } from './together.ts';
import { candidateFor, chooseTogether, TooFew } from './together.ts';
import { TooSmall } from './truncate.ts';

/** Given weights by name; undefined where there is none. */
export type WeightSource = (path: string) => HostTensor | undefined;
/** Second moments of what given weights meet, by name. Throws where there are none, saying why. */
export type InputSource = (path: string) => Moments;
/** What calibration data say. */
export interface Calibrated {
  readonly inputs?: InputSource;
  /** The share of the entries that keeps the loss that a statement promises, by its number. */
  readonly shares?: ReadonlyMap<number, number>;
}
export interface Initial {
  /** The model with the bonds that the given weights decided, where the text left them to a policy. */
  readonly model: Model;
  /** By parameter id, in the order of `Parameter.legs`. */
  readonly values: readonly HostTensor[];
  /** One for each weight that was decomposed from given values. */
  readonly decompositions: readonly { readonly path: string; readonly report: Decomposition }[];
  /** One for each statement that chose the bonds of several weights together. */
  readonly together: readonly Together[];
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

/** Deterministic in (model, seeds, source, calibrated); `seeded` is the seed of seeded tensors. Throws SourceError. */
export function initialise(
  model: Model,
  seed: Words,
  source: WeightSource = () => undefined,
  seeded: Words = seed,
  { inputs = withoutCalibration, shares = new Map() }: Calibrated = {},
): Initial {
  const evaluator = new Evaluator(model, seed, { weights: source, inputs });
  const together: Together[] = [];
  const sizes = chooseSizes(model, {
    alone: (weight, policy) => evaluator.truncated(weight, policy),
    together(weights, budget) {
      const chosen = evaluator.together(weights, withShare(budget, shares, weights[0]));
      together.push(chosen.report);
      return chosen.sizes;
    },
  });
  const resolved = sizes === undefined ? model : withBonds(model, sizes);
  const final = sizes === undefined ? evaluator : new Evaluator(resolved, seed, { weights: source, inputs }, evaluator.truncations);
  const starts = resolved.parameters.map((parameter) => final.start(parameter));
  const { factors, warnings } = rescalingOf(resolved, starts, (id) => drawName(resolved.parameters[id]));
  const values = starts.map((value, id) => {
    const parameter = resolved.parameters[id];
    return parameter.origin.is === 'seeded' ? seededValue(parameter, seeded) : scaled(value, factors[id] * parameter.init.scale);
  });
  return {
    model: resolved,
    values: withFirstScores(resolved, gauged(resolved, values)),
    decompositions: final.reports,
    together,
    warnings,
  };
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
    if (law.is === 'sizes') return { shape, data: new Float64Array(count(shape)) };
    const value = law.is === 'source' ? this.given(parameter.origin, parameter.names[0]) : drawn(parameter, law, shape, this.seed);
    if (value.shape.join() !== shape.join()) {
      throw new SourceError(`${parameter.names[0]} has shape [${shape.join(', ')}], the given weights give [${value.shape.join(', ')}]`);
    }
    return value;
  }

  /** What a policy makes of the tensor that a weight is decomposed from. */
  truncated(weight: Weight, policy: Policy): Decomposition {
    const { factor, path, key } = this.sourceOf(weight, policy);
    const report = this.truncations.get(key) ?? this.decompose(factor, path, { policy });
    this.truncations.set(key, report);
    return report;
  }

  /** What a budget makes of the tensors that weights are decomposed from; weights of one tensor are one candidate. */
  together(weights: readonly Weight[], budget: Budget): { sizes: readonly ReadonlyMap<number, number>[]; report: Together } {
    const sources = weights.map((weight) => this.sourceOf(weight, budget));
    const distinct = new Map(sources.map((source) => [source.key, source]));
    const order = [...distinct.keys()];
    const near = this.model.decompositions[sources[0].factor.decomposition].near;
    const candidates = [...distinct.values()].map(({ factor, path }) =>
      this.whole(factor, path, ({ tensor, spec, moments }) => candidateFor(asNetwork(tensor, spec), spec.axes, spec, moments, this.seed)),
    );
    try {
      const { sizes, report } = chooseTogether(budget, candidates, near === 'inputs and gradients');
      return { sizes: sources.map(({ key }) => sizes[order.indexOf(key)]), report };
    } catch (error) {
      if (error instanceof TooFew) throw new SourceError(`${weights[0].path} and ${order.length - 1} more: ${error.message}`);
      throw error;
    }
  }

  private sourceOf(weight: Weight, { measure }: Policy | Budget) {
    for (const { parameter } of networksOf(weight).flatMap(({ network }) => network.nodes)) {
      const { init, origin, names } = this.model.parameters[parameter];
      const [factor] = factorsIn(origin);
      if (init.law.is === 'source' && factor !== undefined) return { factor, path: names[0], key: decompositionKey(factor) };
    }
    throw new SourceError(`${weight.path}: bonds chosen by ${measure} need given weights`);
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
      report = same ? before! : this.decompose(origin, path, { policy: ownPolicy(spec), sizes });
      this.done.set(key, report);
      this.reports.push({ path: wholeOf(origin, spec, path), report });
    }
    return report.cores[nodesOf(spec).findIndex((node) => node.parameter === origin.node)];
  }

  private decompose(origin: Factor, path: string, options: DecomposeOptions): Decomposition {
    return this.whole(origin, path, ({ tensor, spec, moments }) => {
      const given = { seed: this.seed, ...options };
      if (moments !== undefined) return decomposeByInputs(tensor, spec.axes, spec, moments, given);
      const parts = partsOf(spec);
      return parts.length === 1 ? decomposeInOrder(tensor, parts[0], given) : decomposeSum(tensor, parts, given);
    });
  }

  /** With the tensor that a core is a factor of, and what is known of it. What is wrong with it is said of it by name. */
  private whole<Result>(origin: Factor, path: string, act: (whole: WholeTensor) => Result): Result {
    const spec = this.model.decompositions[origin.decomposition];
    const name = wholeOf(origin, spec, path);
    const tensor = this.given(origin.of, name);
    const moments = spec.near === undefined ? undefined : this.momentsOf(origin.of, name, spec.near);
    try {
      return act({ tensor, spec, moments });
    } catch (error) {
      if (error instanceof RangeError || error instanceof TooSmall) throw new SourceError(`${name}: ${error.message}`);
      throw error;
    }
  }

  /** In the order of the axes that `given` gives the tensor. */
  private momentsOf(origin: Provenance, path: string, near: Near): Moments {
    if (origin.is === 'copy') return this.momentsOf(origin.of, path, near);
    if (origin.is === 'combined' && origin.how === 'first') return this.momentsOf(origin.of[0], path, near);
    if (origin.is !== 'checkpoint')
      throw new SourceError(`${path} is decomposed \`by ${near}\`: it must be one given tensor, not a mean or a core of another`);
    const { inputs, gradients } = this.source.inputs(origin.path);
    const turned = ({ axes, matrix }: InputMoment): InputMoment => ({ axes: axes.map((axis) => origin.axes.indexOf(axis)), matrix });
    return { inputs: turned(inputs), ...(gradients === undefined || near === 'inputs' ? {} : { gradients: turned(gradients) }) };
  }
}

/** What the bonds of its network are chosen for: its axes in the orders that it has there. */
function asNetwork(tensor: HostTensor, spec: DecompositionSpec): HostTensor {
  return ordered(tensor, spec, chosenOrders(tensor, spec));
}

interface WholeTensor {
  readonly tensor: HostTensor;
  readonly spec: DecompositionSpec;
  readonly moments: Moments | undefined;
}

/** What a spec promises of one tensor: what is promised of several was decided before. */
function ownPolicy({ truncate }: DecompositionSpec): Policy | undefined {
  return truncate === undefined || 'joint' in truncate ? undefined : truncate;
}

/** A promised loss is a share of the entries by now. Throws SourceError. */
function withShare(budget: Budget, shares: ReadonlyMap<number, number>, { path }: Weight): Budget {
  if (budget.measure === 'share') return budget;
  const value = shares.get(budget.joint);
  if (value !== undefined) return { ...budget, value };
  throw new SourceError(
    `${path}: \`to loss ${budget.value}\` is measured on examples: give --calibrate DATA, which \`train\`, \`eval\` and \`decompose\` take; other commands read the run`,
  );
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
