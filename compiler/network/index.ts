/** The planner on its own, as `bondsmith/network`: it needs neither programs nor engines. */
export type { Network, Objective, Plan, Profile, Request } from '../values/plan.ts';
export type { Canonical } from './canonical.ts';
export { canonical, planCanonical, restored } from './canonical.ts';
export { checkSteps, NetworkError } from './check.ts';
export { drawTogether, drawTree, treeLines } from './draw.ts';
export type { StepRecord, Totals } from './evaluate.ts';
export { log2, measure, recordsOf, slicedRequest, totalsOf } from './evaluate.ts';
export type { CotengraForm, NamedNetwork, OptEinsumForm, Path } from './formats.ts';
export { linearPath, readNetwork, stepsOfLinear, stepsOfSsa, toCotengra, toOptEinsum } from './formats.ts';
export type { Laid, Shape } from './layout.ts';
export { letterOrder, Shapes } from './layout.ts';
export type { Planning } from './plan.ts';
export { plan, search } from './plan.ts';
export type { TimeModel } from './profile.ts';
export { defaultProfiles, profileKey, readProfile, secondsBy, timeModels } from './profile.ts';
export { secondsOf } from './timed-tree.ts';
export type { Steps } from './tree.ts';
