/**
 * `untie S over l`: members of a family over l that is one network get copies of their own. Of anything else, `untie block over l`: a layer that is applied in `for l in a..b` becomes the family `block[l]`, members of equal start. What becomes of
 * uses outside such a loop is checked when bodies are elaborated.
 */
import type * as tree from '../../../grammar/tree.ts';
import { copyInstance, moveInstance } from '../copy.ts';
import type { Instance, MemberNode } from '../draft.ts';
import { instanceNames } from '../names.ts';
import { refuse } from '../refuse.ts';
import { type InstanceMatch, selectInstances, selectWeights } from '../selector.ts';
import { evaluateInteger } from '../static.ts';
import { expressionsOf, namesIn, statementsIn } from '../walk.ts';
import type { VariantContext } from './context.ts';
import { membersOver, untieMember } from './untie-member.ts';

export function applyUntie(context: VariantContext, change: tree.Untie): void {
  const { draft } = context;
  const members = new Map(draft.weights.map((weight) => [weight, membersOver(weight, change.over.name)]));
  if ([...members.values()].some((terms) => terms.length > 0)) {
    const selected = selectWeights(change.selection, context, { fixed: true }).map(({ weight }) => weight);
    const untied = selected.flatMap((weight) => members.get(weight)!.map((term) => ({ weight, term })));
    for (const { weight, term } of untied) untieMember(draft, weight, term);
    if (untied.length > 0) return;
  }
  for (const match of selectInstances(change.selection, context)) untieOne(context, change, match);
}

function untieOne(context: VariantContext, change: tree.Untie, match: InstanceMatch): void {
  const { draft } = context;
  const { name, indices } = match.parts.at(-1)!;
  const parent = parentOf(draft.root, match);
  const loops = indices.length > 0 ? [] : loopsOver(parent, change.over.name, name);
  const [loop] = loops;
  if (loop?.loop.range.to === undefined) {
    refuse({
      code: 'B603',
      message: `\`${name}\` is not used in a loop over \`${change.over.name}\``,
      at: change.over.place,
      label: `no \`for ${change.over.name} in ...\` uses it`,
      also: [{ place: match.instance.place, text: indices.length > 0 ? 'a member of a family' : 'declared here' }],
      hint: 'a layer is untied over the variable of the loop that applies it',
    });
  }
  const second = loops[1];
  if (second !== undefined) {
    refuse({
      code: 'B603',
      message: `\`${name}\` is used in ${loops.length} loops over \`${change.over.name}\``,
      at: change.over.place,
      label: 'which of them makes the family?',
      also: [
        { place: loop.loop.place, text: 'one' },
        { place: second.loop.place, text: 'another' },
      ],
      hint: 'give the layer of each loop a name of its own in the model',
    });
  }
  const names = instanceNames(draft, parent);
  const from = evaluateInteger(loop.loop.range.from, names, 'the first value of the loop');
  const to = evaluateInteger(loop.loop.range.to, names, 'the last value of the loop');
  if (to < from || to - from >= 100_000) {
    refuse({ code: 'B603', message: `the loop runs from ${from} to ${to}`, at: loop.loop.place, label: 'cannot be a family' });
  }
  const path = match.instance.path;
  moveInstance(draft, match.instance, `${path}[${from}]`);
  const items: MemberNode[] = [{ is: 'instance', instance: match.instance }];
  for (let k = from + 1; k <= to; k++) items.push({ is: 'instance', instance: copyInstance(draft, match.instance, `${path}[${k}]`) });
  parent.members.set(name, { is: 'family', ranges: [{ from, to }], items, over: { name: change.over.name, place: change.over.place } });
}

/** The instance that the last step of the path is a member of. */
export function parentOf(root: Instance, { parts }: Pick<InstanceMatch, 'parts'>): Instance {
  let at = root;
  for (const { name, indices } of parts.slice(0, -1)) {
    const node = itemOf(
      at.members.get(name)!,
      indices.map(({ value }) => value),
    );
    if (node.is !== 'instance') throw new Error(`${name} is on a path to a layer and is none`);
    at = node.instance;
  }
  return at;
}

export function itemOf(node: MemberNode, indices: readonly number[]): MemberNode {
  if (node.is !== 'family') return node;
  return node.items[node.ranges.reduce((position, { from, to }, k) => position * (to - from + 1) + indices[k]! - from, 0)]!;
}

/** Loops of that variable whose bodies mention the member, in all bodies of the instance. */
function loopsOver(instance: Instance, variable: string, member: string): tree.For[] {
  const found: tree.For[] = [];
  for (const item of instance.items) {
    if (item.kind !== 'fn' && item.kind !== 'forward' && item.kind !== 'loss' && item.kind !== 'metric') continue;
    if (item.body.kind !== 'block') continue;
    for (const statement of statementsIn(item.body.statements)) {
      if (statement.kind === 'for' && statement.loop.name.name === variable && mentions(statement, member)) found.push(statement);
    }
  }
  return found;
}

function mentions({ body }: tree.For, member: string): boolean {
  const expressions = [...statementsIn(body.statements)].flatMap(expressionsOf);
  return expressions.some((expression) => namesIn(expression).some(({ name }) => name === member));
}
