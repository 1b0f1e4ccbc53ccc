/** A program alone, kernelised and run once on an engine: how the tests of engines compare outputs. */

import type { Executable } from '../../compiler/values/executable.ts';
import type { Context } from '../../compiler/values/operation.ts';
import type { Program } from '../../compiler/values/program.ts';
import type { Engine } from '../../runtime/engine/engine.ts';
import { layoutFor, scheduleFor } from '../kernel/check.ts';

/** Outputs by `KIND NAME`; `values` by source name. */
export async function runProgram(
  engine: Engine,
  program: Program,
  values: ReadonlyMap<string, Float64Array>,
  context: Context,
): Promise<Map<string, ArrayLike<number>>> {
  const { schedule, places } = scheduleFor(program);
  const layout = layoutFor(program);
  const executable: Executable = {
    key: program.name,
    name: program.name,
    program,
    sizes: schedule.sizes,
    schedule: () => schedule,
    layout,
    places,
    gates: [],
  };
  const spaces = {
    persistent: engine.allocate(Math.max(layout.size, schedule.sizes.persistent)),
    inputs: engine.allocate(schedule.sizes.inputs),
    results: engine.allocate(schedule.sizes.results),
    saved: engine.allocate(schedule.sizes.saved),
    folded: engine.allocate(schedule.sizes.folded),
  };
  const spaceOf = (name: string) => spaces[name as keyof typeof spaces];
  for (const [key, { name, type, address }] of places) {
    const given = values.get(name);
    if (given !== undefined && !key.startsWith('result ')) engine.write(spaceOf(address.space), address.offset, given, type.dtype);
  }
  const loaded = await engine.load(executable);
  loaded.bind(spaces).run(context);
  const found = new Map<string, ArrayLike<number>>();
  for (const { kind, name } of program.outputs) {
    const { address, type } = places.get(`${kind} ${name}`)!;
    found.set(`${kind} ${name}`, await engine.read(spaceOf(address.space), address.offset, address.length, type.dtype));
  }
  loaded.release();
  for (const space of Object.values(spaces)) engine.release(space);
  return found;
}
