/** The planner on its own, as `bondsmith/network`: it needs neither programs nor engines. */
export type { Network, Objective, Plan, Profile, Request } from '../values/plan.ts';
export { plan } from './plan.ts';
