/**
 * Laws of initial values: `normal(s)`, `uniform(low, high)`, `xavier`, `orthogonal`, `zeros`, `ones`. `xavier` is resolved here, since it
 * depends on the shape alone: normal with variance 2 / (fan in + fan out) (Glorot and Bengio 2010), where the fans are the first two
 * axes, each times the entries of the others (the field of a convolution).
 */
import type * as tree from '../../grammar/tree.ts';
import type { Law } from '../values/model.ts';
import { refuse } from './refuse.ts';
import { meant } from './report.ts';
import { evaluateNumber, type Names } from './static.ts';

const counts: Readonly<Record<string, readonly [least: number, most: number]>> = {
  normal: [1, 1],
  uniform: [1, 2],
  xavier: [0, 0],
  orthogonal: [0, 0],
  zeros: [0, 0],
  ones: [0, 0],
};

/** The law that an expression after `~` states for a tensor of this shape. */
export function evaluateLaw(expression: tree.Expression, names: Names, shape: readonly number[]): Law {
  const name = expression.kind === 'call' ? expression.of : expression;
  const items = expression.kind === 'call' ? expression.args.items : [];
  if (name.kind !== 'identifier' || !Object.hasOwn(counts, name.name)) {
    return refuse({
      code: 'B214',
      message: 'a law of initial values is expected',
      at: name.place,
      label: 'not a law',
      hint: meant(name.kind === 'identifier' ? name.name : '', Object.keys(counts), `laws: ${Object.keys(counts).join(', ')}`),
    });
  }
  const [least, most] = counts[name.name]!;
  if (items.length < least || items.length > most) {
    const wanted = most === 0 ? 'no numbers' : least === most ? 'one number' : 'one number or two';
    refuse({ code: 'B214', message: `\`${name.name}\` takes ${wanted}`, at: expression.place, label: `${items.length} here` });
  }
  const values = items.map((item) => evaluateNumber(item.value, names));
  if (!values.every(Number.isFinite)) {
    refuse({ code: 'B214', message: `\`${name.name}\` takes finite numbers`, at: expression.place, label: 'infinite' });
  }
  return lawOf(name.name, values, shape, expression);
}

function lawOf(name: string, values: readonly number[], shape: readonly number[], at: tree.Expression): Law {
  switch (name) {
    case 'normal':
      if (values[0]! < 0) refuse({ code: 'B214', message: 'a standard deviation is not negative', at: at.place, label: `${values[0]}` });
      return { is: 'normal', deviation: values[0]! };
    case 'uniform': {
      const [low, high] = values.length === 2 ? [values[0]!, values[1]!] : [-values[0]!, values[0]!];
      if (low > high) refuse({ code: 'B214', message: '`uniform(low, high)` needs low <= high', at: at.place, label: `${low} > ${high}` });
      return { is: 'uniform', low, high };
    }
    case 'xavier': {
      const field = shape.slice(2).reduce((product, size) => product * size, 1);
      const [out, into] = [shape[0] ?? 1, shape[1] ?? shape[0] ?? 1];
      return { is: 'normal', deviation: Math.sqrt(2 / (field * (out + into))) };
    }
    case 'orthogonal':
      return { is: 'orthogonal' };
    default:
      return { is: name === 'zeros' ? 'zeros' : 'ones' };
  }
}
