/** A program alone, compiled and run once on an engine: how outputs of engines are compared. */
import { compileProgram } from '../../compiler/index.ts';
import type { Context } from '../../compiler/values/operation.ts';
import type { Program } from '../../compiler/values/program.ts';
import type { Engine } from './engine.ts';

/** Outputs by `KIND NAME`; `values` by source name. */
export async function runProgram(
  engine: Engine,
  program: Program,
  values: ReadonlyMap<string, Float64Array>,
  context: Context,
): Promise<Map<string, ArrayLike<number>>> {
  const executable = compileProgram(program);
  const { places, layout } = executable;
  const sizes = engine.target === undefined ? executable.sizes : executable.schedule(engine.target).sizes;
  const spaces = {
    persistent: engine.allocate(Math.max(layout.size, sizes.persistent)),
    inputs: engine.allocate(sizes.inputs),
    results: engine.allocate(sizes.results),
    saved: engine.allocate(sizes.saved),
    folded: engine.allocate(sizes.folded),
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
