/** Bodies say again what a function of the model says; where a loss holds all results of such a function, it calls it. */
import type { Body, Entry, ValueId } from '../../values/body.ts';
import { hash } from '../../values/hash.ts';
import { readsOf } from '../../values/reads.ts';

/** Equal for statements that compute the same of the same inputs. */
export function meaningsOf(body: Body): readonly string[] {
  const numbers = new Map<string, number>();
  const meanings: number[] = [];
  for (const { expression, axes, type } of body.statements) {
    const reads = readsOf(expression).map((id) => meanings[id]);
    let k = 0;
    const own = new Set(readsOf(expression));
    const text = JSON.stringify([expression, axes, type], (key, value) => {
      if (
        (key === 'of' || key === 'index' || key === 'else' || key === 'where' || key === 'probability') &&
        typeof value === 'number' &&
        own.has(value)
      )
        return `$${k++}`;
      return (key === 'of' || key === 'factors') && Array.isArray(value) && value.every((id) => typeof id === 'number')
        ? value.length
        : value;
    });
    const whole = JSON.stringify([text, reads]);
    if (!numbers.has(whole)) numbers.set(whole, numbers.size);
    meanings.push(numbers.get(whole)!);
  }
  const texts = [...numbers.keys()];
  const full: string[] = [];
  const hashOf = (n: number): string => {
    full[n] ??= (() => {
      const [own, reads] = JSON.parse(texts[n]) as [string, number[]];
      return hash(own + reads.map(hashOf).join());
    })();
    return full[n];
  };
  return meanings.map(hashOf);
}
/** A function whose results a body holds: they are `outputs`, and it is called on `inputs`. */
export interface Reuse {
  readonly entry: Entry;
  readonly inputs: readonly ValueId[];
  readonly outputs: readonly ValueId[];
}
export function reusesOf(entry: Entry, body: Body, functions: readonly Entry[], mode: 'train' | 'eval'): Reuse[] {
  const own = meaningsOf(body);
  return functions.flatMap((other) => {
    if (other === entry) return [];
    const theirs = meaningsOf(other[mode]);
    const find = (id: ValueId) => own.indexOf(theirs[id]);
    const outputs = other[mode].results.map(({ value }) => find(value));
    const inputs = other[mode].statements.flatMap(({ expression }, id) => (expression.is === 'input' ? [find(id)] : []));
    const trivial = other[mode].results.some(({ value }) => readsOf(other[mode].statements[value].expression).length === 0);
    return trivial || [...outputs, ...inputs].includes(-1) ? [] : [{ entry: other, inputs, outputs }];
  });
}
