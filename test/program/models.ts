/** Small models that several tests use: a perceptron with cross entropy, one head of attention, random bodies. */
import type { ValueId } from '../../compiler/values/body.ts';
import type { AxisId, WeightId } from '../../compiler/values/model.ts';
import { type BodyMaker, ModelMaker } from './model-maker.ts';
import { uniform } from './run.ts';

/** pixels -> hidden (two cores, ReLU, offset) -> classes, mean cross entropy of `label`. */
export function perceptron(hiddenKind: 'mpo' | 'dense' = 'mpo'): ModelMaker {
  const maker = new ModelMaker();
  const [batch, pixel, hidden, classes] = [
    maker.axis('batch', 'open'),
    maker.axis('pixel', 6),
    maker.axis('hidden', 4),
    maker.axis('classes', 3),
  ];
  const up =
    hiddenKind === 'mpo'
      ? maker.mpo(
          'up',
          [hidden, pixel],
          [
            [2, 2],
            [3, 2],
          ],
          2,
        )
      : maker.dense('up', [hidden, pixel]);
  const offset = maker.dense('offset', [hidden]);
  const down = maker.dense('down', [classes, hidden]);
  maker.entry('task', 'loss', (f) => {
    const h = f.apply('add', f.product([batch, hidden], f.weight(up), f.input('image', [batch, pixel])), f.weight(offset));
    const scores = f.product([batch, classes], f.weight(down), f.apply('relu', h));
    return crossEntropy(f, scores, f.input('label', [batch], 'int', classes), classes);
  });
  return maker;
}
export function crossEntropy(f: BodyMaker, scores: ValueId, label: ValueId, classes: AxisId): ValueId {
  const losses = f.apply('sub', f.reduce('logsumexp', scores, [classes]), f.lookup(scores, classes, label));
  return f.reduce('mean', losses, [...f.statements[losses].axes]);
}

/**
 * Causal attention over `time` (`lt`: without oneself, so the first row sees nothing), with query, key and value made by cores, and an
 * output matrix.
 */
export function attention(sees: 'le' | 'lt' = 'le'): ModelMaker {
  const maker = new ModelMaker();
  const [batch, time, past, width, heads, e] = [
    maker.axis('batch', 2),
    maker.axis('time', 3),
    maker.axis("time'", 3),
    maker.axis('width', 4),
    maker.axis('heads', 2),
    maker.axis('e', 2),
  ];
  const outs = ['query', 'key', 'value'].map((name) => {
    const out = maker.axis(`out_${name}`, 4);
    return {
      out,
      weight: maker.mpo(
        name,
        [out, width],
        [
          [2, 2],
          [2, 2],
        ],
        2,
      ),
    };
  });
  const mix = maker.dense('mix', [width, heads, e]);
  maker.entry('task', 'loss', (f) => {
    const x = f.input('x', [batch, time, width]);
    const project = (k: number, along: AxisId) => {
      const flat = f.product([batch, time, outs[k].out], f.weight(outs[k].weight), x);
      const split = { is: 'split', axis: outs[k].out, into: [heads, e] } as const;
      const moves = along === time ? [split] : [split, { is: 'rename', from: time, to: along } as const];
      return f.add([batch, along, heads, e], { is: 'refit', of: flat, moves });
    };
    const [q, k, v] = [project(0, time), project(1, past), project(2, past)];
    const scores = f.apply('div', f.product([batch, heads, time, past], q, k), f.number(Math.SQRT2));
    const position = (axis: AxisId) => f.add([axis], { is: 'position', axis }, 'int');
    const seen = f.apply(sees, position(past), position(time));
    const shown = f.apply('select', seen, scores, f.number(-1e30));
    const z = f.apply('exp', f.apply('sub', shown, f.apply('stop', f.reduce('max', shown, [past]))));
    const p = f.apply('select', seen, f.apply('div', z, f.reduce('sum', z, [past])), f.number(0));
    const o = f.product([batch, time, heads, e], p, v);
    const y = f.apply('add', x, f.product([batch, time, width], f.weight(mix), o));
    return f.reduce('mean', f.apply('pow', y, f.number(2)), [batch, time, width]);
  });
  return maker;
}

/** A body of random smooth statements over three axes and three weights; its loss is the mean of the squares of what no one reads. */
export function randomModel(seed: number): ModelMaker {
  const next = uniform(seed);
  const pick = <T>(items: readonly T[]): T => items[Math.min(items.length - 1, Math.floor(((next() + 1) / 2) * items.length))];
  const maker = new ModelMaker();
  const axes = [maker.axis('a', 4), maker.axis('b', 6), maker.axis('c', 2)];
  const weights: WeightId[] = [
    maker.mpo(
      'w',
      [axes[0], axes[1]],
      [
        [2, 2],
        [3, 2],
      ],
      2,
    ),
    maker.dense('u', [axes[1], axes[2]]),
    maker.dense('g', [axes[0]]),
  ];
  maker.entry('task', 'loss', (f) => {
    const values = [f.input('x', [axes[0], axes[1]]), f.input('y', [axes[1], axes[2]]), ...weights.map((w) => f.weight(w))];
    const read = new Set<ValueId>();
    const use = () => {
      const value = pick(values);
      read.add(value);
      return value;
    };
    for (let k = 0; k < 9; k++) values.push(randomStatement(f, pick, use, axes));
    const open = values.filter((value) => !read.has(value));
    const squares = open.map((value) => f.reduce('mean', f.apply('mul', value, value), [...f.statements[value].axes]));
    return squares.reduce((sum, value) => f.apply('add', sum, value));
  });
  return maker;
}
function randomStatement(f: BodyMaker, pick: <T>(items: readonly T[]) => T, use: () => ValueId, all: readonly AxisId[]): ValueId {
  const kind = pick(['unary', 'binary', 'product', 'product', 'reduce', 'shared'] as const);
  const axesOf = (id: ValueId) => f.statements[id].axes;
  switch (kind) {
    case 'unary':
      return f.apply(pick(['tanh', 'sin', 'sigmoid', 'gelu', 'silu', 'neg', 'gelu_tanh'] as const), use());
    case 'binary':
      return f.apply(pick(['add', 'sub', 'mul'] as const), use(), use());
    case 'product': {
      const factors = [use(), use(), ...(pick([0, 1]) === 1 ? [use()] : [])];
      const own = new Set(factors.flatMap((id) => [...axesOf(id)]));
      return f.product(
        all.filter((axis) => own.has(axis) && pick([0, 1, 1]) === 1),
        ...factors,
      );
    }
    case 'reduce': {
      const of = use();
      const over = axesOf(of).filter(() => pick([0, 1]) === 1);
      return f.reduce(pick(['sum', 'mean', 'logsumexp'] as const), of, over);
    }
    case 'shared': {
      const value = f.apply('tanh', use());
      return f.apply('mul', value, f.apply('add', value, f.number(0.5)));
    }
  }
}
