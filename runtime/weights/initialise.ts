/**
 * The values that a model's parameters have before the first step. A parameter with the law `source` takes its value from where its
 * provenance says: a tensor of given weights, a copy, a mean, or a core of a decomposition. All others are drawn on the host, each from
 * the stream of its origin, so that copies of one tensor start equal, and adding a parameter changes no other.
 */
import { networkOf, withBonds } from '../../compiler/index.ts';
import type { Law, Model, NetworkTerm, Parameter, Policy, Provenance, Weight } from '../../compiler/values/model.ts';
import type { Words } from '../../compiler/values/random.ts';
import { normals, streamKey, uniformOf, wordAt } from '../../compiler/values/random.ts';
import { chooseSizes } from './bonds.ts';
import type { Decomposition } from './decompose.ts';
import { decompose } from './decompose.ts';
import { orthonormalRows, transpose } from './linear-algebra.ts';
import type { HostTensor } from './tensor.ts';
import { count, permute } from './tensor.ts';
import { TooSmall } from './truncate.ts';

/** Given weights by name; undefined where there is none. */
export type WeightSource = (path: string) => HostTensor | undefined;
export interface Initial {
  /** The model with the bonds that the given weights decided, where the text left them to a policy. */
  readonly model: Model;
  /** By parameter id, in the order of `Parameter.legs`. */
  readonly values: readonly HostTensor[];
  /** One for each weight that was decomposed from given values. */
  readonly decompositions: readonly { readonly path: string; readonly report: Decomposition }[];
}
/** Given weights do not fit the model: which tensor, what was expected, what was found. */
export class SourceError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'SourceError';
  }
}

/** Deterministic in (model, seed, source). Throws SourceError. */
export function initialise(model: Model, seed: Words, source: WeightSource = () => undefined): Initial {
  const evaluator = new Evaluator(model, seed, source);
  const sizes = chooseSizes(model, (weight, policy) => evaluator.truncated(weight, policy));
  const resolved = sizes === undefined ? model : withBonds(model, sizes);
  const final = sizes === undefined ? evaluator : new Evaluator(resolved, seed, source);
  const values = resolved.parameters.map((parameter) => final.initial(parameter));
  return { model: resolved, values, decompositions: final.reports };
}

class Evaluator {
  readonly reports: { path: string; report: Decomposition }[] = [];
  private readonly model: Model;
  private readonly seed: Words;
  private readonly source: WeightSource;
  private readonly done = new Map<string, Decomposition>();
  private readonly plans: ReadonlyMap<number, Plan>;

  constructor(model: Model, seed: Words, source: WeightSource) {
    this.model = model;
    this.seed = seed;
    this.source = source;
    this.plans = plansOf(model);
  }

  initial(parameter: Parameter): HostTensor {
    const { law, scale } = parameter.init;
    const shape = parameter.legs.map((leg) => leg.size);
    const value =
      law.is === 'source' ? this.given(parameter.origin, parameter.names[0]) : draw(law, shape, this.seed, originKey(parameter.origin));
    if (value.shape.join() !== shape.join()) {
      throw new SourceError(`${parameter.names[0]} has shape [${shape.join(', ')}], the given weights give [${value.shape.join(', ')}]`);
    }
    return scale === 1 ? value : { shape, data: value.data.map((entry) => entry * scale) };
  }

  /** What a policy makes of the dense tensor that a weight starts from. */
  truncated(weight: Weight, policy: Policy): Decomposition {
    const network = networkOf(weight)!;
    for (const [position, node] of network.nodes.entries()) {
      const { init, origin, names } = this.model.parameters[node.parameter];
      const factor = factorsIn(origin).find((candidate) => candidate.node === position);
      if (init.law.is === 'source' && factor !== undefined) return this.fit(this.given(factor.of, names[0]), weight, network, policy);
    }
    throw new SourceError(`${weight.path}: bonds chosen by ${policy.measure} need given weights`);
  }

  private given(origin: Provenance, path: string): HostTensor {
    switch (origin.is) {
      case 'fresh':
        throw new SourceError(`${path} is to start from given weights, but its origin ${origin.path} is fresh`);
      case 'checkpoint': {
        const found = this.source(origin.path);
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
      case 'factor':
        return this.decomposition(origin, path).cores[origin.node];
    }
  }

  private decomposition(origin: Provenance & { is: 'factor' }, path: string): Decomposition {
    const plan = this.plans.get(origin.plan);
    if (plan === undefined)
      throw new SourceError(`${path} is a core that was decomposed again, which starts fresh only: give no weights for it`);
    const { weight, network } = plan;
    const key = `${originKey(origin.of)} ${JSON.stringify([network.topology, network.legs, network.nodes.map((node) => node.legs)])}`;
    const known = this.done.get(key);
    if (known !== undefined) return known;
    const dense = this.given(origin.of, path);
    const whole = path.slice(0, -`.${network.nodes[origin.node].name}`.length);
    const report = this.fit(dense, { ...weight, path: whole }, network);
    this.done.set(key, report);
    this.reports.push({ path: whole, report });
    return report;
  }

  private fit(dense: HostTensor, weight: Weight, network: NetworkTerm, policy?: Policy): Decomposition {
    try {
      return decompose(dense, weight.axes, network, { seed: this.seed, policy });
    } catch (error) {
      if (error instanceof RangeError || error instanceof TooSmall) throw new SourceError(`${weight.path}: ${error.message}`);
      throw error;
    }
  }
}

type Factor = Provenance & { is: 'factor' };
interface Plan {
  readonly weight: Weight;
  readonly network: NetworkTerm;
}

/** The decompositions that a value comes from; not those that its dense tensor came from before. */
function factorsIn(origin: Provenance): Factor[] {
  if (origin.is === 'factor') return [origin];
  if (origin.is === 'copy') return factorsIn(origin.of);
  return origin.is === 'combined' ? origin.of.flatMap(factorsIn) : [];
}

/** A weight and its network for every plan: one whose core k comes from factor k of that plan. */
function plansOf(model: Model): Map<number, Plan> {
  const plans = new Map<number, Plan>();
  for (const weight of model.weights) {
    const network = networkOf(weight);
    const factors = network?.nodes.map((node) => factorsIn(model.parameters[node.parameter].origin)) ?? [];
    for (const { plan } of factors[0] ?? []) {
      const whole = factors.every((list, position) => list.some((factor) => factor.plan === plan && factor.node === position));
      if (network !== undefined && whole && !plans.has(plan)) plans.set(plan, { weight, network });
    }
  }
  return plans;
}

/** Equal for equal provenance: the name of the random stream. */
function originKey(origin: Provenance): string {
  switch (origin.is) {
    case 'fresh':
      return origin.path;
    case 'checkpoint':
      return `${origin.path}:${origin.axes.join()}`;
    case 'copy':
      return originKey(origin.of);
    case 'combined':
      return origin.how === 'first' ? originKey(origin.of[0]) : `mean(${origin.of.map(originKey).join()})`;
    case 'factor':
      return `${originKey(origin.of)}/${origin.node}`;
  }
}

function mean(parts: readonly HostTensor[]): HostTensor {
  const data = new Float64Array(parts[0].data.length);
  for (const part of parts) for (let k = 0; k < data.length; k++) data[k] += part.data[k] / parts.length;
  return { shape: parts[0].shape, data };
}

/** One draw of a law; `stream` names the tensor. Normal numbers are bit-equal on every host. */
export function draw(law: Exclude<Law, { is: 'source' }>, shape: readonly number[], seed: Words, stream: string): HostTensor {
  const size = count(shape);
  const columns = shape.at(-1) ?? 1;
  const rows = size / columns;
  const key = streamKey(seed, `init/${stream}`, 0);
  switch (law.is) {
    case 'zeros':
      return { shape, data: new Float64Array(size) };
    case 'ones':
      return { shape, data: new Float64Array(size).fill(1) };
    case 'normal':
      return { shape, data: normals(key, rows, columns).map((value) => value * law.deviation) };
    case 'uniform': {
      const unit = (k: number) => uniformOf(wordAt(key, Math.floor(k / columns), k % columns));
      return { shape, data: Float64Array.from({ length: size }, (_, k) => law.low + (law.high - law.low) * unit(k)) };
    }
    case 'orthogonal':
      return { shape, data: isometry(normals(key, rows, columns), rows, columns) };
  }
}

/** Orthonormal columns (or rows, of a wide matrix): all legs but the last against the last. */
function isometry(values: Float64Array, rows: number, columns: number): Float64Array {
  if (rows <= columns) {
    orthonormalRows(values, rows, columns);
    return values;
  }
  const turned = transpose(values, rows, columns);
  orthonormalRows(turned, columns, rows);
  return transpose(turned, columns, rows);
}
