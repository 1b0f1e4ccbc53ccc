/** Plans of the network that all equal ones share (key.ts), and back. */
import type { Plan, Request } from '../values/plan.ts';
import { measure } from './evaluate.ts';
import type { CanonicalRequest } from './key.ts';
import { canonicalRequest } from './key.ts';
import { plan } from './plan.ts';

/** A plan of the canonical request for the request itself: steps stay, results and slices get their letters, costs are counted anew. */
export function restored(
  found: Pick<Plan, 'steps' | 'method' | 'optimal' | 'sliced' | 'stopped'>,
  own: CanonicalRequest,
  request: Request,
): Plan {
  const { steps, method, optimal, sliced, stopped } = found;
  const letters = sliced?.map((k) => own.number.indexOf(k)).sort((a, b) => a - b);
  return {
    ...measure(steps, request, letters),
    method,
    optimal,
    ...(letters === undefined ? {} : { sliced: letters }),
    ...(stopped ? { stopped } : {}),
  };
}

/** The plan of a request that equal layers share, whatever their letters are called and whether it was known before. Throws as `plan`. */
export function planCanonical(request: Request): Plan {
  const own = canonicalRequest(request);
  return restored(plan(own.request), own, request);
}
