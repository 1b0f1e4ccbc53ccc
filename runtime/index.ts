/**
 * The package's API. `compile` gives the model of a program; `train`, `resume`, `evaluate` and `generate` work on run folders like the
 * commands; below them are the parts that they are made of: executables, engines, weights, checkpoints, data.
 */
export type { CheckRequest, CheckResult, CompiledFunction, PlannedContraction } from '../compiler/index.ts';
export { check, compileFunction, compileStep, dump, layoutOf, plansOf, SizeError, table } from '../compiler/index.ts';
export type { Executable, Layout, OptimiserSpec, StepOptions } from '../compiler/values/executable.ts';
export type { Model, NetworkTerm, Parameter, Policy, Weight } from '../compiler/values/model.ts';
export type { Diagnostic, Label, Place, Severity, Sources } from '../grammar/diagnostic.ts';
export { Refused } from '../grammar/diagnostic.ts';
export { render, toJson } from '../grammar/render.ts';
export type { Checkpoint, Difference, OpenedCheckpoint, RunState } from './checkpoint/checkpoint.ts';
export { compareWithModel, differenceTable, openCheckpoint, saveCheckpoint } from './checkpoint/checkpoint.ts';
export type { Files } from './checkpoint/files.ts';
export { FileProblem } from './checkpoint/files.ts';
export type { StoredTensor, TensorFile, TensorToStore } from './checkpoint/safetensors.ts';
export { encodeTensors, openTensors } from './checkpoint/safetensors.ts';
export type { CompileOptions, GenerateOptions, TrainOptions } from './cli/api.ts';
export { compile, evaluate, generate, resume, train } from './cli/api.ts';
export type { Context } from './cli/context.ts';
export { Problem } from './cli/context.ts';
export type { CoreRecord, ModelRecord, WeightRecord } from './cli/describe.ts';
export { describeModel } from './cli/describe.ts';
export { openEngine } from './cli/engines.ts';
export { nodeContext, nodeFiles } from './cli/host.ts';
export type { RunResult } from './cli/train.ts';
export type { Batch, Feed, Held } from './data/feed.ts';
export { DataError } from './data/feed.ts';
export { readExamples, tensorFeed } from './data/tensors.ts';
export type { Vocabulary } from './data/text.ts';
export { decodeText, textFeed, vocabularyOf } from './data/text.ts';
export type { Bound, Engine, Loaded, Space, Values } from './engine/engine.ts';
export { MemoryLimit } from './engine/engine.ts';
export type { TrainConfig } from './train/config.ts';
export { readConfig } from './train/config.ts';
export type { TrainHost, TrainRequest, TrainResult } from './train/loop.ts';
export { NotFinite, train as trainModel } from './train/loop.ts';
export type { Curve, Measurement } from './train/metrics.ts';
export { chart, readMeasurements } from './train/metrics.ts';
export { SettingsError } from './train/validate.ts';
export type { BondReport, DecomposeOptions, Decomposition } from './weights/decompose.ts';
export { decompose } from './weights/decompose.ts';
export type { Initial, WeightSource } from './weights/initialise.ts';
export { initialise, SourceError } from './weights/initialise.ts';
export { mergeNetwork } from './weights/network.ts';
export type { HostTensor } from './weights/tensor.ts';
