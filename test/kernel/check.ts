/** Runs a program through `kernelise` and the interpreter and compares every output with `reference`. */
import * as assert from 'uvu/assert';
import { kernelise } from '../../compiler/kernel/index.ts';
import { interpret, type Observer, spacesOf } from '../../compiler/kernel/interpreter.ts';
import { sourceLayout } from '../../compiler/program/layout.ts';
import { table } from '../../compiler/program/operations/index.ts';
import { sink } from '../../compiler/program/passes/sink.ts';
import { placesOf } from '../../compiler/program/places.ts';
import { evaluate } from '../../compiler/values/evaluate.ts';
import type { Allocation } from '../../compiler/values/executable.ts';
import type { Schedule } from '../../compiler/values/kernel.ts';
import type { Program, Source } from '../../compiler/values/program.ts';
import { wasm } from '../../compiler/values/target.ts';

export const context = { seed: [11, 22], tick: 3 } as const;

/** Kernels of a program. */
export function scheduleFor(program: Program): { schedule: Schedule; places: ReadonlyMap<string, Allocation> } {
  const placed = placesOf(program, sourceLayout(program));
  const gates = sink(program);
  const schedule = kernelise(program, table, placed, wasm, { gate: (node) => gates.get(node) });
  return { schedule, places: placed.places };
}

/** Interprets the schedule of a program on the given source values; asserts that outputs agree with `reference`. */
export function checkProgram(program: Program, values: ReadonlyMap<string, Float64Array>, observe?: Observer): Schedule {
  const { schedule, places } = scheduleFor(program);
  const spaces = spacesOf(schedule);
  for (const space of Object.values(spaces)) if (space !== spaces.tables) space.fill(Number.NaN);
  for (const [key, { name, address }] of places) {
    const given = values.get(name);
    if (given !== undefined && !key.startsWith('result ')) spaces[address.space].set(given, address.offset);
  }
  const expected = evaluate(program, table, (source) => values.get(source.name)!, context);
  const gates = new Map<string, number>();
  for (const output of program.outputs) {
    const { name } = (output.kind === 'state' && output.when !== undefined ? program.nodes[output.when].attributes : {}) as Partial<Source>;
    if (name !== undefined) gates.set(name, values.get(name)![0]);
  }
  interpret(schedule, spaces, context, gates, observe);
  for (const { output, value, taken } of expected) {
    const { address } = places.get(`${output.kind} ${output.name}`)!;
    const found = spaces[address.space].subarray(address.offset, address.offset + address.length);
    const wanted = taken ? value.data : values.get(output.name)!;
    found.forEach((x, i) => {
      const close = x === wanted[i] || Math.abs(x - wanted[i]) <= 1e-9 * Math.max(1, Math.abs(wanted[i]));
      if (!close) assert.unreachable(`${output.kind} ${output.name}[${i}]: ${x} instead of ${wanted[i]}`);
    });
  }
  return schedule;
}
