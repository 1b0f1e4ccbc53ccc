/**
 * `tie A[i, j] = B[j, i]`: A is B with its axes in another order. Variables on both sides range together. A chain of ties that would make
 * a tensor its own transpose is refused: that is a topology (a core placed twice), not a name. With `NAME of` on both sides cores are tied.
 */
import type * as tree from '../../../grammar/tree.ts';
import { diagnostic, refuse } from '../refuse.ts';
import { bindText, type Found, findPath, type WeightMatch, weightsBelow } from '../selector.ts';
import { resolve } from '../tensor/tensor.ts';
import type { VariantContext } from './context.ts';
import { isFresh, sameStart } from './provenance.ts';
import { checkPieces } from './refactor.ts';
import { checkAlike } from './seeded.ts';
import { join, tieCores } from './tie-cores.ts';

interface Side {
  readonly path: tree.Path;
  readonly indices: readonly tree.Identifier[];
  readonly matches: readonly WeightMatch[];
}

export function applyTie(context: VariantContext, change: tree.Tie): void {
  if (change.left.name !== undefined || change.right.name !== undefined) {
    if (tieCores(context, change)) warnOfChange(context, change);
    return;
  }
  const left = side(context, change.left.path);
  const right = side(context, change.right.path);
  const axisOf = permutation(left, right);
  refuseItself(change, left, right, axisOf);
  let differ = false;
  for (const match of left.matches) {
    const others = right.matches.filter(({ bindings }) =>
      [...bindings].every(([name, value]) => (match.bindings.get(name) ?? value) === value),
    );
    if (others.length !== 1) {
      refuse({
        code: 'B615',
        message: `${match.weight.path} is tied to ${others.length === 0 ? 'nothing' : `${others.length} tensors`}`,
        at: right.path.place,
        label: bindText(match.bindings) || 'no variables',
        also: [{ place: left.path.place, text: 'ranges together with this' }],
        hint: 'variables on both sides range together',
      });
    }
    differ = tieOne(context, change, match, others[0]!, axisOf) || differ;
  }
  if (differ) warnOfChange(context, change);
}

/** One of many may be the one that the others are tied to; a tie of one tensor to itself says nothing. */
function refuseItself(change: tree.Tie, { matches: [one, ...others] }: Side, right: Side, axisOf: number[] | undefined): void {
  const weight = one?.weight;
  const same = others.length === 0 && right.matches.length === 1 && right.matches[0]!.weight === weight;
  if (weight === undefined || !same || axisOf?.some((axis, k) => axis !== k)) return;
  refuse({
    code: 'B615',
    message: `${weight.path} is tied to itself`,
    at: change.right.place,
    label: 'the same tensor',
    also: [{ place: change.left.place, text: 'here too' }],
    hint: 'name another tensor on one of the sides',
  });
}

function warnOfChange(context: VariantContext, change: tree.Tie): void {
  const message = 'tying changes the function that the given weights compute';
  context.draft.report.take([
    diagnostic({ code: 'W6', severity: 'warning', message, at: change.place, label: 'the two sides start different' }),
  ]);
}

/** The last picks name the axes of a tensor; a path that ends in a family has picks of its own. */
function side(context: VariantContext, path: tree.Path): Side {
  const last = path.steps.at(-1)!;
  const bare: tree.Path = { ...path, steps: [...path.steps.slice(0, -1), { place: last.place, at: last.at }] };
  const tensors = (found: readonly Found[]) =>
    found.map((one) => {
      const choice = { place: path.place, path };
      const weights = weightsBelow(one, choice, context.draft).filter(({ weight }) => weight.axes.length > 1 || one.node.is === 'weight');
      if (weights.length === 1 && weights[0]!.only === undefined) return weights[0]!;
      const [first] = weights;
      const label = first?.only === undefined ? `${weights.length} tensors` : `\`${first.only}\` is a term of ${first.weight.path}`;
      return refuse({ code: 'B615', message: 'one tensor is tied to one tensor', at: path.place, label });
    });
  const found = last.picks === undefined ? findPath(path, context) : findPath(bare, context);
  if (last.picks === undefined || found.some(({ node }) => node.is === 'family')) {
    return { path, indices: [], matches: tensors(findPath(path, context)) };
  }
  const indices = last.picks.map((pick) => {
    if (pick.is === 'one' && pick.from?.kind === 'identifier') return pick.from;
    return refuse({
      code: 'B615',
      message: 'the axes of a tied tensor are named',
      at: pick.place,
      label: 'not a name',
      hint: 'as in `[i, j]`',
    });
  });
  return { path, indices, matches: tensors(found) };
}

/** Position on the right of every axis on the left. */
function permutation(left: Side, right: Side): number[] | undefined {
  const names = left.indices.map(({ name }) => name);
  const others = right.indices.map(({ name }) => name);
  const distinct = new Set(names).size === names.length && new Set(others).size === others.length;
  if (!distinct || names.length !== others.length || names.some((name) => !others.includes(name))) {
    refuse({
      code: 'B615',
      message: 'both sides name the same axes, each once',
      at: right.path.place,
      label: others.join(', ') || 'no axes',
      also: [{ place: left.path.place, text: names.join(', ') || 'no axes' }],
    });
  }
  return names.length === 0 ? undefined : names.map((name) => others.indexOf(name));
}

/** Whether given values are lost by it. */
function tieOne(context: VariantContext, change: tree.Tie, left: WeightMatch, right: WeightMatch, named: number[] | undefined): boolean {
  const [a, b] = [left.weight, right.weight];
  const axisOf = named ?? a.axes.map((_, k) => k);
  if (
    axisOf.length !== a.axes.length ||
    a.axes.length !== b.axes.length ||
    a.axes.some(({ size }, k) => size !== b.axes[axisOf[k]!]!.size)
  ) {
    const shape = ({ axes }: typeof a) => axes.map(({ size }) => size).join(' x ');
    refuse({
      code: 'B601',
      message: `${a.path} and ${b.path} do not fit`,
      at: change.left.place,
      label: shape(a),
      also: [{ place: change.right.place, text: shape(b) }],
      hint: 'the axes in the order written must have equal sizes',
    });
  }
  const [from, to] = [resolve(a.terms[0]!.use), resolve(b.terms[0]!.use)];
  if (from.tensor.body !== undefined && from.tensor !== to.tensor) {
    refuse({
      code: 'B615',
      message: `${a.path} is decomposed already`,
      at: change.left.place,
      label: 'a network',
      also: [{ place: from.tensor.body.selected, text: 'decomposed here' }],
      hint:
        from.tensor.body.by === undefined
          ? 'its layer declares it so: put it on the right, and the other becomes this network'
          : 'tie first: decomposing one then decomposes both',
    });
  }
  checkAlike(context.draft, from.tensor, to.tensor, change.place);
  const differs = !sameStart(from.tensor, to.tensor) && !(isFresh(from.tensor.origin) && isFresh(to.tensor.origin));
  join(context, change, from, { ...to, perm: axisOf.map((axis) => to.perm[axis]!) });
  if (to.tensor.body !== undefined) checkPieces(context.draft, to.tensor, change.place);
  return differs && from.tensor !== to.tensor;
}
