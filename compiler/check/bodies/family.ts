/** Members of a family as values, whether a number or data chooses them. In a file of its own: names and expressions both end here. */
import type { Elaboration } from './context.ts';
import { stackedWeight } from './stacked.ts';
import type { FamilyPart, Value } from './value.ts';

/** Member number k of a family. */
export function nodesOf(to: Elaboration, family: FamilyPart, k: number): Value {
  return nodesValue(
    to,
    family,
    family.nodes.map((node) => node.items[k]),
  );
}

/** Members as one value: layers applied alike, or their weights as a stack. */
export function nodesValue(to: Elaboration, { chosen }: FamilyPart, nodes: FamilyPart['nodes'][number]['items']): Value {
  const instances = nodes.flatMap((node) => (node.is === 'instance' ? [node.instance] : []));
  if (instances.length === nodes.length) return { is: 'layer', instances, chosen };
  const weights = nodes.flatMap((node) => (node.is === 'weight' ? [node.weight] : []));
  return weights.length === nodes.length ? stackedWeight(to, weights, chosen) : { is: 'error' };
}
