/** The planner on its own, as `bondsmith/network`: it needs neither programs nor engines. */
export type { Network, Objective, Plan, Profile, Request } from '../values/plan.ts';
export { NetworkError } from './check.ts';
export type { Planning } from './plan.ts';
export { plan, search } from './plan.ts';
