/** Every pass keeps every value; trees give the joint optimum; equal work is done once; gradients are those of differences. */
import fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { compileFunction, dump, plansOf, stepProgram, table } from '../../compiler/index.ts';
import { build } from '../../compiler/program/build/build.ts';
import { share } from '../../compiler/program/passes/share.ts';
import type { StepOptions } from '../../compiler/values/executable.ts';
import { printNode } from '../../compiler/values/print-program.ts';
import type { Contract, Program } from '../../compiler/values/program.ts';
import { verifyProgram } from '../../compiler/values/verify-program.ts';
import { ModelMaker } from './model-maker.ts';
import { attention, perceptron, randomModel } from './models.ts';
import { differences, largestDifference, parametersOf, randomArray, randomInts, run, type Values, verifiedStep } from './run.ts';

const training = (sizes: StepOptions['sizes'] = {}): StepOptions => ({
  entries: [{ name: 'task', weight: 1 }],
  sizes,
  mode: 'train',
  phase: 'gradients',
});
const contractions = (program: Program) =>
  program.nodes.filter((node) => node.operation === 'contract').map((node) => node.attributes as Contract);

/** All passes keep the results, and gradients of the whole agree with central differences of what was built. */
function checkModel(maker: ModelMaker, values: Values, options: StepOptions, tolerance: number): void {
  const model = maker.model();
  const built = build(model, table, options);
  verifyProgram(built, table, 'built');
  const before = run(built, values);
  const final = stepProgram(model, options, (pass, program) => {
    verifyProgram(program, table, pass.stage);
    const after = run(program, values);
    for (const [name, value] of Object.entries(before)) {
      const worst = largestDifference(after[name], value);
      const scale = 1 + Math.max(...value.map(Math.abs));
      assert.ok(worst <= 1e-12 * scale, `${name} after ${pass.name} differs by ${worst}`);
    }
  });
  const found = run(final, values);
  for (const { names } of model.parameters) {
    const gradient = found[`gradient ${names[0]}`];
    const expected = differences(built, values, 'loss', names[0]);
    if (gradient === undefined)
      assert.ok(
        expected.every((x) => Math.abs(x) < tolerance),
        `${names[0]} has no gradient`,
      );
    else {
      const scale = 1 + Math.max(...expected.map(Math.abs));
      assert.ok(largestDifference(gradient, expected) <= tolerance * scale, `gradient of ${names[0]}`);
    }
  }
}

test('a perceptron of cores: passes keep its values, gradients are those of differences', () => {
  const maker = perceptron();
  checkModel(
    maker,
    { ...parametersOf(maker.model()), image: randomArray(24, 7), label: randomInts(4, 3, 8) },
    training({ batch: 4 }),
    1e-7,
  );
});
for (const sees of ['le', 'lt'] as const) {
  const rows = sees === 'lt' ? ' with an empty row' : '';
  test(`attention of cores${rows}: passes keep its values, gradients are those of differences`, () => {
    const maker = attention(sees);
    checkModel(maker, { ...parametersOf(maker.model()), x: randomArray(24, 7) }, training(), 1e-7);
  });
}
test('attention divides by the sum of exponentials after its product with the values, so that no other map over scores is left', () => {
  const scores = (sees: 'le' | 'lt') => {
    const { nodes } = verifiedStep(attention(sees).model(), training());
    const maps = nodes.filter(({ operation, type }) => operation === 'map' && type.axes.map((axis) => axis.size).join(' ') === '2 2 3 3');
    return maps.map(({ origin }) => origin.section).sort();
  };
  assert.equal(scores('le'), ['backward', 'forward', 'forward']);
  assert.ok(scores('lt').length > 3);
});
test('random programs: passes keep their values, gradients are those of differences', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 100000 }), (seed) => {
      const maker = randomModel(seed);
      checkModel(
        maker,
        { ...parametersOf(maker.model(), 0.7), x: randomArray(24, seed + 1), y: randomArray(12, seed + 2) },
        training(),
        2e-6,
      );
    }),
    { numRuns: 40, seed: 3 },
  );
});

function mpoLayer(): ModelMaker {
  const maker = new ModelMaker();
  const [batch, out, into] = [maker.axis('batch', 'open'), maker.axis('out', 64), maker.axis('in', 64)];
  const up = maker.mpo(
    'up',
    [out, into],
    [
      [8, 8],
      [8, 8],
    ],
    2,
  );
  const down = maker.mpo(
    'down',
    [into, out],
    [
      [8, 8],
      [8, 8],
    ],
    2,
  );
  maker.entry('task', 'loss', (f) => {
    const h = f.apply('tanh', f.product([batch, into], f.weight(down), f.input('x', [batch, out])));
    const y = f.product([batch, out], f.weight(up), h);
    return f.reduce('mean', y, [batch, out]);
  });
  return maker;
}
test('one operator of two cores at batch 64 costs 131,072 multiply-adds forward and three times that in training', () => {
  const plans = plansOf(mpoLayer().model(), training({ batch: 64 }));
  const up = plans.find(({ operands }) => operands.includes('up.T[1]'));
  assert.is(up?.plan.macs, 131072);
  assert.is(up?.plan.trainingMacs, 393216);
  assert.equal(up?.dense, { macs: 262144, trainingMacs: 786432 });
  assert.match(dump(mpoLayer().model(), training({ batch: 64 }), 'plan'), 'macs 131,072 forward, 393,216 with gradients');
});
test('a weight that several layers use is rebuilt once where that is cheaper in all', () => {
  const layers = (count: number) => {
    const maker = new ModelMaker();
    const [batch, out, into] = [maker.axis('batch', 6), maker.axis('out', 64), maker.axis('in', 64)];
    const weight = maker.mpo(
      'w',
      [out, into],
      [
        [8, 8],
        [8, 8],
      ],
      8,
    );
    maker.entry('task', 'loss', (f) => {
      let x = f.input('x', [batch, into]);
      for (let k = 0; k < count; k++) {
        const y = f.apply('tanh', f.product([batch, out], f.weight(weight), x));
        x = f.add([batch, into], { is: 'refit', of: y, moves: [{ is: 'rename', from: out, to: into }] });
      }
      return f.reduce('mean', x, [batch, into]);
    });
    return maker;
  };
  const rebuilds = (maker: ModelMaker) => {
    const { nodes } = verifiedStep(maker.model(), training());
    return nodes.filter(
      ({ operation, inputs }) =>
        operation === 'contract' && inputs.every((id) => nodes[id].type.axes.length < 4 && nodes[id].operation === 'source'),
    );
  };
  assert.is(rebuilds(layers(1)).length, 0);
  assert.is(rebuilds(layers(6)).length, 1);
});
test('after planning a contraction has two operands, and sums no letter later than it must', () => {
  for (const maker of [attention(), mpoLayer()]) {
    const program = verifiedStep(maker.model(), training({ batch: 64 }));
    assert.ok(contractions(program).every((contract) => contract.operands.length <= 2));
  }
});
test('a gradient that nobody wants is not computed', () => {
  const maker = mpoLayer();
  const frozen = maker.parameters.map((parameter) =>
    parameter.names[0].startsWith('up') ? parameter : { ...parameter, update: { frozen: true } as const },
  );
  const program = verifiedStep({ ...maker.model(), parameters: frozen }, training({ batch: 64 }));
  const gradients = program.outputs.flatMap((output) => (output.kind === 'gradient' ? [output.name] : []));
  assert.equal(gradients.sort(), ['up.T[1]', 'up.T[2]']);
});

test('equal rebuilds are one, whatever their axes are called', () => {
  const maker = new ModelMaker();
  const axes = [maker.axis('out', 4), maker.axis('in', 6)] as const;
  const again = [maker.axis('other', 4), maker.axis('more', 6)] as const;
  const first = maker.mpo(
    'w',
    [...axes],
    [
      [2, 2],
      [3, 2],
    ],
    2,
  );
  const second = maker.mpo(
    'v',
    [...again],
    [
      [2, 2],
      [3, 2],
    ],
    2,
    [0, 1],
  );
  maker.entry('task', 'loss', (f) => {
    const square = (w: number) =>
      f.reduce('mean', f.apply('tanh', f.apply('mul', f.weight(w), f.weight(w))), [...maker.weights[w].axes.map((a) => a.axis)]);
    return f.apply('add', square(first), square(second));
  });
  const program = verifiedStep(maker.model(), training());
  const rebuilds = contractions(program).filter((contract) => contract.operands.length === 2 && contract.result.length === 4);
  assert.is(rebuilds.length, 1);
});
test('names of axes and paths change nothing but the labels', () => {
  const text = (maker: ModelMaker) => {
    const program = verifiedStep(maker.model(), training({ batch: 4 }));
    return program.nodes.map((node, id) => printNode(node, id, table).replace(/[a-z_']+\d*(~\d+)?(?=[: )\]])|# .*|\(.*?\)/g, ''));
  };
  const named = (change: (name: string) => string) => {
    const maker = perceptron();
    maker.axes.forEach((axis, k) => {
      if (axis.name !== 'batch') maker.axes[k] = { ...axis, name: change(axis.name) };
    });
    return maker;
  };
  assert.equal(text(named((name) => `${name}x`)), text(named((name) => name)));
});
test('sharing again changes nothing', () => {
  const program = verifiedStep(attention().model(), training());
  assert.is(share(program, table).nodes.length, program.nodes.length);
});
test('maps and products take in what only they read', () => {
  const program = verifiedStep(perceptron('dense').model(), { ...training({ batch: 4 }), mode: 'eval' });
  const counts: Record<string, number> = {};
  for (const { operation } of program.nodes) counts[operation] = (counts[operation] ?? 0) + 1;
  // Two matrix products, the sum of exponentials, the picked score, the mean; ReLU with its offset, exp, log with the pick, mean.
  assert.equal(counts, { source: 5, contract: 5, map: 4, reduce: 1 });
});
test('the gradient of a picked score is a comparison, that of an embedding an addition into its rows', () => {
  const scatters = (maker: ModelMaker) =>
    contractions(verifiedStep(maker.model(), training({ batch: 4 }))).filter(({ result }) => result.some((s) => typeof s !== 'number'))
      .length;
  assert.is(scatters(perceptron()), 0);
  const maker = new ModelMaker();
  const [batch, vocab, width] = [maker.axis('batch', 'open'), maker.axis('vocab', 5), maker.axis('width', 3)];
  const embed = maker.dense('embed', [vocab, width]);
  maker.entry('task', 'loss', (f) => {
    const rows = f.lookup(f.weight(embed), vocab, f.input('ids', [batch], 'int', vocab));
    return f.reduce('mean', f.apply('tanh', rows), [batch, width]);
  });
  assert.is(scatters(maker), 1);
});
test('a function is cut in two for the tape: saved values and inputs lie at the same places', () => {
  const { forward, backward } = compileFunction(perceptron().model(), 'task', { batch: 4 }, 'train');
  for (const [key, { address }] of backward!.places) {
    if (/^(input|saved|parameter) /.test(key) && forward.places.has(key)) assert.equal(forward.places.get(key)!.address, address, key);
  }
  const saved = (places: typeof forward.places) => [...places.keys()].filter((key) => key.startsWith('saved ')).sort();
  assert.equal(saved(backward!.places), saved(forward.places));
  assert.is(compileFunction(perceptron().model(), 'task', { batch: 4 }, 'eval').backward, undefined);
});
test('a stage that does not exist is refused with those that do', () => {
  assert.throws(
    () => dump(perceptron().model(), training({ batch: 4 }), 'soup'),
    /no stage soup; a model has check, plan, program, kernels, wat, wgsl and after=PASS, a file its tree/,
  );
  assert.throws(() => dump(perceptron().model(), training({ batch: 4 }), 'after=soup'), /no pass soup; there are build, simplify/);
  assert.match(dump(perceptron().model(), training({ batch: 4 }), 'kernels'), /^kernel [0-9a-f]{16} /);
  assert.match(dump(perceptron().model(), training({ batch: 4 }), 'wgsl'), '@compute @workgroup_size');
  assert.match(dump(perceptron().model(), training({ batch: 4 }), 'after=binarise'), '-> (batch hidden');
  assert.match(
    dump(perceptron().model(), training({ batch: 4 }), 'check'),
    'weight up [hidden:4 = 2*2, pixel:6 = 3*2]  mpo T[1](x1 y1 b1) T[2](b1 x2 y2)',
  );
});
test.run();
