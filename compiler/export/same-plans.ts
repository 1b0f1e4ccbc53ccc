/** One tree for the contractions of a step at all sizes: the planner is asked at the first, its answers are taken at the others. */

import { measure } from '../network/evaluate.ts';
import type { Plan, Request } from '../values/plan.ts';

type Planner = (request: Request) => Plan;

/** Contractions come in the same order at all sizes; requests of one form are told apart by how many came before. */
export class SamePlans {
  readonly #known = new Map<string, Plan[]>();
  readonly #planner: Planner;
  constructor(planner: Planner) {
    this.#planner = planner;
  }
  /** The planner of one more compilation. */
  next(): Planner {
    const seen = new Map<string, number>();
    return (request) => {
      const { network, wanted } = request;
      const form = JSON.stringify([network.inputs, network.output, network.sizes.length, wanted]);
      const count = seen.get(form) ?? 0;
      seen.set(form, count + 1);
      const plans = this.#known.get(form) ?? [];
      this.#known.set(form, plans);
      const known = plans[count];
      if (known !== undefined) return { ...known, ...measure(known.steps, request, known.sliced) };
      plans[count] = this.#planner(request);
      return plans[count];
    };
  }
}
