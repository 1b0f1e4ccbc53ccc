/** Sums, index lists, conditions and bounds in bodies. */
import type { Place } from '../../../grammar/diagnostic.ts';
import type * as tree from '../../../grammar/tree.ts';
import type { Document } from '../document.ts';
import { factsOf } from '../document.ts';
import { around, codeIn, type Fix, indentAt, insert, type Refactoring, textOf } from './action.ts';

/** `o[batch, time] = a * k`, as the hint has it: on the left where the statement is that expression, before it otherwise. */
const indexList: Fix = {
  codes: ['B301'],
  propose({ hint, primary: { place } }, document) {
    const [, list, value] = /^\w+(\[[^\]]*\]) = (.*)$/s.exec(codeIn(hint, /^\w+\[.*\] = /) ?? '') ?? [];
    const statement = around<tree.Assign>(document, place, 'assign');
    if (list === undefined || statement === undefined) return [];
    const [target] = statement.targets;
    const whole =
      statement.value.place.from === place.from &&
      statement.value.place.to >= place.to &&
      value === textOf(document, statement.value.place);
    if (whole && statement.targets.length === 1 && target!.brackets === undefined)
      return [{ title: `Keep ${list}, sum the rest`, edits: [insert(place, target!.name.place.to, list)] }];
    const at = placeOf(document, statement.value.place, value!);
    if (at === undefined) return [];
    const name = freshName(document, 'o');
    const before = insert(place, statement.place.from, `${name}${list} = ${value}\n${indentAt(document, statement.place.from)}`);
    return [{ title: `Sum into \`${name}${list}\` first`, edits: [before, { place: at, text: name }] }];
  },
};

function placeOf(document: Document, { file, from, to }: Place, code: string): Place | undefined {
  const at = document.text.slice(from, to).indexOf(code);
  return at < 0 ? undefined : { file, from: from + at, to: from + at + code.length };
}

/** A name that the file does not have. */
export function freshName({ text }: Document, name: string): string {
  let fresh = name;
  for (let k = 2; new RegExp(`\\b${fresh}\\b`).test(text); k++) fresh = `${name}${k}`;
  return fresh;
}

const meanOf: Fix = {
  codes: ['B315'],
  propose({ hint, primary: { place } }, document) {
    if (hint !== '`mean(...)`') return [];
    return [{ title: 'Take the mean', edits: [{ place, text: `mean(${textOf(document, place)})` }] }];
  },
};

/** `add \`heads\` on the left`. */
const addToList: Fix = {
  codes: ['B302', 'B311'],
  propose({ hint, primary: { place } }, document) {
    const axis = /^add `([\w']+)` on the left/.exec(hint ?? '')?.[1];
    const target = around<tree.Assign>(document, place, 'assign')?.targets[0]?.brackets;
    if (axis === undefined || target === undefined) return [];
    return [{ title: `Keep \`${axis}\` on the left`, edits: [insert(place, target.place.to - 1, `, ${axis}`)] }];
  },
};

/** `put it under \`if biased { ... }\``. */
const underCondition: Fix = {
  codes: ['B317'],
  propose({ hint, primary: { place } }, document) {
    const condition = /^if (.*) \{ \.\.\. \}$/s.exec(codeIn(hint, /^if /) ?? '')?.[1];
    const statement = around<tree.Assign>(document, place, 'assign');
    if (condition === undefined || statement === undefined) return [];
    const text = `if ${condition} { ${textOf(document, statement.place)} }`;
    return [{ title: `Only \`if ${condition}\``, edits: [{ place: statement.place, text }] }];
  },
};

/** `axis time <= context`, where the axis is declared. */
const boundAxis: Fix = {
  codes: ['B203'],
  propose({ hint, secondary: [declared] }, document) {
    const [, bound] = /^axis (\w+ <= .*)$/.exec(codeIn(hint, /^axis .* <= /) ?? '') ?? [];
    const item = declared && around<tree.AxisItem>(document, declared.place, 'axis');
    if (bound === undefined || item === undefined) return [];
    return [{ title: `Declare \`${bound}\``, edits: [{ place: item.name.place, text: bound }] }];
  },
};

/** `[time = @time - 1 else 0]`. */
const elseZero: Fix = {
  codes: ['B313'],
  propose({ hint, primary: { place } }, document) {
    if (!/^say what stands outside/.test(hint ?? '')) return [];
    const item = around<tree.IndexItem>(document, place, 'index');
    return item === undefined || item.else !== undefined
      ? []
      : [{ title: 'Outside it is 0', edits: [insert(place, item.place.to, ' else 0')] }];
  },
};

/** What a list of axes sums without a word, written out. The value is the same. */
export const nameSums: Refactoring = (document, selected) =>
  factsOf(document, 'sum')
    .filter(({ place }) => place.from <= selected.to && selected.from <= place.to)
    .map(({ place, fact }) => ({
      title: `Name what is summed: ${fact.over.join(', ')}`,
      edits: [{ place, text: `sum[${fact.over.join(', ')}](${textOf(document, place)})` }],
    }));

export const bodyFixes: readonly Fix[] = [indexList, meanOf, addToList, underCondition, boundAxis, elseZero];
