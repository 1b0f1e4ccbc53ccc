/**
 * `tie T[2] of block[l].key = T[2] of block[l].query`: cores of two weights are one tensor, as `share` makes them where a variable leads
 * from one to the other. Leg k of the one is leg k of the other; what they are called in their networks need not agree.
 */
import type * as tree from '../../../grammar/tree.ts';
import { diagnostic, refuse } from '../refuse.ts';
import { bindText, selectTensors, type TensorMatch } from '../selector.ts';
import { nameOf } from '../tensor/slots.ts';
import { resolve, type Tensor, type Use, unite } from '../tensor/tensor.ts';
import type { VariantContext } from './context.ts';
import { refuseParts } from './family.ts';
import { isFresh, sameStart } from './provenance.ts';
import { checkAlike } from './seeded.ts';

/** True where given weights that differ become one. */
export function tieCores(context: VariantContext, change: tree.Tie): boolean {
  const [left, right] = [change.left, change.right].map((choice) => coresOf(context, choice)) as [TensorMatch[], TensorMatch[]];
  let differ = false;
  for (const match of left) {
    const partner = partnerOf(context, match, right, change);
    const [mine, other] = [resolve(match.use), resolve(partner.use)];
    if (mine.tensor !== other.tensor) checkShapes(context, match, partner, change);
    checkAlike(context.draft, mine.tensor, other.tensor, change.place);
    const fresh = isFresh(mine.tensor.origin) && isFresh(other.tensor.origin);
    if (mine.tensor !== other.tensor) {
      differ ||= !sameStart(mine.tensor, other.tensor) && !fresh;
      if (fresh && JSON.stringify(mine.tensor.init) !== JSON.stringify(other.tensor.init)) {
        noteOfDraw(context, change, mine.tensor, other.tensor);
      }
    }
    join(context, change, mine, other);
    refuseParts(context, match, partner, change.place);
  }
  return differ;
}

/** Makes the one tensor the other, axis by axis; B606 where it would become its own transpose, or a part of itself. */
export function join({ draft }: VariantContext, change: tree.Tie, from: Use, to: Use): void {
  const done = unite(from, to, change.place);
  if (done === 'done') return;
  if (done === 'apart') {
    refuse({
      code: 'B622',
      message: 'two members of a family that is one network cannot be one tensor',
      at: change.place,
      label: 'would tie them',
      also: [{ place: resolve(to).tensor.body!.selected, text: 'makes the network' }],
      hint: 'leave one of them out of the family with `except`, and tie that one',
    });
  }
  const twisted = done === 'twisted';
  refuse({
    code: 'B606',
    message: `this would make ${nameOf(draft, resolve(to).tensor)} ${twisted ? 'its own transpose' : 'a core of itself'}`,
    at: change.place,
    label: twisted ? 'one tensor on both sides' : `${nameOf(draft, resolve(from).tensor)} is a core of it`,
    hint: twisted ? 'build it: a topology that places one core twice, such as `gram`' : 'leave one of the two ties out',
  });
}

function coresOf(context: VariantContext, choice: tree.Choice): TensorMatch[] {
  if (choice.name !== undefined) return selectTensors({ choices: [choice], except: [], place: choice.place }, context, { fixed: true });
  return refuse({
    code: 'B615',
    message: 'a core is tied to a core',
    at: choice.place,
    label: 'a whole tensor',
    hint: 'name cores on both sides, as in `tie T[1] of key = T[1] of query`',
  });
}

/** One draw for two laws. */
function noteOfDraw(context: VariantContext, change: tree.Tie, mine: Tensor, other: Tensor): void {
  const [left, right] = [mine, other].map((tensor) => nameOf(context.draft, tensor));
  const message = `${left} and ${right} have different laws: both start with the draw of ${right}`;
  const hint = 'other cores without a law of their own are rescaled, so that each weight has the norm that its law says';
  const also = [{ place: change.right.place, text: 'this is drawn' }];
  context.draft.report.take([
    diagnostic({ code: 'N401', severity: 'note', message, at: change.left.place, label: 'this follows it', also, hint }),
  ]);
}

/** The one on the other side with the same values of the variables, and among several cores the one with the same indices. */
function partnerOf({ draft }: VariantContext, match: TensorMatch, candidates: readonly TensorMatch[], change: tree.Tie): TensorMatch {
  const agreeing = candidates.filter(({ bindings }) =>
    [...bindings].every(([name, value]) => (match.bindings.get(name) ?? value) === value),
  );
  const indices = ({ use }: TensorMatch) => use.tensor.core?.indices.join() ?? '';
  const alike = agreeing.length > 1 ? agreeing.filter((other) => indices(other) === indices(match)) : agreeing;
  if (alike.length === 1) return alike[0]!;
  return refuse({
    code: 'B615',
    message: `${nameOf(draft, match.tensor)} is tied to ${alike.length === 0 ? 'nothing' : `${alike.length} tensors`}`,
    at: change.right.place,
    label: bindText(match.bindings) || 'no variables',
    also: [{ place: change.left.place, text: 'ranges together with this' }],
    hint: 'variables on both sides range together, and cores of equal indices',
  });
}

function checkShapes({ draft }: VariantContext, mine: TensorMatch, other: TensorMatch, change: tree.Tie): void {
  const shape = ({ legs }: TensorMatch) => legs.map(({ size }) => size).join(' x ');
  if (shape(mine) === shape(other)) return;
  refuse({
    code: 'B601',
    message: `${nameOf(draft, mine.tensor)} and ${nameOf(draft, other.tensor)} do not fit`,
    at: change.left.place,
    label: shape(mine),
    also: [{ place: change.right.place, text: shape(other) }],
    hint: 'decompose them alike',
  });
}
