/**
 * The contraction: result[R] = sum over the letters not in R of the product of operand_k[S_k]. A subscript is a letter or a lookup, so
 * embedding, gather, scatter-add, routed experts, traces, diagonals, broadcasts and sums are this one operation, and its gradient is
 * one rule: swap the operand and the result.
 */
import type { Nest } from '../../values/kernel.ts';
import { AxisError, type Operation, type Pick } from '../../values/operation.ts';
import type { Axis, Contract, Lookup, Scalar, Subscript, Type } from '../../values/program.ts';
import { labels } from '../../values/shape.ts';
import { access, index } from '../access.ts';
import { sampleAxes, shuffle, type } from '../sample.ts';
import { apply, coordinate, number, read } from '../scalar.ts';
import { spellContract } from '../spell/contract.ts';
import { contractStrided } from '../strided.ts';
import { matchSubscripts } from '../subscripts.ts';

export const contract: Operation<Contract> = {
  name: 'contract',
  infer(a, inputs) {
    const places = new Map<number, string>();
    for (const [k, subscripts] of a.operands.entries()) matchSubscripts(a, inputs, subscripts, inputs[k], `operand ${k}`, places);
    const axes = a.result.map((subscript) => (typeof subscript === 'number' ? a.letters[subscript] : subscript.axis));
    if (axes.includes(undefined as never)) throw new AxisError(`the result has a letter that is not among the ${a.letters.length} letters`);
    matchSubscripts(a, inputs, a.result, { dtype: 'real', axes }, 'the result', places);
    const idle = a.letters.findIndex((_, letter) => !places.has(letter));
    if (idle >= 0) throw new AxisError(`letter ${idle} (${a.letters[idle].name}) stands nowhere: a sum over it would multiply by its size`);
    const used = new Set(
      [...a.operands.flat(), ...a.result].flatMap((subscript) => (typeof subscript === 'number' ? [] : [subscript.ids])),
    );
    for (let k = a.operands.length; k < inputs.length; k++) {
      if (!used.has(k)) throw new AxisError(`input ${k} is neither an operand (there are ${a.operands.length}) nor looked up`);
    }
    const dtypes = a.operands.map((_, k) => inputs[k].dtype);
    const dtype = dtypes.includes('int') ? 'int' : 'real';
    const odd = dtypes.findIndex((found) => found !== dtype);
    if (odd >= 0)
      throw new AxisError(`operand ${odd} is ${dtypes[odd]}, another is ${dtype}: convert with a map, a product has one element type`);
    return { dtype, axes };
  },
  print(a, inputs) {
    const names = labels(a.letters);
    const list = (subscripts: readonly Subscript[]) =>
      subscripts
        .map((s) => (typeof s === 'number' ? names[s] : `${inputs[s.ids]}[${s.over.map((letter) => names[letter]).join(' ')}]`))
        .join(' ');
    const operands = a.operands.map((subscripts, k) => `${inputs[k]}(${list(subscripts)}) `);
    return `contract ${operands.join('')}-> (${list(a.result)})`;
  },
  gradient: (a, at) =>
    a.operands.map((own, k) => {
      if (!at.wanted(k)) return null;
      const others = at.inputs.filter((_, j) => j !== k);
      const operands = [a.result, ...a.operands.filter((_, j) => j !== k)];
      return at.add<Contract>('contract', [at.cotangent, ...others], { letters: a.letters, operands, result: own });
    }),
  linear: 'each',
  reference(a, inputs) {
    const result = contract.infer(
      a,
      inputs.map((tensor) => tensor.type),
    );
    return { type: result, data: contractStrided(a, inputs, result.axes) };
  },
  lower: lowerContract,
  spell: spellContract,
  sample: sampleContract,
};

/**
 * A letter repeated in the result becomes an index of its own for each repetition, and the epilogue writes 0 where they differ: so every
 * element has one writer. Only a lookup in the result makes several points write to one element.
 */
function lowerContract(a: Contract, inputs: readonly Type[]): Nest {
  const letters = [...a.letters];
  const diagonals: Scalar[] = [];
  const result = a.result.map((subscript, axis) => {
    if (typeof subscript !== 'number' || a.result.indexOf(subscript) === axis) return subscript;
    diagonals.push(apply('eq', coordinate(subscript), coordinate(letters.length)));
    return letters.push(a.letters[subscript]) - 1;
  });
  const kept = new Set(result.flatMap((subscript) => (typeof subscript === 'number' ? [subscript] : subscript.over)));
  const scatters = result.some((subscript) => typeof subscript !== 'number');
  const { axes } = contract.infer(a, inputs);
  return {
    domain: letters.map((axis, k) => ({ index: index(k), axis, role: kept.has(k) ? 'kept' : 'reduced' })),
    reads: a.operands.map((subscripts, k) => access(k, inputs[k].axes, subscripts, inputs)),
    combine: kept.size < letters.length || scatters ? 'sum' : 'none',
    value: a.operands.length === 0 ? number(1) : a.operands.map((_, k) => read(k)).reduce((x, y) => apply('mul', x, y)),
    after: [],
    finish: diagonals.reduce<Scalar>((value, same) => apply('select', same, value, number(0)), read(0)),
    write: access(-1, axes, result, inputs),
  };
}

/** Random subscripts: sums, broadcasts, diagonals, traces, hyperedges, lookups in operands and in the result. */
function sampleContract(pick: Pick) {
  const letters = sampleAxes(pick, pick.integer(1, 4));
  const count = pick.integer(1, 3);
  const lookups: { over: number[]; axis: Axis }[] = [];
  const anyLetter = () => pick.integer(0, letters.length - 1);
  const draw = (): Subscript => {
    if (pick.integer(0, 5) > 0) return anyLetter();
    const over = shuffle(pick, [...letters.keys()]).slice(0, pick.integer(1, Math.min(2, letters.length)));
    lookups.push({ over, axis: { name: 'v', size: pick.integer(1, 3) } });
    return { ids: count + lookups.length - 1, ...lookups[lookups.length - 1] };
  };
  const subscripts = (): Subscript[] => Array.from({ length: pick.integer(0, 3) }, draw);
  const operands = Array.from({ length: count }, subscripts);
  const result = subscripts();
  const lettersOf = (subscript: Subscript) => (typeof subscript === 'number' ? [subscript] : subscript.over);
  const used = new Set([...operands.flat(), ...result].flatMap(lettersOf));
  for (const letter of letters.keys()) if (!used.has(letter)) operands[0].push(letter);
  const sized = (subscript: Subscript) => (typeof subscript === 'number' ? letters[subscript] : subscript.axis);
  const idsTypes = lookups.map(({ over }) =>
    type(
      'int',
      over.map((letter) => letters[letter]),
    ),
  );
  const fill = lookups.map((lookup: Omit<Lookup, 'ids'>) => (p: Pick) => p.integer(-1, lookup.axis.size));
  return {
    attributes: { letters, operands, result },
    inputs: [...operands.map((subscripts) => type('real', subscripts.map(sized))), ...idsTypes],
    values: [...operands.map(() => undefined), ...fill],
  };
}
