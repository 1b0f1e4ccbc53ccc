/** Every stage of a step as text. */
import { printWat } from './emit/wasm/index.ts';
import { printWgsl } from './emit/wgsl/index.ts';
import { table } from './program/operations/index.ts';
import { passes } from './program/passes/index.ts';
import type { PlannedContraction } from './program/plans.ts';
import { plannedContractions, printPlans } from './program/plans.ts';
import { builtProgram, compileStep, stepProgram, stepPrograms, verifyAfter } from './step.ts';
import type { CompiledStep, StepOptions } from './values/executable.ts';
import type { Model } from './values/model.ts';
import { printModel } from './values/print-model.ts';
import { printProgram } from './values/print-program.ts';
import { printSchedule } from './values/print-schedule.ts';
import type { ByRate, Program } from './values/program.ts';
import { inOrder } from './values/program.ts';
import { wasm, webgpu } from './values/target.ts';

/**
 * One stage as text: `check` the model, `plan` a tree for each contraction, `program` after all passes, `after=PASS` after one of them
 * (`build` is what they start from; the verifier runs after each), `kernels` with their launches (of the target `wasm`), `wat` (for hosts with fused multiply-add) and `wgsl` of each kernel.
 * Throws Error for a stage that does not exist, naming those that do.
 */
export function dump(model: Model, options: StepOptions, stage: string): string {
  if (stage === 'check') return printModel(model);
  if (stage === 'plan') return printPlans(plansOf(model, options), options);
  if (stage === 'program') return printParts(stepPrograms(model, options, verifyAfter));
  if (stage === 'kernels') return dumpKernels(compileStep(model, options));
  if (stage === 'wat') return dumpWat(compileStep(model, options));
  if (stage === 'wgsl') return dumpShaders(compileStep(model, options));
  if (stage.startsWith('after=')) return dumpAfter(model, options, stage.slice('after='.length));
  throw new Error(`there is no stage ${stage}; a model has check, plan, program, kernels, wat, wgsl and after=PASS, a file its tree`);
}

/** Plans of all contractions of more than two operands, as the step will use them. */
export function plansOf(model: Model, options: StepOptions): readonly PlannedContraction[] {
  return plannedContractions(builtProgram(model, options), { model, table, options });
}

function dumpAfter(model: Model, options: StepOptions, name: string): string {
  if (name === 'build') return printProgram(builtProgram(model, options), table);
  let found: Program | undefined;
  stepProgram(model, options, (pass, program) => {
    verifyAfter(pass, program);
    if (pass.name === name) found = program;
  });
  if (found !== undefined) return printProgram(found, table);
  throw new Error(`there is no pass ${name}; there are build, ${passes.map((pass) => pass.name).join(', ')}`);
}

function printParts(programs: ByRate<Program>): string {
  return inOrder(programs)
    .map((program) => printProgram(program, table))
    .join('\n');
}
function dumpKernels(step: CompiledStep): string {
  const parts = inOrder(step);
  return parts.map((part) => `${parts.length > 1 ? `part ${part.name}\n` : ''}${printSchedule(part.schedule(wasm))}`).join('\n');
}
/** Each kernel once. */
function dumpWat(step: CompiledStep): string {
  const kernels = new Map(inOrder(step).flatMap((part) => part.schedule(wasm).kernels.map((kernel) => [kernel.key, kernel])));
  return [...kernels.values()].map((kernel) => `;; kernel ${kernel.key}\n${printWat(kernel, { fused: true })}\n`).join('\n');
}
/** Each kernel of each part once, with the spaces of its first launch. */
function dumpShaders(step: CompiledStep): string {
  const target = webgpu();
  const texts = inOrder(step).flatMap((part) => {
    const { kernels, launches } = part.schedule(target);
    return kernels.map((kernel, k) => {
      const { buffers } = launches.find((launch) => launch.kernel === k)!;
      const spaces = buffers.map(({ space }) => space);
      return `// kernel ${kernel.key} on ${spaces.join(' ')}\n${printWgsl(kernel, spaces)}`;
    });
  });
  return [...new Set(texts)].join('\n');
}
