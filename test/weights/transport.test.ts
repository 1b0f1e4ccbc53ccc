/** Moments of a weight told to its cores, against the Jacobian entry by entry. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { mergeNetwork } from '../../runtime/weights/network.ts';
import type { HostTensor } from '../../runtime/weights/tensor.ts';
import { transportToCore } from '../../runtime/weights/transport.ts';
import { chain, type Example, gaussian, tree, tucker } from './networks.ts';

/** Rows of J for one core: the weight that each entry of the core alone stands for. */
function jacobian({ network, axes }: Example, cores: readonly HostTensor[], k: number): Float64Array[] {
  return Array.from(cores[k].data, (_, entry) => {
    const unit = { shape: cores[k].shape, data: new Float64Array(cores[k].data.length) };
    unit.data[entry] = 1;
    return mergeNetwork(
      network,
      axes,
      cores.map((core, other) => (other === k ? unit : core)),
    ).data;
  });
}

const padded = (example: Example): Example => ({
  ...example,
  axes: example.axes.map((axis, k) => (k === 0 ? { ...axis, size: axis.size - 1 } : axis)),
});
const cases: readonly [string, Example][] = [
  ['a chain', chain([2, 3, 2], [3, 2, 2])],
  ['a chain with padded rows', padded(chain([2, 3], [3, 2]))],
  ['a chain of ends and ones between them', chain([3, 1, 1, 2], [2, 1, 1, 3])],
  ['a tree', tree([2, 2, 2], [2, 1, 2])],
  ['a core without outer legs', tucker(4, 3, 3, 2)],
];

for (const [name, example] of cases) {
  test(`means of gradients and of squares: ${name}`, () => {
    const { network, axes } = example;
    const cores = network.nodes.map(({ legs }, k) =>
      gaussian(
        legs.map((leg) => network.legs[leg].size),
        k + 1,
      ),
    );
    const moment = gaussian(
      axes.map((axis) => axis.size),
      20,
    );
    const squares = { shape: moment.shape, data: moment.data.map((value) => value * value) };
    for (const k of cores.keys()) {
      const rows = jacobian(example, cores, k);
      const expected = (of: HostTensor, power: 1 | 2) => rows.map((row) => row.reduce((sum, j, w) => sum + j ** power * of.data[w], 0));
      for (const [of, power] of [
        [moment, 1],
        [squares, 2],
      ] as const) {
        const found = transportToCore(network, axes, cores, k, of, power);
        assert.equal(found.shape, cores[k].shape);
        for (const [entry, value] of expected(of, power).entries())
          assert.ok(Math.abs(found.data[entry] - value) < 1e-12, `${k} ${power} ${entry}`);
      }
    }
  });
}

test.run();
