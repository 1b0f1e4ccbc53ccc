/** A sample kernel as an executable of one launch, for the engines. */
import type { Executable } from '../../compiler/values/executable.ts';
import type { Address, Launch, SpaceName } from '../../compiler/values/kernel.ts';
import type { Dtype } from '../../compiler/values/program.ts';
import { wasm } from '../../compiler/values/target.ts';
import type { Engine } from '../../runtime/engine/engine.ts';
import type { Sample } from './spell.ts';

export const dtypeOf = (sample: Sample, buffer: number): Dtype => (sample.kernel.buffers[buffer].element === 'f32' ? 'real' : 'int');

/** Offset tables lie in their space, all else in the persistent one, one after another. */
function executableOf(sample: Sample): Executable {
  const sizes: Record<SpaceName, number> = { persistent: 0, inputs: 0, results: 0, saved: 0, folded: 0, scratch: 0, tables: 0 };
  const tables: { offset: number; dtype: 'i32'; values: number[] }[] = [];
  const buffers = sample.kernel.buffers.map(({ name }, k): Address => {
    const space = name === 'tables' ? 'tables' : 'persistent';
    const address = { space, offset: sizes[space], length: sample.buffers[k].length } as const;
    sizes[space] += address.length;
    if (space === 'tables') tables.push({ offset: address.offset, dtype: 'i32', values: [...sample.buffers[k]] });
    return address;
  });
  const launch: Launch = { kernel: 0, args: sample.args, buffers, blocks: sample.blocks, wave: 0, label: sample.name, keys: [] };
  const schedule = { kernels: [sample.kernel], launches: [launch], sizes, tables, lives: [], nodes: [], checksum: '' };
  const program = { name: sample.name, nodes: [], outputs: [] };
  return {
    key: sample.name,
    name: sample.name,
    program,
    sizes,
    schedule: () => schedule,
    layout: { members: [], size: sizes.persistent },
    places: new Map(),
    gates: [],
  };
}

/** Runs the sample once; the contents of each buffer that it expects something of. */
export async function runSample(engine: Engine, sample: Sample): Promise<Map<number, ArrayLike<number>>> {
  const executable = executableOf(sample);
  const persistent = engine.allocate(executable.sizes.persistent);
  const addresses = executable.schedule(wasm).launches[0].buffers;
  for (const [k, { space, offset }] of addresses.entries()) {
    if (space === 'persistent') engine.write(persistent, offset, sample.buffers[k], dtypeOf(sample, k));
  }
  const loaded = await engine.load(executable);
  loaded.bind({ persistent }).run({ seed: [0, 0], tick: 0 });
  const found = new Map<number, ArrayLike<number>>();
  for (const [buffer, expected] of sample.expected) {
    found.set(buffer, await engine.read(persistent, addresses[buffer].offset, expected.length, dtypeOf(sample, buffer)));
  }
  loaded.release();
  engine.release(persistent);
  return found;
}

/** Largest error relative to the greater of 1 and the value. */
export function worstError(expected: ArrayLike<number>, found: ArrayLike<number>): number {
  let worst = 0;
  for (let i = 0; i < expected.length; i++) {
    const error = Math.abs(expected[i] - found[i]) / Math.max(1, Math.abs(expected[i]));
    worst = Number.isNaN(error) ? Number.POSITIVE_INFINITY : Math.max(worst, error);
  }
  return worst;
}
