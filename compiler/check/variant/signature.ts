/** What a layer takes and gives, as its user knows it: by the axes that its formal ones stand for. */
import { mark } from '../../../grammar/layout.ts';
import { signature as signatureText } from '../../../grammar/print-expressions.ts';
import type * as tree from '../../../grammar/tree.ts';
import type { Draft } from '../draft.ts';
import type { Instance } from '../instance.ts';
import { lookupAxis, splitPrimes } from '../names.ts';

export function forwardOf({ items }: Instance): tree.Forward | undefined {
  return items.find((item) => item.kind === 'forward');
}

export const textOf = ({ signature }: tree.Forward): string => signatureText(signature).replaceAll(mark, ' ');

/** Equal for layers that can stand in each other's place. Names of parameters count where a call may leave them out or name them. */
export function signatureKey(draft: Draft, instance: Instance, { signature }: tree.Forward): string {
  const axis = ({ name, place }: Pick<tree.Identifier, 'name' | 'place'>): string => {
    const { base, primes } = splitPrimes(name);
    const formal = instance.axes.get(base) ?? lookupAxis(draft, instance, { kind: 'identifier', name: base, place });
    return formal === undefined ? name : `${draft.table.root(formal)}${"'".repeat(primes)}`;
  };
  const axes = (brackets: tree.Brackets | undefined) =>
    brackets?.items.map((item) => (item.kind === 'rest' ? '..' : item.range.from.kind === 'identifier' ? axis(item.range.from) : '?'));
  const element = (name: tree.Identifier | undefined) =>
    name === undefined ? '' : ['int', 'bool'].includes(name.name) ? name.name : axis(name);
  return JSON.stringify({
    parameters: signature.parameters.map((one, k) => [
      k === 0 ? '' : one.name.name,
      axes(one.brackets),
      element(one.element),
      one.value !== undefined,
    ]),
    where: signature.where !== undefined,
    results: signature.results.map((one) => [axes(one.brackets), element(one.element)]),
  });
}
