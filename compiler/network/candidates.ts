/** Trees of a layer that are worth to be measured, since predictions are near to each other and not exact. */
import type { Network, Objective, Request } from '../values/plan.ts';
import { plan } from './plan.ts';
import { neighbours, secondsOf } from './timed-tree.ts';
import type { Steps } from './tree.ts';

const objectives: readonly Objective[] = ['time', 'flops', 'write', 'combo', 'limit', 'peak'];

/**
 * At most `many` trees, the one that is predicted to be the fastest first: the best by each objective, what single moves make of the best
 * of these, and always the tree that rebuilds the weight: everything that does not change with the batch first, then that with the rest.
 */
export function candidateTrees(request: Request, changes: readonly boolean[], many: number): Steps[] {
  const timed: Request = { ...request, objective: 'time' };
  const found = new Map<string, { steps: Steps; seconds: number }>();
  const offer = (steps: Steps) => {
    const name = nameOf(steps, request.network.inputs.length);
    if (!found.has(name)) found.set(name, { steps, seconds: secondsOf(steps, timed) });
    return name;
  };
  for (const objective of objectives) offer(plan({ ...request, objective }).steps);
  const rebuilt = rebuiltTree(timed, changes);
  const rebuiltName = rebuilt === undefined ? undefined : offer(rebuilt);
  const byTime = () => [...found].sort(([, a], [, b]) => a.seconds - b.seconds);
  for (const [, { steps }] of byTime().slice(0, 2)) for (const other of neighbours(steps, timed)) offer(other);
  const all = byTime();
  const chosen = all.slice(0, many);
  if (rebuiltName !== undefined && !chosen.some(([name]) => name === rebuiltName))
    chosen[chosen.length - 1] = [rebuiltName, found.get(rebuiltName)!];
  return chosen.map(([, { steps }]) => steps);
}

/** Undefined where all operands change with the batch, or none does. */
export function rebuiltTree(request: Request, changes: readonly boolean[]): Steps | undefined {
  const { inputs, output, sizes } = request.network;
  const own = inputs.flatMap((_, k) => (changes[k] ? [] : [k]));
  const data = inputs.flatMap((_, k) => (changes[k] ? [k] : []));
  if (own.length === 0 || data.length === 0) return undefined;
  const outside = new Set([...output, ...data.flatMap((k) => inputs[k])]);
  const weight = [...new Set(own.flatMap((k) => inputs[k]))].filter((letter) => outside.has(letter));
  const marksOf = (list: readonly number[]) => ({
    wanted: list.map((k) => request.wanted?.[k] ?? false),
    constant: list.map((k) => request.constant?.[k] ?? false),
    uses: list.map((k) => request.uses?.[k] ?? 1),
  });
  const { objective, profile } = request;
  const inner: Network = { inputs: own.map((k) => inputs[k]), output: weight, sizes };
  const first = plan({ network: inner, objective, profile, ...marksOf(own) }).steps;
  const marks = marksOf(data);
  const outer: Request = {
    network: { inputs: [weight, ...data.map((k) => inputs[k])], output, sizes },
    objective,
    profile,
    wanted: [marksOf(own).wanted.includes(true), ...marks.wanted],
    constant: [false, ...marks.constant],
    uses: [Math.min(...marksOf(own).uses), ...marks.uses],
  };
  const second = plan(outer).steps;
  const count = inputs.length;
  const steps: [number, number][] = [];
  const place = [...own];
  const join = (a: number, b: number) => {
    steps.push(a < b ? [a, b] : [b, a]);
    return count + steps.length - 1;
  };
  for (const [a, b] of first) place.push(join(place[a], place[b]));
  const rest = [place[place.length - 1], ...data];
  for (const [a, b] of second) rest.push(join(rest[a], rest[b]));
  return steps;
}

/** Equal for equal trees, in whatever order their steps stand. */
function nameOf(steps: Steps, count: number): string {
  const names = Array.from({ length: count }, (_, k) => String(k));
  for (const [a, b] of steps) names.push(`(${[names[a], names[b]].sort().join(' ')})`);
  return names[names.length - 1];
}
