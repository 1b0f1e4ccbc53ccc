/** Melts digits that every form walks as one: fewer indices, longer vectors, plain strides instead of tables. */
import { coefficient, type Digit, type Form } from './form.ts';
import { allForms, type Loop, mapLoop } from './loop.ts';

/**
 * Merges within each group of digits (kept ones never merge with reduced ones) as long as some outer digit's coefficient is the inner
 * one's times its size in all forms. Returns the loops and groups over the new digits.
 */
export function collapse(
  loops: readonly Loop[],
  groups: readonly (readonly Digit[])[],
): { loops: readonly Loop[]; groups: readonly (readonly Digit[])[] } {
  const merges: Merge[] = [];
  let forms = loops.flatMap(allForms);
  let melted = groups;
  for (let merge = mergeOf(melted, forms); merge !== undefined; merge = mergeOf(melted, forms)) {
    const next = merge;
    merges.push(next);
    forms = forms.map((form) => meltedForm(form, next));
    melted = melted.map((digits) => meltedDigits(digits, next));
  }
  if (merges.length === 0) return { loops, groups };
  const change = (form: Form) => merges.reduce(meltedForm, form);
  const digits = (own: readonly Digit[]) => [...merges.reduce(meltedDigits, own)];
  return { loops: loops.map((loop) => mapLoop(loop, change, digits)), groups: melted };
}

interface Merge {
  readonly outer: Digit;
  readonly inner: Digit;
  readonly merged: Digit;
}
function mergeOf(groups: readonly (readonly Digit[])[], forms: readonly Form[]): Merge | undefined {
  for (const group of groups) {
    for (const outer of group) {
      for (const inner of group) {
        if (outer !== inner && forms.every((form) => coefficient(form, outer) === coefficient(form, inner) * inner.size))
          return { outer, inner, merged: { size: outer.size * inner.size } };
      }
    }
  }
  return undefined;
}
function meltedForm(form: Form, { outer, inner, merged }: Merge): Form {
  const stride = form.terms.get(inner);
  if (stride === undefined) return form;
  const terms = new Map(form.terms).set(merged, stride);
  terms.delete(outer);
  terms.delete(inner);
  return { terms, plus: form.plus };
}
function meltedDigits(own: readonly Digit[], { outer, inner, merged }: Merge): readonly Digit[] {
  return own.includes(outer) ? own.flatMap((digit) => (digit === outer ? [merged] : digit === inner ? [] : [digit])) : own;
}

/** Digits by falling coefficient in the forms, the first form deciding: the order in which a nest walks best. */
export function ordered(digits: readonly Digit[], forms: readonly Form[]): Digit[] {
  return [...digits].sort((a, b) => {
    for (const form of forms) {
      const difference = coefficient(form, b) - coefficient(form, a);
      if (difference !== 0) return difference;
    }
    return b.size - a.size;
  });
}
