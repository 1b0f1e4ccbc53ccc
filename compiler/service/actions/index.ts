/** All changes that a place of a text offers: hints of the checker that are code, and other ways to say the same. */
import type { Diagnostic, Place } from '../../../grammar/diagnostic.ts';
import type { Document } from '../document.ts';
import type { Action, Fix, Refactoring } from './action.ts';
import { bodyFixes, nameSums } from './bodies.ts';
import { nameFixes } from './names.ts';
import { networkFixes, writeFactors } from './networks.ts';
import { extractRecipe, inlineRecipe, variantFixes } from './variants.ts';

export type { Action } from './action.ts';
export { applied } from './action.ts';

const fixes: readonly Fix[] = [...nameFixes, ...bodyFixes, ...networkFixes, ...variantFixes];
const refactorings: readonly Refactoring[] = [nameSums, writeFactors, extractRecipe, inlineRecipe];

/** What puts right the diagnostics at a place, then what else can be done there. */
export function actions(document: Document, selected: Place): Action[] {
  const here = document.diagnostics.filter(
    ({ primary: { place } }) => place.file === document.file && place.from <= selected.to && selected.from <= place.to,
  );
  return [
    ...here.flatMap((diagnostic) => fixesOf(document, diagnostic)),
    ...refactorings.flatMap((propose) => propose(document, selected)),
  ];
}

export function fixesOf(document: Document, diagnostic: Diagnostic): Action[] {
  const fitting = fixes.filter(({ codes }) => codes === undefined || codes.includes(diagnostic.code));
  return fitting.flatMap(({ propose }) => propose(diagnostic, document).map((action) => ({ ...action, fixes: diagnostic })));
}
