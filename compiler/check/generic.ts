/**
 * Layers and functions that no model of the file uses are checked once on axes of their own, so that a library has its mistakes told
 * before anybody imports it. What may depend on the sizes and factorisations of a caller is not judged here.
 */
import type { Diagnostic } from '../../grammar/diagnostic.ts';
import type * as tree from '../../grammar/tree.ts';
import type { Before, Found } from './before.ts';
import { elaborateGenerically } from './bodies/generic.ts';
import type { Draft } from './draft.ts';
import { emptyDraft, instantiateLayer } from './instantiate.ts';
import { attempt } from './refuse.ts';
import { Report } from './report.ts';
import type { Program } from './scope.ts';

/** Any size does; one that many numbers divide satisfies most factorisations, a small one leaves room for many axes. */
const sampleSize = 24;
const judged = /^B(10[1-9]|11\d|301|302|305|306|311|31[5-9]|32[0-57-9]|33[35])$/;

export function checkUnused(program: Program, report: Report, before?: Before): void {
  for (const item of program.main.tree.items) {
    if (
      (item.kind !== 'fn' && item.kind !== 'layer') ||
      program.used.has(item) ||
      program.ambiguous.has(item) ||
      (item.kind === 'layer' && item.model)
    )
      continue;
    const fresh = (): Found => {
      const own = new Report();
      attempt(own, () => (item.kind === 'fn' ? checkFunction(program, item, own) : checkLayer(program, item, own)));
      return { model: undefined, facts: [], diagnostics: own.diagnostics.filter(isJudged) };
    };
    report.take((before?.recall(program, item, false, fresh) ?? fresh()).diagnostics);
  }
}

const isJudged = ({ code }: Diagnostic) => judged.test(code);

/** A model without items, in the place of the declaration. */
function emptyModel(declaration: tree.Layer | tree.Fn): tree.Layer {
  return { kind: 'layer', model: true, name: declaration.name, place: declaration.place, options: [], items: [] };
}

function draftWithAxes(program: Program, declaration: tree.Layer | tree.Fn, report: Report): Draft {
  const draft = emptyDraft(program, emptyModel(declaration), report);
  for (const { name } of declaration.axes?.parameters ?? []) {
    draft.root.axes.set(name.name, draft.table.declare(name.name, sampleSize, { place: name.place }));
  }
  return draft;
}

function checkFunction(program: Program, declaration: tree.Fn, report: Report): void {
  elaborateGenerically(draftWithAxes(program, declaration, report), { declaration });
}

function checkLayer(program: Program, declaration: tree.Layer, report: Report): void {
  if (declaration.options.some((option) => option.value === undefined)) return;
  const draft = draftWithAxes(program, declaration, report);
  const items = (declaration.axes?.parameters ?? []).map(({ name }): tree.IndexItem => {
    return { kind: 'index', padded: false, place: name.place, range: { from: name, place: name.place } };
  });
  const brackets: tree.Brackets = { kind: 'brackets', items, place: declaration.name.place };
  const reference = { place: declaration.name.place, ...(declaration.axes ? { brackets } : {}) };
  const layer = { is: 'layer' as const, name: declaration.name.name, declaration };
  const instance = instantiateLayer(draft, { layer, reference }, draft.root, declaration.name.name);
  for (const item of declaration.items) {
    if (item.kind === 'forward' || item.kind === 'fn') elaborateGenerically(draft, { declaration: item, instance });
  }
}
