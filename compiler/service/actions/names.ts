/** Names that are misspelt, missing or taken. */
import type { Place } from '../../../grammar/diagnostic.ts';
import type * as tree from '../../../grammar/tree.ts';
import type { Document } from '../document.ts';
import { around, codeIn, type Fix, insert, itemAround, textOf } from './action.ts';

/** Whatever the code: the name at the place, with the nearest in its stead. */
const misspelt: Fix = {
  propose({ hint, primary: { place } }, document) {
    const said = /did you mean ([^?]*)\?/.exec(hint ?? '')?.[1];
    if (said === undefined || !/^[A-Za-z_][\w']*$/.test(textOf(document, place))) return [];
    return [...said.matchAll(/`([^`]+)`/g)].map(([, name]) => ({ title: `Write \`${name}\``, edits: [{ place, text: name! }] }));
  },
};

/** `here that is \`low_rank\``, `the bond of \`mpo\` is \`b\``. */
const otherwiseCalled: Fix = {
  propose({ hint, primary: { place } }, document) {
    const name = /(?:here that is|the bond of `\w+` is) `([\w]+)`/.exec(hint ?? '')?.[1];
    if (name === undefined || !/^[A-Za-z_]\w*$/.test(textOf(document, place))) return [];
    return [{ title: `Write \`${name}\``, edits: [{ place, text: name }] }];
  },
};

const declareAxis: Fix = {
  codes: ['B102'],
  propose({ primary: { place } }, document) {
    const name = textOf(document, place);
    const item = itemAround(document, place);
    if (item?.kind !== 'layer' || !/^[A-Za-z_]\w*$/.test(name) || isElement(document, place)) return [];
    if (!item.model) {
      if (item.axes === undefined)
        return [{ title: `Add the axis \`${name}\` to \`${item.name.name}\``, edits: [insert(place, item.name.place.to, `[${name}]`)] }];
      return [{ title: `Add the axis \`${name}\` to \`${item.name.name}\``, edits: [insert(place, item.axes.place.to - 1, `, ${name}`)] }];
    }
    const last = item.items.findLast((each) => each.kind === 'axis');
    const edit =
      last === undefined ? insert(place, bodyOf(document.text, item), `\n  axis ${name}`) : insert(place, last.place.to, `, ${name}`);
    return [{ title: `Declare \`axis ${name}\`, open`, edits: [edit] }];
  },
};

function bodyOf(text: string, { place, name }: tree.FileItem): number {
  return text.indexOf('{', name.place.to) + 1 || place.to;
}

const declareOption: Fix = {
  codes: ['B101', 'B102'],
  propose({ primary: { place }, message, hint }, document) {
    const name = textOf(document, place);
    const item = itemAround(document, place);
    if (item === undefined || item.kind === 'let' || item.kind === 'fn' || !/^[A-Za-z_]\w*$/.test(name)) return [];
    const isValue = /is not defined$|^unknown axis/.test(message) && !/is an input/.test(hint ?? '');
    if (!isValue || item.kind === 'topology' || isCalled(document, place) || isElement(document, place)) return [];
    const text = document.text;
    const last = item.options.at(-1);
    const head = item.kind === 'layer' ? (item.axes?.place.to ?? item.name.place.to) : item.name.place.to;
    const empty = /^\s*\(\s*\)/.exec(text.slice(head));
    const edit =
      last !== undefined
        ? insert(place, last.place.to, `, ${name} = 8`)
        : empty
          ? insert(place, head + empty[0].length - 1, `${name} = 8`)
          : insert(place, head, `(${name} = 8)`);
    return [{ title: `Declare an option \`${name} = 8\` of \`${item.name.name}\``, edits: [edit] }];
  },
};

/** `x[batch] in f16`. */
const isElement = ({ text }: Document, { from }: Place): boolean => /\bin\s+$/.test(text.slice(0, from));

function isCalled(document: Document, place: Place): boolean {
  const call = around<tree.Call>(document, place, 'call');
  const choices = around<tree.Freeze>(document, place, 'freeze', 'train', 'decompose', 'adapt', 'share', 'init', 'keep');
  return (
    call?.of.place.from === place.from ||
    (choices !== undefined && choices.selection.place.from <= place.from && place.to <= choices.selection.place.to)
  );
}

const importedTwice: Fix = {
  codes: ['B103'],
  propose({ hint, secondary: [first] }, document) {
    const name = codeIn(hint, /^use .* as Other/) && first && textOf(document, first.place);
    if (!name) return [];
    return [{ title: `Import it as \`Other${name}\``, edits: [insert(first.place, first.place.to, ` as Other${name}`)] }];
  },
};

const withoutEdition: Fix = {
  codes: ['W7'],
  propose({ hint, primary: { place } }) {
    const code = codeIn(hint, /^edition/);
    return code === undefined ? [] : [{ title: `Begin with \`${code}\``, edits: [insert(place, 0, `${code}\n\n`)] }];
  },
};

export const nameFixes: readonly Fix[] = [misspelt, otherwiseCalled, declareAxis, declareOption, importedTwice, withoutEdition];
