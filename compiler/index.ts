/**
 * The compiler as others see it. The files of this folder are its driver and alone import rooms: `step.ts` takes a model to what engines
 * run, `open-step.ts` leaves its sizes open, `dump.ts` prints every stage.
 */
export type { Defaults } from './check/chain.ts';
export type { CheckRequest, CheckResult } from './check/index.ts';
export { check } from './check/index.ts';
export type { Decoder, Writer } from './decode/index.ts';
export { decoderOf, FIRST, NEW, NotKept, writersOf } from './decode/index.ts';
export { dump, plansOf } from './dump.ts';
export type { Bond, BondSizes } from './events/bonds.ts';
export { bondClasses, networkOf, withBonds } from './events/bonds.ts';
export type { Choose } from './events/choose.ts';
export { denseOf } from './events/choose.ts';
export { applyEvent, applyEvents, DecisionError } from './events/index.ts';
export { modelInTurns } from './events/turns.ts';
export { NotSized } from './export/laws.ts';
export { encodeOnnx, encodeTensor } from './export/onnx/encode.ts';
export { OPSETS } from './export/onnx/index.ts';
export type { PytorchModule } from './export/pytorch/index.ts';
export { NotSayable, printPytorch } from './export/pytorch/index.ts';
export { openProgram, printOnnx } from './open-program.ts';
export type { OpenStep } from './open-step.ts';
export { compileOpenStep } from './open-step.ts';
export { SizeError } from './program/build/build.ts';
export { layoutOf } from './program/layout.ts';
export { rampName } from './program/masks.ts';
export { table } from './program/operations/index.ts';
export { gateName, isTrainable } from './program/optimisers/update.ts';
export { importanceName } from './program/passes/importance.ts';
export { MemoryError } from './program/passes/remat.ts';
export type { PlannedContraction } from './program/plans.ts';
export { pickFrom, randomProgram, valuesFor } from './program/random-program.ts';
export { families } from './std/index.ts';
export type { CompiledFunction, FunctionOptions, Observe } from './step.ts';
export {
  builtProgram,
  compileContraction,
  compileFunction,
  compileProgram,
  compileStep,
  compileSum,
  differentiated,
  stepProgram,
  stepPrograms,
  verifyAfter,
  watchPasses,
} from './step.ts';
export type { Structure } from './structure.ts';
export { structureOf } from './structure.ts';
export { NotSpelt } from './values/spelling.ts';
