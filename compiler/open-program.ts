import type { OnnxOptions } from './export/onnx/index.ts';
import { type OnnxModel, onnxModel } from './export/onnx/index.ts';
import { fitProgram, type OpenProgram } from './export/open-program.ts';
import { SamePlans } from './export/same-plans.ts';
import { programPoints } from './export/samples.ts';
import { planCanonical } from './network/index.ts';
import { table } from './program/operations/index.ts';
import { stepProgram } from './step.ts';
import type { StepOptions } from './values/executable.ts';
import type { Model } from './values/model.ts';
import { byName, joined } from './values/named.ts';

/**
 * The program of a step for any sizes of `open` axes, planned for those of the options. `most`: the largest sizes, which need not be known.
 * Throws NotSized where numbers follow no law, and as `stepProgram`.
 */
export function openProgram(
  model: Model,
  options: StepOptions,
  open: readonly string[],
  most: readonly (number | undefined)[],
): OpenProgram {
  const plans = new SamePlans(options.planner ?? planCanonical);
  const given = byName(options.sizes);
  const planned = open.map((axis) => given.get(axis)!);
  return fitProgram(open, programPoints(planned, most), (sizes) => {
    const own = joined(given, new Map(open.map((axis, k) => [axis, sizes[k]])));
    return stepProgram(model, { ...options, sizes: own, planner: plans.next() });
  });
}

/** The program as a graph of standard operators. Throws NotSpelt where ONNX has none. */
export function printOnnx(program: OpenProgram, options: OnnxOptions): OnnxModel {
  return onnxModel(program, table, options);
}
