import { fitStep } from './export/package/fit.ts';
import { SamePlans } from './export/same-plans.ts';
import { samplePoints } from './export/samples.ts';
import { planCanonical } from './network/index.ts';
import { compileStep } from './step.ts';
import type { StepOptions } from './values/executable.ts';
import type { Kernel } from './values/kernel.ts';
import type { Model } from './values/model.ts';
import { byName, joined } from './values/named.ts';
import { inOrder } from './values/program.ts';
import type { SizedStep } from './values/sized.ts';
import type { Target } from './values/target.ts';

/** What leaves with a package: the step with its sizes open, and the kernels of its launches. */
export interface OpenStep {
  readonly step: SizedStep;
  readonly kernels: readonly Kernel[];
}
/**
 * A step for any sizes of `open` axes, planned for those of the options. `most`: the largest sizes, which need not be known. Throws NotSized
 * where kernels follow no law, and as `compileStep`.
 */
export function compileOpenStep(
  model: Model,
  options: StepOptions,
  open: readonly string[],
  most: readonly (number | undefined)[],
  target: Target,
): OpenStep {
  const plans = new SamePlans(options.planner ?? planCanonical);
  const given = byName(options.sizes);
  const planned = open.map((axis) => given.get(axis)!);
  const samples = samplePoints(planned, most).map((sizes) => {
    const own = joined(given, new Map(open.map((axis, k) => [axis, sizes[k]])));
    return { sizes, step: compileStep(model, { ...options, sizes: own, planner: plans.next() }) };
  });
  const { step, alike } = fitStep(open, samples, target);
  const kernels = inOrder(alike.step).flatMap((part) => part.schedule(target).kernels);
  return { step, kernels: [...new Map(kernels.map((kernel) => [kernel.key, kernel])).values()] };
}
