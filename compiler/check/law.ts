/**
 * Laws of initial values: `normal(s)`, `uniform(low, high)`, `xavier`, `orthogonal`, `zeros`, `ones`. `xavier` is resolved here, since it
 * depends on the shape alone: normal with variance 2 / (fan in + fan out) (Glorot and Bengio 2010), where the fans are the first two
 * axes, each times the entries of the others (the field of a convolution).
 */
import type { Place } from '../../grammar/diagnostic.ts';
import type * as tree from '../../grammar/tree.ts';
import type { Law } from '../values/model.ts';
import { isStaticFunction } from './fold.ts';
import type { StaticValue } from './instance.ts';
import { refuse } from './refuse.ts';
import { meant } from './report.ts';
import { type Domain, evaluateIn, evaluateNumber, type Leaf, type Names, staticLeaf } from './static.ts';

type Shape = readonly number[];
interface Rule {
  readonly least: number;
  readonly most: number;
  readonly law: (values: readonly number[], shape: Shape, at: Place) => Law;
}

const rules: ReadonlyMap<string, Rule> = new Map<string, Rule>([
  ['normal', { least: 1, most: 1, law: ([deviation], _, at) => normal(deviation!, at) }],
  [
    'uniform',
    {
      least: 1,
      most: 2,
      law: (values, _, at) => (values.length === 1 ? uniform(-values[0]!, values[0]!, at) : uniform(values[0]!, values[1]!, at)),
    },
  ],
  ['xavier', { least: 0, most: 0, law: (_, shape) => xavier(shape) }],
  ['orthogonal', { least: 0, most: 0, law: () => ({ is: 'orthogonal' }) }],
  ['zeros', { least: 0, most: 0, law: () => ({ is: 'zeros' }) }],
  ['ones', { least: 0, most: 0, law: () => ({ is: 'ones' }) }],
]);

type Value = StaticValue | { readonly is: 'law'; readonly law: Law };

/** The law that an expression after `~` states for a tensor of this shape; `if fresh then zeros else ones` chooses. */
export function evaluateLaw(stated: tree.Law, names: Names, shape: Shape): Law {
  const expression = withoutSeed(stated);
  const domain: Domain<Value> = {
    of: (value) => value,
    known: (value) => (value.is === 'law' ? undefined : value),
    leaf: (leaf) => lawOf(leaf, names, shape),
    unary: (at) => refuseLaw(at),
    binary: (at) => refuseLaw(at),
    undecided: (at) => refuseLaw(at),
  };
  const value = evaluateIn(expression, domain);
  return value.is === 'law' ? value.law : refuseLaw(expression);
}

function lawOf(expression: Leaf, names: Names, shape: Shape): Value {
  const [name, items] = expression.kind === 'call' ? [expression.of, expression.args.items] : [expression, []];
  const rule = name.kind === 'identifier' ? rules.get(name.name) : undefined;
  if (name.kind !== 'identifier') return staticLeaf(expression, names);
  if (rule === undefined) {
    const known = isStaticFunction(name.name) || names.get(name.name, name.place) !== undefined;
    return known ? staticLeaf(expression, names) : refuseLaw(expression);
  }
  const { least, most } = rule;
  if (items.length < least || items.length > most) {
    const wanted = most === 0 ? 'no numbers' : least === most ? 'one number' : 'one number or two';
    refuse({ code: 'B214', message: `\`${name.name}\` takes ${wanted}`, at: expression.place, label: `${items.length} here` });
  }
  const values = items.map((item) => evaluateNumber(item.value, names));
  if (!values.every(Number.isFinite)) {
    refuse({ code: 'B214', message: `\`${name.name}\` takes finite numbers`, at: expression.place, label: 'infinite' });
  }
  return { is: 'law', law: rule.law(values, shape, expression.place) };
}

export const withoutSeed = (law: tree.Law): tree.Expression => (law.kind === 'seeded' ? law.law : law);

function refuseLaw(expression: tree.Expression): never {
  const name = expression.kind === 'call' ? expression.of : expression;
  const laws = [...rules.keys()];
  return refuse({
    code: 'B214',
    message: 'a law of initial values is expected',
    at: name.place,
    label: 'not a law',
    hint: meant(name.kind === 'identifier' ? name.name : '', laws, `laws: ${laws.join(', ')}`),
  });
}

function normal(deviation: number, at: Place): Law {
  if (deviation < 0) refuse({ code: 'B214', message: 'a standard deviation is not negative', at, label: `${deviation}` });
  return { is: 'normal', deviation };
}

function uniform(low: number, high: number, at: Place): Law {
  if (low > high) refuse({ code: 'B214', message: '`uniform(low, high)` needs low <= high', at, label: `${low} > ${high}` });
  return { is: 'uniform', low, high };
}

function xavier(shape: Shape): Law {
  const field = shape.slice(2).reduce((product, size) => product * size, 1);
  const [out, into] = [shape[0] ?? 1, shape[1] ?? shape[0] ?? 1];
  return { is: 'normal', deviation: Math.sqrt(2 / (field * (out + into))) };
}
