/** Laws of initial values: `~ normal(0.02)`, resolved to numbers. `xavier` is normal with variance 2 / (fan in + fan out) (Glorot, Bengio 2010). */
import type * as tree from '../../grammar/tree.ts';
import type { Law } from '../values/model.ts';
import { refuse } from './refuse.ts';
import { listed, meant } from './report.ts';
import { evaluateNumber, type Names, showNumber } from './static.ts';

const laws = ['normal', 'uniform', 'xavier', 'orthogonal', 'zeros', 'ones'];

/** The law that an expression states for a tensor of these sizes; refuses what is none. */
export function evaluateLaw(expression: tree.Expression, names: Names, sizes: readonly number[]): Law {
  const [head, args] = expression.kind === 'call' ? [expression.of, expression.args.items] : [expression, []];
  const name = head.kind === 'identifier' ? head.name : '';
  const arity = name === 'normal' ? [1] : name === 'uniform' ? [1, 2] : [0];
  if (!laws.includes(name)) {
    return refuse({
      code: 'B214',
      message: 'a law of initial values is expected',
      at: expression.place,
      label: name === '' ? 'not a law' : `\`${name}\` is no law`,
      hint: meant(name, laws, `laws: ${listed(laws)}`),
    });
  }
  if (!arity.includes(args.length)) {
    const wanted = name === 'normal' ? '`normal(deviation)`' : name === 'uniform' ? '`uniform(low, high)`' : `\`${name}\``;
    return refuse({ code: 'B214', message: `write ${wanted}`, at: expression.place, label: `${args.length} numbers given` });
  }
  const numbers = args.map((argument) => {
    const value = evaluateNumber(argument.value, names);
    if (Number.isFinite(value)) return value;
    return refuse({ code: 'B214', message: 'a law needs finite numbers', at: argument.place, label: `this is ${showNumber(value)}` });
  });
  return lawOf(name, numbers, sizes, expression);
}

function lawOf(name: string, numbers: readonly number[], sizes: readonly number[], expression: tree.Expression): Law {
  switch (name) {
    case 'normal':
      return { is: 'normal', deviation: atLeast(numbers[0], 0, expression) };
    case 'uniform': {
      const [low, high] = numbers.length === 1 ? [-numbers[0], numbers[0]] : numbers;
      return { is: 'uniform', low, high: atLeast(high, low, expression) };
    }
    case 'xavier': {
      const field = sizes.slice(2).reduce((a, b) => a * b, 1);
      return { is: 'normal', deviation: Math.sqrt(2 / (field * (sizes[0] + (sizes[1] ?? sizes[0])))) };
    }
    default:
      return { is: name as 'orthogonal' | 'zeros' | 'ones' };
  }
}

function atLeast(value: number, least: number, expression: tree.Expression): number {
  if (value >= least) return value;
  return refuse({
    code: 'B214',
    message: `${showNumber(value)} is below ${showNumber(least)}`,
    at: expression.place,
    label: 'the wrong way round',
  });
}
