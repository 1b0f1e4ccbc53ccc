/** A handful of small functions with shared parameters, compiled without a model: for tests of the tape. */

import { Builder } from '../../compiler/program/builder.ts';
import { differentiate } from '../../compiler/program/differentiate.ts';
import { table } from '../../compiler/program/operations/index.ts';
import { accumulate, cut } from '../../compiler/program/passes/cut.ts';
import { pickFrom, valuesFor } from '../../compiler/program/random-program.ts';
import { apply, number, read } from '../../compiler/program/scalar.ts';
import type { Executable, Layout } from '../../compiler/values/executable.ts';
import type { Id, Program, Source, Type } from '../../compiler/values/program.ts';
import { elements } from '../../compiler/values/shape.ts';
import { complaintsAbout } from '../../compiler/values/verify-program.ts';
import type { Engine } from '../../runtime/engine/engine.ts';
import { referenceEngine } from '../../runtime/engine/reference/engine.ts';
import { CallError, type CompiledFunction, type Functions, type InputSignature } from '../../runtime/tape/functions.ts';
import { TapeSession } from '../../runtime/tape/session.ts';
import { executableFor } from '../engine/executable.ts';
import { axis } from '../program/gradients.ts';

export const WIDTH = 3;
const width = axis('width', WIDTH);
const parameterTypes: Readonly<Record<string, Type>> = {
  w: { dtype: 'real', axes: [width, axis('out', WIDTH)] },
  v: { dtype: 'real', axes: [width] },
};

/** Bodies on nodes: `x`, `y` are [batch, width]. */
type Body = (builder: Builder, inputs: readonly Id[]) => Record<string, Id>;
const parameter = (builder: Builder, name: string) => builder.source({ kind: 'parameter', name, rate: 'update' }, parameterTypes[name]);
const pointwise = (builder: Builder, inputs: readonly Id[], value: Parameters<typeof apply>[1]): Id => {
  const domain = builder.type(inputs[0]).axes;
  const reads = inputs.map((id) => builder.type(id).axes.map((own) => domain.findIndex((wanted) => wanted.name === own.name)));
  return builder.add('map', inputs, { domain, reads, value });
};
const bodies: Readonly<Record<string, { inputs: readonly string[]; body: Body }>> = {
  layer: {
    inputs: ['x'],
    body: (builder, [x]) => {
      const letters = [...builder.type(x).axes, axis('out', WIDTH)];
      const operands = [
        [0, 1],
        [1, 2],
      ];
      const h = builder.add('contract', [x, parameter(builder, 'w')], { letters, operands, result: [0, 2] });
      const back = builder.add('reshape', [h], { axes: builder.type(x).axes });
      return { value: pointwise(builder, [back, parameter(builder, 'v')], apply('tanh', apply('add', read(0), read(1)))) };
    },
  },
  product: { inputs: ['x', 'y'], body: (builder, inputs) => ({ value: pointwise(builder, inputs, apply('mul', read(0), read(1))) }) },
  both: {
    inputs: ['x', 'y'],
    body: (builder, inputs) => ({
      sum: pointwise(builder, inputs, apply('mul', number(0.5), apply('add', read(0), read(1)))),
      wave: pointwise(builder, inputs, apply('sin', apply('sub', read(0), read(1)))),
    }),
  },
  dropout: {
    inputs: ['x'],
    body: (builder, inputs) => {
      const keep = apply('below', { is: 'random', stream: 'dropout#1', rows: 1 }, number(0.5));
      return { value: pointwise(builder, inputs, apply('select', keep, apply('mul', number(2), read(0)), number(0))) };
    },
  },
  loss: {
    inputs: ['x'],
    body: (builder, [x]) => {
      const { axes } = builder.type(x);
      return {
        value: builder.add('contract', [x, x], {
          letters: axes,
          operands: [
            [0, 1],
            [0, 1],
          ],
          result: [],
        }),
      };
    },
  },
};
export const functionNames = Object.keys(bodies);
export const argumentsOf = (name: string): readonly string[] => bodies[name].inputs;
export const resultsOf = (name: string): readonly string[] => (name === 'both' ? ['sum', 'wave'] : ['value']);

/** Appends the nodes of a function to a program: for the whole that a tape is compared with. */
export function inline(builder: Builder, name: string, inputs: readonly Id[]): Record<string, Id> {
  return bodies[name].body(builder, inputs);
}

const members: Layout['members'][number][] = [];
let size = 0;
for (const [name, type] of Object.entries(parameterTypes).flatMap(([key, type]) => [
  [key, type] as const,
  [`${key}.gradient`, type] as const,
])) {
  const length = elements(type.axes);
  members.push({ name, type, address: { space: 'persistent', offset: size, length } });
  size += length;
}
export const layout: Layout = { members, size };

export const functions: Functions = {
  signature(name): readonly InputSignature[] {
    if (bodies[name] === undefined) throw new CallError(`there is no function ${name}; there are ${functionNames.join(', ')}`);
    return bodies[name].inputs.map((input) => ({ name: input, dtype: 'real', axes: [{ name: 'batch' }, width] }));
  },
  compile(name, { batch }): CompiledFunction {
    const builder = new Builder(table, [], { path: name, section: 'forward' });
    const type: Type = { dtype: 'real', axes: [axis('batch', batch), width] };
    const inputs = bodies[name].inputs.map((input) => builder.source({ kind: 'input', name: input, rate: 'batch' }, type));
    const results = inline(builder, name, inputs);
    const outputs = Object.entries(results).map(([key, value]) => ({ kind: 'result', name: key, value }) as const);
    return compiledOf(builder.program(`${name} ${batch}`, outputs));
  },
  add(count): Executable {
    const builder = new Builder(table, [], { path: 'add', section: 'forward' });
    const type: Type = { dtype: 'real', axes: [axis('n', count)] };
    const inputs = ['a', 'b'].map((name) => builder.source({ kind: 'input', name, rate: 'batch' }, type));
    const value = builder.add('map', inputs, { domain: type.axes, reads: [[0], [0]], value: apply('add', read(0), read(1)) });
    return executableFor(builder.program(`add ${count}`, [{ kind: 'result', name: 'sum', value }]), layout);
  },
};

function compiledOf(program: Program): CompiledFunction {
  const wanted = program.nodes.flatMap(({ operation, attributes }) => {
    const { kind, name } = attributes as Source;
    return operation === 'source' ? [`${kind} ${name}`] : [];
  });
  const { forward, backward } = cut(differentiate(program, table, { wanted }).program, table);
  const adding = accumulate(backward, new Set(Object.keys(parameterTypes)), table);
  for (const half of [forward, adding]) {
    const complaints = complaintsAbout(half, table, 'lowered');
    if (complaints.length > 0) throw new Error(complaints.join('\n'));
  }
  const first = executableFor(forward, layout);
  return { forward: first, backward: executableFor(adding, layout, [], first) };
}

/** Plain gradient descent: `rate` is a scalar; gradients are set back to 0. */
export function descent(): Executable {
  const builder = new Builder(table, [], { path: 'descent', section: 'update' });
  const rate = builder.source({ kind: 'input', name: 'rate', rate: 'update' }, { dtype: 'real', axes: [] });
  const outputs = Object.entries(parameterTypes).flatMap(([name, type]) => {
    const g = builder.source({ kind: 'state', name: `${name}.gradient`, rate: 'update' }, type);
    const whole = [...type.axes.keys()];
    const value = apply('sub', read(0), apply('mul', read(2), read(1)));
    const next = builder.add('map', [parameter(builder, name), g, rate], { domain: type.axes, reads: [whole, whole, []], value });
    const zero = builder.constant(0, type);
    return [{ kind: 'state', name, value: next } as const, { kind: 'state', name: `${name}.gradient`, value: zero } as const];
  });
  return executableFor(builder.program('descent', outputs), layout);
}

export function sessionWith(
  seed: number,
  engine: Engine = referenceEngine(table),
): { session: TapeSession; values: Map<string, Float64Array> } {
  const session = new TapeSession({ engine, functions, persistent: engine.allocate(layout.size), layout, seed: [seed, 5] });
  const pick = pickFrom(seed);
  const values = new Map(Object.entries(parameterTypes).map(([name, type]) => [name, valuesFor(type, pick)]));
  for (const [name, data] of values) session.write(name, data);
  return { session, values };
}
