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
  const forms = loops.flatMap(allForms);
  for (const [position, group] of groups.entries()) {
    for (const outer of group) {
      for (const inner of group) {
        if (outer === inner || !forms.every((form) => coefficient(form, outer) === coefficient(form, inner) * inner.size)) continue;
        const merged: Digit = { size: outer.size * inner.size };
        const digits = (own: readonly Digit[]) => own.flatMap((digit) => (digit === outer ? [merged] : digit === inner ? [] : [digit]));
        const change = (form: Form): Form => {
          const stride = form.terms.get(inner);
          if (stride === undefined) return form;
          const terms = new Map(form.terms).set(merged, stride);
          terms.delete(outer);
          terms.delete(inner);
          return { terms, plus: form.plus };
        };
        return collapse(
          loops.map((loop) => mapLoop(loop, change, digits)),
          groups.map((own, k) => (k === position ? digits(own) : own)),
        );
      }
    }
  }
  return { loops, groups };
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
