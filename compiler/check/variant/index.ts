/**
 * Variants of a chain, inner to outer. Structure statements act in order, each on the tree that the one before left; state statements
 * see the final tree and are unordered within a body, an outer body overriding an inner one. Every statement is one unit: what is
 * wrong with it is reported, and the next one is checked.
 */
import type * as tree from '../../../grammar/tree.ts';
import type { Draft, VariantUse } from '../draft.ts';
import { attempt, refuse } from '../refuse.ts';
import { evaluateBoolean } from '../static.ts';
import { type Common, type VariantContext, variantNames } from './context.ts';
import { applyDecompose } from './decompose.ts';
import { applyFreeze } from './freeze.ts';
import { applyInit } from './init.ts';
import { applyKeep } from './keep.ts';
import { applyShare } from './share.ts';
import { applyTrain } from './train.ts';

/** Applies `uses`, the innermost variant first, to the draft; what is refused is in `draft.report`. */
export function applyVariants(draft: Draft, uses: readonly VariantUse[]): void {
  const common: Common = { plans: new Map(), decomposed: new Map() };
  const states = uses.flatMap(({ declaration, options }) => {
    const names = variantNames(draft, declaration, options);
    return applyStructure({ draft, names, common, body: declaration });
  });
  for (const state of states) attempt(draft.report, state);
}

type State = () => void;

/** Structure statements now; the state statements are handed back in order. */
function applyStructure(context: VariantContext): State[] {
  return context.body.changes.flatMap((change) => attempt(context.draft.report, () => applyChange(context, change)) ?? []);
}

function applyChange(context: VariantContext, change: tree.Change): State[] {
  switch (change.kind) {
    case 'decompose':
      applyDecompose(context, change);
      return [];
    case 'share':
      applyShare(context, change);
      return [];
    case 'require':
      checkRequire(context, change);
      return [];
    case 'freeze':
      return [() => applyFreeze(context, change)];
    case 'train':
      return [() => applyTrain(context, change)];
    case 'init':
      return [() => applyInit(context, change)];
    case 'keep':
      return [() => applyKeep(context, change)];
    case 'let':
      return [];
    default:
      return refuse({ code: 'B600', message: `\`${change.kind}\` is not supported yet`, at: change.place, label: 'cannot be applied' });
  }
}

function checkRequire(context: VariantContext, change: tree.Require): void {
  if (evaluateBoolean(change.condition, context.names)) return;
  refuse({
    code: 'B206',
    message: `a requirement of ${context.body.name.name} fails${change.text === undefined ? '' : `: ${change.text}`}`,
    at: change.condition.place,
    label: 'this is false',
  });
}
