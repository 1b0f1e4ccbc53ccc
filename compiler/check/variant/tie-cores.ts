/**
 * `tie T[2] of block[l].key = T[2] of block[l].query`: cores of two weights are one tensor, as `share` makes them where a variable leads
 * from one to the other. Leg k of the one is leg k of the other; what they are called in their networks need not agree.
 */
import type * as tree from '../../../grammar/tree.ts';
import type { ParameterId } from '../../values/model.ts';
import type { DraftParameter } from '../draft.ts';
import { diagnostic, refuse } from '../refuse.ts';
import { bindText, selectTensors, type TensorMatch } from '../selector.ts';
import type { VariantContext } from './context.ts';
import { isFresh, sameStart } from './provenance.ts';
import { follow, replaceParameters } from './share.ts';

/** True where given weights that differ become one. */
export function tieCores(context: VariantContext, change: tree.Tie): boolean {
  const [left, right] = [change.left, change.right].map((choice) => coresOf(context, choice)) as [TensorMatch[], TensorMatch[]];
  const { parameters } = context.draft;
  const replaced = new Map<ParameterId, ParameterId>();
  let differ = false;
  for (const match of left) {
    const partner = partnerOf(match, right, change);
    const [mine, other] = [match, partner].map(({ parameter }) => parameters[follow(replaced, parameter.id)]!) as [
      DraftParameter,
      DraftParameter,
    ];
    if (mine === other) continue;
    checkShapes(mine, other, change);
    const fresh = isFresh(mine.origin) && isFresh(other.origin);
    differ ||= !sameStart(mine, other) && !fresh;
    if (fresh && JSON.stringify(mine.init) !== JSON.stringify(other.init)) noteOfDraw(context, change, mine, other);
    other.names.push(...mine.names);
    mine.names = [];
    replaced.set(mine.id, other.id);
  }
  replaceParameters(context.draft, replaced);
  return differ;
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
function noteOfDraw(context: VariantContext, change: tree.Tie, mine: DraftParameter, other: DraftParameter): void {
  const message = `${mine.names[0]} and ${other.names[0]} have different laws: both start with the draw of ${other.names[0]}`;
  const hint = 'other cores without a law of their own are rescaled, so that each weight has the norm that its law says';
  const also = [{ place: change.right.place, text: 'this is drawn' }];
  context.draft.report.take([
    diagnostic({ code: 'N401', severity: 'note', message, at: change.left.place, label: 'this follows it', also, hint }),
  ]);
}

/** The one on the other side with the same values of the variables, and among several cores the one with the same indices. */
function partnerOf(match: TensorMatch, candidates: readonly TensorMatch[], change: tree.Tie): TensorMatch {
  const agreeing = candidates.filter(({ bindings }) =>
    [...bindings].every(([name, value]) => (match.bindings.get(name) ?? value) === value),
  );
  const indices = ({ parameter }: TensorMatch) => parameter.core?.indices.join() ?? '';
  const alike = agreeing.length > 1 ? agreeing.filter((other) => indices(other) === indices(match)) : agreeing;
  if (alike.length === 1) return alike[0]!;
  return refuse({
    code: 'B615',
    message: `${match.parameter.names[0]} is tied to ${alike.length === 0 ? 'nothing' : `${alike.length} tensors`}`,
    at: change.right.place,
    label: bindText(match.bindings) || 'no variables',
    also: [{ place: change.left.place, text: 'ranges together with this' }],
    hint: 'variables on both sides range together, and cores of equal indices',
  });
}

function checkShapes(mine: DraftParameter, other: DraftParameter, change: tree.Tie): void {
  const shape = ({ legs }: DraftParameter) => legs.map(({ size }) => size).join(' x ');
  if (shape(mine) === shape(other)) return;
  refuse({
    code: 'B601',
    message: `${mine.names[0]} and ${other.names[0]} do not fit`,
    at: change.left.place,
    label: shape(mine),
    also: [{ place: change.right.place, text: shape(other) }],
    hint: 'decompose them alike',
  });
}
