/** Models by hand for the tests of `program`: axes, parameters, weights and bodies in a few calls, without the checker. */
import type { Body, Entry, Expression, Statement, ValueId } from '../../compiler/values/body.ts';
import type { AxisId, Model, ModelAxis, Parameter, Weight, WeightId } from '../../compiler/values/model.ts';

const place = { file: 'test.bond', from: 0, to: 0 };

export class ModelMaker {
  readonly axes: ModelAxis[] = [];
  readonly parameters: Parameter[] = [];
  readonly weights: Weight[] = [];
  readonly entries: Entry[] = [];
  readonly inputs: Entry['inputs'][number][] = [];

  axis(name: string, size: number | 'open', products: readonly (readonly AxisId[])[] = []): AxisId {
    const id = this.axes.length;
    this.axes.push({ id, name, size: size === 'open' ? { open: id } : size, products });
    return id;
  }
  /** `legs`: name:size by order. */
  parameter(name: string, legs: Readonly<Record<string, number>>, more: Partial<Parameter> = {}): number {
    const id = this.parameters.length;
    this.parameters.push({
      id,
      names: [name],
      legs: Object.entries(legs).map(([leg, size]) => ({ name: leg, size })),
      origin: { is: 'fresh', path: name },
      init: { law: { is: 'normal', deviation: 1 }, scale: 1 },
      update: { frozen: false },
      ...more,
    });
    return id;
  }
  /** A weight of one dense parameter. */
  dense(path: string, axes: readonly AxisId[], more: Partial<Parameter> = {}): WeightId {
    const named = axes.map((axis) => ({ name: this.axes[axis].name, axis, size: this.#size(axis), factors: [this.#size(axis)] }));
    const legs = Object.fromEntries(named.map(({ name, size }, k) => [`${name}${k}`, size]));
    const parameter = this.parameter(path, legs, more);
    return this.weight(path, named, [{ is: 'dense', parameter, perm: axes.map((_, k) => k), scale: 1 }]);
  }
  weight(path: string, axes: Weight['axes'], terms: Weight['terms']): WeightId {
    const id = this.weights.length;
    this.weights.push({ id, path, axes, terms, law: { is: 'normal', deviation: 1 } });
    return id;
  }
  /** A matrix product operator: cores T[k] (b[k-1], out[k], in[k], b[k]), ends without bond. `padded`: rows of the first axis. */
  mpo(
    path: string,
    axes: readonly [AxisId, AxisId],
    factors: readonly [readonly number[], readonly number[]],
    bond: number,
    given?: readonly number[],
  ) {
    const n = factors[0].length;
    const product = (list: readonly number[]) => list.reduce((p, f) => p * f, 1);
    const legs = [
      ...[0, 1].flatMap((axis) => factors[axis].map((size, k) => ({ id: axis * n + k, size, outer: [axis, k] as const }))),
      ...Array.from({ length: n - 1 }, (_, k) => ({ id: 2 * n + k, size: bond, bond: `b${k + 1}` })),
    ];
    const nodes = Array.from({ length: n }, (_, k) => {
      const ids = [...(k > 0 ? [2 * n + k - 1] : []), k, n + k, ...(k < n - 1 ? [2 * n + k] : [])];
      const names = Object.fromEntries(ids.map((id) => [`l${id}`, legs.find((leg) => leg.id === id)!.size]));
      const parameter = given?.[k] ?? this.parameter(`${path}.T[${k + 1}]`, names);
      return { name: `T[${k + 1}]`, parameter, legs: ids };
    });
    const weightAxes = axes.map((axis, k) => {
      const size = this.#size(axis);
      const full = product(factors[k]);
      return { name: this.axes[axis].name, axis, size, factors: factors[k], ...(full === size ? {} : { padded: full }) };
    });
    return this.weight(path, weightAxes, [{ is: 'network', topology: 'mpo', nodes, legs, exact: true, fit: 'sweep', scale: 1 }]);
  }
  entry(name: string, kind: Entry['kind'], write: (body: BodyMaker) => ValueId | Readonly<Record<string, ValueId>>): void {
    const maker = new BodyMaker(this);
    const made = write(maker);
    const results =
      typeof made === 'number' ? [{ name, value: made }] : Object.entries(made).map(([result, value]) => ({ name: result, value }));
    const body: Body = { statements: maker.statements, results, penalties: maker.penalties, reports: [] };
    this.entries.push({ name, kind, inputs: this.inputs, train: body, eval: body });
  }
  model(name = 'Test'): Model {
    const { axes, parameters, weights, entries, inputs } = this;
    const gates = parameters.flatMap(({ update }) =>
      update.frozen || update.gate === undefined ? [] : [{ id: update.gate, probability: 0.5, place }],
    );
    return {
      name,
      edition: 1,
      digest: 'test',
      axes,
      inputs,
      parameters,
      gates,
      weights,
      decompositions: [],
      layers: [],
      entries,
      schedule: [],
      sums: [],
      notes: [],
    };
  }
  #size(axis: AxisId): number {
    const { size } = this.axes[axis];
    if (typeof size !== 'number') throw new Error('the axis of a weight is open');
    return size;
  }
}

export class BodyMaker {
  readonly statements: Statement[] = [];
  readonly penalties: { path: string; value: ValueId }[] = [];
  readonly #maker: ModelMaker;
  constructor(maker: ModelMaker) {
    this.#maker = maker;
  }
  add(axes: readonly AxisId[], expression: Expression, type: Statement['type'] = 'real'): ValueId {
    this.statements.push({ name: `s${this.statements.length}`, axes, type, path: '', place, expression });
    return this.statements.length - 1;
  }
  input(name: string, axes: readonly AxisId[], type: Statement['type'] = 'real', index?: AxisId): ValueId {
    if (!this.#maker.inputs.some((input) => input.name === name))
      this.#maker.inputs.push({ name, axes, type, ...(index === undefined ? {} : { index }) });
    return this.add(axes, { is: 'input', name }, type);
  }
  weight(weight: WeightId): ValueId {
    return this.add(
      this.#maker.weights[weight].axes.map((axis) => axis.axis),
      { is: 'weight', weight },
    );
  }
  number(value: number, type: Statement['type'] = 'real'): ValueId {
    return this.add([], { is: 'number', value }, type);
  }
  apply(f: Extract<Expression, { is: 'apply' }>['f'], ...of: readonly ValueId[]): ValueId {
    const axes = [...new Set(of.flatMap((id) => [...this.statements[id].axes]))];
    const compares = ['lt', 'le', 'eq', 'ne', 'gt', 'ge', 'and', 'or', 'not'].includes(f);
    const types = of.map((id) => this.statements[id].type);
    const type = compares
      ? 'bool'
      : f === 'real' || f === 'int'
        ? f
        : f === 'select'
          ? types[1]
          : types.includes('real')
            ? 'real'
            : types[0];
    return this.add(axes, { is: 'apply', f, of }, type);
  }
  product(axes: readonly AxisId[], ...factors: readonly ValueId[]): ValueId {
    return this.add(axes, { is: 'product', factors });
  }
  reduce(combine: Extract<Expression, { is: 'reduce' }>['combine'], of: ValueId, over: readonly AxisId[], where?: ValueId): ValueId {
    const axes = this.statements[of].axes.filter((axis) => !over.includes(axis));
    const type = combine === 'any' || combine === 'all' ? 'bool' : 'real';
    return this.add(axes, { is: 'reduce', combine, over, of, ...(where === undefined ? {} : { where }) }, type);
  }
  lookup(of: ValueId, axis: AxisId, index: ValueId, other?: ValueId): ValueId {
    const own = this.statements[of];
    const rest = own.axes.filter((a) => a !== axis);
    const axes = [...new Set([...this.statements[index].axes, ...rest])];
    return this.add(axes, { is: 'lookup', of, at: [{ axis, index, ...(other === undefined ? {} : { else: other }) }] }, own.type);
  }
}
