/**
 * Variants of a chain, inner to outer. Structure statements act in order, each on the tree that the one before left; state statements
 * see the final tree and are unordered within a body, an outer body overriding an inner one. Every statement is one unit: what is
 * wrong with it is reported, and the next one is checked.
 */
import type * as tree from '../../../grammar/tree.ts';
import { variantNames } from '../chain.ts';
import type { Draft, VariantUse } from '../draft.ts';
import { attempt, refuse } from '../refuse.ts';
import { evaluateBoolean } from '../static.ts';
import { applyAdapt, warnOfAdapters } from './adapt.ts';
import { recipeContexts } from './apply.ts';
import type { Common, VariantContext } from './context.ts';
import { applyDecompose } from './decompose.ts';
import { applyFreeze } from './freeze.ts';
import { applyGrow } from './grow.ts';
import { applyInit } from './init.ts';
import { applyKeep } from './keep.ts';
import { applyLearn, checkLearned } from './learn.ts';
import { applyOrthogonal, checkOrthogonal } from './orthogonal.ts';
import { applyReplace } from './replace.ts';
import { applyShare } from './share.ts';
import { applySqueeze } from './squeeze.ts';
import { tidy } from './tidy.ts';
import { applyTie } from './tie.ts';
import { applyTrain } from './train.ts';
import { applyUntie } from './untie.ts';
import { applyWrap } from './wrap.ts';

let watch: ((draft: Draft) => void) | undefined;
/** From now on `observe` sees every draft after each statement: tests have the verifier look at it. */
export function watchStatements(observe: typeof watch): void {
  watch = observe;
}

/** Applies `uses`, the innermost variant first, to the draft; what is refused is in `draft.report`. */
export function applyVariants(draft: Draft, uses: readonly VariantUse[]): void {
  const common: Common = { adapted: [], chosen: [], resized: [], late: [], added: 0, budgets: 0 };
  const states = uses.flatMap(({ declaration, options }) => {
    const names = variantNames(draft.program, declaration, options, draft.root.options);
    return applyStructure({ draft, names, options, common, body: declaration, applying: [] });
  });
  for (const state of states) {
    attempt(draft.report, state);
    watch?.(draft);
  }
  for (const event of common.resized) draft.schedule.push({ ...event, id: draft.schedule.length });
  tidy(draft);
  checkOrthogonal(draft);
  checkLearned(draft);
  for (const event of common.late) attempt(draft.report, event);
  warnOfAdapters({ draft, common });
}

type State = () => void;

/** Structure statements now. State statements are handed back: those of applied recipes first, since this body overrides them. */
function applyStructure(context: VariantContext): State[] {
  const inner: State[] = [];
  const own: State[] = [];
  for (const change of context.body.changes) {
    attempt(context.draft.report, () => {
      if (change.kind === 'apply') inner.push(...recipeContexts(context, change).flatMap(applyStructure));
      else own.push(...applyChange(context, change));
    });
    watch?.(context.draft);
  }
  return [...inner, ...own];
}

function applyChange(context: VariantContext, change: Exclude<tree.Change, tree.Apply>): State[] {
  switch (change.kind) {
    case 'untie':
      applyUntie(context, change);
      return [];
    case 'replace':
      applyReplace(context, change);
      return [];
    case 'wrap':
      applyWrap(context, change);
      return [];
    case 'decompose':
      applyDecompose(context, change);
      return [];
    case 'adapt':
      applyAdapt(context, change);
      return [];
    case 'share':
      applyShare(context, change);
      return [];
    case 'tie':
      applyTie(context, change);
      return [];
    case 'require':
      checkRequire(context, change);
      return [];
    case 'init':
      return [() => applyInit(context, change)];
    case 'freeze':
      return [() => applyFreeze(context, change)];
    case 'train':
      return [() => applyTrain(context, change)];
    case 'keep':
      return [() => applyKeep(context, change)];
    case 'squeeze':
      return [() => applySqueeze(context, change)];
    case 'grow':
      return [() => applyGrow(context, change)];
    case 'orthogonal':
      return [() => applyOrthogonal(context, change)];
    case 'learn':
      return [() => applyLearn(context, change)];
    case 'let':
      return []; // read with the names
  }
}

function checkRequire(context: VariantContext, change: tree.Require): void {
  if (evaluateBoolean(change.condition, context.names)) return;
  refuse({
    code: 'B206',
    message: `a requirement of ${context.body.name.name} fails${change.text === undefined ? '' : `: ${change.text}`}`,
    at: change.condition.place,
    label: 'this is false',
    hint: 'give other options, or take the requirement out',
  });
}
