/** Programs whose rows look up tables, with values for them: what kernels, printers and engines are tested on. */
import { Builder } from '../../compiler/program/builder.ts';
import { differentiate } from '../../compiler/program/differentiate.ts';
import { table } from '../../compiler/program/operations/index.ts';
import { simplify } from '../../compiler/program/passes/simplify.ts';
import type { Axis, Contract, Program, Subscript } from '../../compiler/values/program.ts';
import { elements } from '../../compiler/values/shape.ts';
import { randomArray, randomInts } from '../program/run.ts';

export interface Shape {
  readonly experts: number;
  /** Rows of the batch; more than one axis where there are several. */
  readonly rows: readonly number[];
  readonly pick: number;
  readonly width: number;
  readonly out: number;
  /** Further axes of x that the table lacks. */
  readonly beside?: number;
  /** The ids are an input, some of them outside the table. */
  readonly given?: true;
  /** The table is the product of a core of its own for each expert and one that all share, joined by a bond of this size. */
  readonly bond?: number;
}
const axis = (name: string, size: number): Axis => ({ name, size });

/** loss = sum of squares of x(rows, beside, width) W(top(scores)[rows, pick], out, width). */
export function routed({ experts, rows, pick, width, out, beside = 1, given, bond }: Shape): Program {
  const builder = new Builder(table, [], { path: 'routed', section: 'forward' });
  const over = rows.map((size, k) => axis(`n${k}`, size));
  const source = (name: string, kind: 'input' | 'parameter', axes: readonly Axis[]) =>
    builder.source({ kind, name, rate: kind === 'input' ? 'batch' : 'update' }, { dtype: 'real', axes });
  const ids = given
    ? builder.source({ kind: 'input', name: 'ids', rate: 'batch' }, { dtype: 'int', axes: [...over, axis('pick', pick)] })
    : builder.add('arg-top', [source('scores', 'input', [...over, axis('expert', experts)])], {
        axis: rows.length,
        count: pick,
        name: 'pick',
      });
  const x = source('x', 'parameter', [...over, axis('beside', beside), axis('in', width)]);
  const weight =
    bond === undefined
      ? source('weight', 'parameter', [axis('expert', experts), axis('out', out), axis('in', width)])
      : builder.add<Contract>(
          'contract',
          [
            source('weight', 'parameter', [axis('expert', experts), axis('out', out), axis('bond', bond)]),
            source('shared', 'parameter', [axis('bond', bond), axis('in', width)]),
          ],
          {
            letters: [axis('expert', experts), axis('out', out), axis('bond', bond), axis('in', width)],
            operands: [
              [0, 1, 2],
              [2, 3],
            ],
            result: [0, 1, 3],
          },
        );
  const letters = [...over, axis('pick', pick), axis('beside', beside), axis('in', width), axis('out', out)];
  const [p, b, i, o] = [0, 1, 2, 3].map((k) => rows.length + k);
  const n = rows.map((_, k) => k);
  const chosen: Subscript = { ids: 2, over: [...n, p], axis: axis('expert', experts) };
  const product: Contract = {
    letters,
    operands: [
      [...n, b, i],
      [chosen, o, i],
    ],
    result: [...n, p, b, o],
  };
  const y = builder.add('contract', [x, weight, ids], product);
  const axes = [...n, p, b, o].map((_, letter) => letter);
  const domain = builder.type(y).axes;
  const loss = builder.add<Contract>('contract', [y, y], { letters: domain, operands: [axes, axes], result: [] });
  const forward = builder.program('routed', [
    { kind: 'result', name: 'y', value: y },
    { kind: 'result', name: 'loss', value: loss },
  ]);
  const wanted = ['parameter x', 'parameter weight', ...(bond === undefined ? [] : ['parameter shared'])];
  return simplify(differentiate(forward, table, { wanted, loss: 'loss' }).program, table, 'planned');
}

/** Random sources; `favoured` experts have the highest scores. */
export function valuesOf(program: Program, favoured: (row: number) => number = () => -1): Map<string, Float64Array> {
  return new Map(
    program.nodes.flatMap(({ operation, attributes, type }, k) => {
      if (operation !== 'source') return [];
      const { name } = attributes as { name: string };
      if (name === 'ids') return [[name, randomInts(elements(type.axes), 7, k + 1).map((id) => id - 1)] as const];
      const values = randomArray(elements(type.axes), k + 1, 1);
      const experts = type.axes[type.axes.length - 1].size;
      const raised = values.map((x, at) => (name === 'scores' && at % experts === favoured(Math.floor(at / experts)) ? x + 10 : x));
      return [[name, raised] as const];
    }),
  );
}

export const shapes: Readonly<Record<string, Shape>> = {
  'one pick': { experts: 5, rows: [23], pick: 1, width: 9, out: 17 },
  'two axes of rows': { experts: 4, rows: [3, 7], pick: 1, width: 8, out: 12 },
  'two picks share their input': { experts: 4, rows: [3, 5], pick: 2, width: 16, out: 8 },
  'a further axis of the input': { experts: 3, rows: [2, 9], pick: 1, width: 8, out: 10, beside: 3 },
  'two picks and a further axis': { experts: 5, rows: [13], pick: 3, width: 10, out: 8, beside: 2 },
  'more experts than rows': { experts: 40, rows: [6], pick: 1, width: 8, out: 9 },
  'many rows of each expert': { experts: 2, rows: [260], pick: 1, width: 8, out: 70 },
  'tables made of cores': { experts: 9, rows: [7], pick: 2, width: 12, out: 16, bond: 8 },
  'a narrow result': { experts: 3, rows: [50], pick: 1, width: 40, out: 3 },
};
