/** A package is held against the compiler before it is written: at the ends of its sizes it has to give the engine's numbers. */
import { normals, streamKey, wordAt } from '../../../compiler/values/random.ts';
import { wasmEngine } from '../../engine/wasm/engine.ts';
import { type Net, openNet, type Tensor } from '../../package/net.ts';
import type { CarriedEntry, CarriedInput, CarriedProgram } from '../../package/program.ts';
import { fixedRunner } from '../../train/evaluate.ts';
import { Problem } from '../context.ts';
import type { Building } from './files.ts';

/** Of the largest value of a result. Sums may have another order where the compiler would have made other kernels. */
const ALLOWED = 1e-5;

/** Says what was tried and how far it was off. Throws Problem where that is too much. */
export async function checkPackage(program: CarriedProgram, files: ReadonlyMap<string, Uint8Array>, building: Building): Promise<string> {
  const engine = await wasmEngine();
  const net = await openNet(program, async (file) => files.get(file)!);
  const points = cornersOf(program);
  let worst = 0;
  try {
    for (const entry of program.entries) {
      for (const sizes of points) {
        const off = await difference(net, engine, building, program, entry, sizes);
        const at = sizes.map((size, k) => `${program.open[k].name} ${size}`).join(', ');
        if (!(off <= ALLOWED))
          throw new Problem(`${entry.name} of the package is off by ${off} of its largest value at ${at}; nothing was written`);
        worst = Math.max(worst, off);
      }
    }
  } finally {
    net.close();
    engine.close();
  }
  const tried = points.map((sizes) => sizes.join(' x ')).join(', ');
  const axes = program.open.map(({ name }) => name).join(' x ');
  const told = worst === 0 ? 'bit for bit' : `to ${worst.toExponential(1)} of the largest value`;
  return `checked against the engine ${axes === '' ? '' : `at ${axes} = ${tried} `}${told}`;
}

/** Smallest and largest sizes of all open axes. */
function cornersOf({ open }: CarriedProgram): number[][] {
  return open.reduce<number[][]>((all, { most }) => all.flatMap((point) => [...new Set([1, most])].map((size) => [...point, size])), [[]]);
}

async function difference(
  net: Net,
  engine: Awaited<ReturnType<typeof wasmEngine>>,
  { model, values }: Building,
  program: CarriedProgram,
  entry: CarriedEntry,
  sizes: readonly number[],
): Promise<number> {
  const inputs = Object.fromEntries(entry.inputs.map((input) => [input.name, drawn(input, sizes)]));
  const found = await net.call(entry.name, inputs);
  const named = Object.fromEntries(program.open.map(({ name }, k) => [name, sizes[k]]));
  const runner = await fixedRunner(engine, model, { entries: [{ name: entry.name, weight: 1 }], sizes: named, mode: 'eval' }, values);
  try {
    for (const [name, { data }] of Object.entries(inputs)) runner.set(name, data);
    runner.run({ seed: [0, 0], tick: 0 });
    let worst = 0;
    for (const { name, key } of entry.results) {
      const expected = await runner.read(key);
      const { data } = found[name];
      let [largest, off] = [0, data.length === expected.length ? 0 : Number.POSITIVE_INFINITY];
      for (const [k, value] of expected.entries()) {
        largest = Math.max(largest, Math.abs(value));
        const same = Object.is(value, data[k]) || (Number.isNaN(value) && Number.isNaN(data[k]));
        off = same ? off : Math.max(off, Math.abs(value - data[k]));
      }
      worst = Math.max(worst, off === 0 ? 0 : off / largest);
    }
    return worst;
  } finally {
    runner.release();
  }
}

/** Values that the input can hold, the same each time. */
function drawn({ name, type, axes, below }: CarriedInput, sizes: readonly number[]): Tensor {
  const shape = axes.map(({ size }) => (typeof size === 'number' ? size : sizes[size.open]));
  const count = shape.reduce((product, size) => product * size, 1);
  const key = streamKey([1, 0], `check/${name}`, 0);
  if (type === 'real' && below === undefined) return { shape, data: Float32Array.from(normals(key, 1, count)) };
  const limit = below ?? 2;
  return { shape, data: Int32Array.from({ length: count }, (_, k) => wordAt(key, 0, k) % limit) };
}
