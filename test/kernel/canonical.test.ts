/** Renaming axes and paths, and shuffling independent nodes, changes no kernel. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { table } from '../../compiler/program/operations/index.ts';
import { pickFrom, randomProgram } from '../../compiler/program/random-program.ts';
import type { Axis, Id, Node, Program } from '../../compiler/values/program.ts';
import { verifyProgram } from '../../compiler/values/verify-program.ts';
import { checkProgram, scheduleFor } from './check.ts';

/** Nodes in a random order that still respects who reads whom. */
function shuffled(program: Program, seed: number): Program {
  const pick = pickFrom(seed);
  const order: Id[] = [];
  const done = new Set<Id>();
  while (order.length < program.nodes.length) {
    const ready = program.nodes.flatMap((node, id) => (!done.has(id) && node.inputs.every((input) => done.has(input)) ? [id] : []));
    const next = pick.of(ready);
    done.add(next);
    order.push(next);
  }
  const position = new Map(order.map((id, k) => [id, k]));
  const nodes = order.map((id): Node => ({ ...program.nodes[id], inputs: program.nodes[id].inputs.map((input) => position.get(input)!) }));
  return { ...program, nodes, outputs: program.outputs.map((output) => ({ ...output, value: position.get(output.value)! })) };
}

/** Other names for all axes and paths; sources keep theirs, since places are found by them. */
function renamed(program: Program): Program {
  const isAxis = (value: object): value is Axis => 'size' in value && 'name' in value && Object.keys(value).length === 2;
  const change = <T>(value: T): T => {
    if (Array.isArray(value)) return value.map(change) as T;
    if (typeof value !== 'object' || value === null) return value;
    const copy = Object.fromEntries(Object.entries(value).map(([key, part]) => [key, change(part)]));
    return (isAxis(value) ? { ...copy, name: `other_${value.name}` } : copy) as T;
  };
  const nodes = program.nodes.map((node) => ({ ...change(node), origin: { ...node.origin, path: `elsewhere.${node.origin.path}` } }));
  return { ...program, name: 'other', nodes };
}

const keys = (program: Program) => scheduleFor(program).schedule.kernels.map((kernel) => kernel.key);

test('shuffled and renamed random programs have the same kernels', () => {
  for (let seed = 0; seed < 120; seed++) {
    const { program, values } = randomProgram(seed, 20);
    const other = renamed(shuffled(program, seed));
    verifyProgram(other, table, 'built');
    assert.equal(keys(other), keys(program), `seed ${seed}`);
    if (seed % 10 === 0) checkProgram(other, values);
  }
});

test.run();
