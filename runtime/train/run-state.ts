/** Between the loop and its checkpoints: what is saved, and where a run begins. */

import { applyEvent } from '../../compiler/index.ts';
import { profileKey } from '../../compiler/network/index.ts';
import type { Taken } from '../../compiler/values/decision.ts';
import type { Layout } from '../../compiler/values/executable.ts';
import type { Model } from '../../compiler/values/model.ts';
import { BondsmithError } from '../../grammar/error.ts';
import type { Checkpoint, OpenedCheckpoint } from '../checkpoint/checkpoint.ts';
import { compareWithModel, differenceTable, parameterValue } from '../checkpoint/checkpoint.ts';
import { kept } from '../checkpoint/positions.ts';
import type { RunState } from '../checkpoint/record.ts';
import type { TensorToStore } from '../checkpoint/safetensors.ts';
import { isStored, seededIn, seededRecord } from '../checkpoint/seeded.ts';
import type { Engine } from '../engine/engine.ts';
import { bondsOf } from '../weights/bonds.ts';
import { withoutHeld } from '../weights/kept.ts';
import { placeNotFinite } from './diagnose.ts';
import type { EventClock } from './events/index.ts';
import type { TrainRequest } from './request.ts';
import type { State, TrainSession } from './session.ts';
import { groupsAfter } from './transport.ts';

/** Paths of the files of a run. */
export interface RunFolder {
  readonly path: string;
  readonly settings: string;
  readonly checkpoint: string;
  readonly best: string;
  /** Rows that are held out, so that a run can be evaluated where its data are gone. */
  readonly held: string;
  readonly metrics: string;
  readonly curve: string;
}
export interface LoopState {
  /** Steps done. */
  readonly step: number;
  /** Of the present model: the lowest validation loss, the one that patience compares with, and evaluations since. */
  readonly best?: number;
  readonly reached?: number;
  readonly waited: number;
  /** What was measured of the last step, where its evaluation was not done when somebody asked to stop: whoever goes on does it first. */
  readonly pending?: Readonly<Record<string, number>>;
  /** Sizes when the run began, before any event: what decisions start from. */
  readonly bonds: RunState['bonds'];
}
/** A checkpoint that cannot be continued with this model: why, and which tensors differ. */
export class ResumeError extends BondsmithError {
  constructor(message: string) {
    super('resume', message);
    this.name = 'ResumeError';
  }
}

export function folderAt(path: string): RunFolder {
  const at = (name: string) => `${path}/${name}`;
  return {
    path,
    settings: at('run.json'),
    checkpoint: at('checkpoint.safetensors'),
    best: at('best.safetensors'),
    held: at('validation.safetensors'),
    metrics: at('metrics.jsonl'),
    curve: at('loss.svg'),
  };
}

/** The same with the model and the groups after a decision. Throws DecisionError. */
export function stageAfter<Stage extends Pick<TrainRequest, 'model' | 'groups'>>(stage: Stage, taken: Taken): Stage {
  const model = applyEvent(stage.model, taken);
  return { ...stage, model, groups: groupsAfter(stage.groups, stage.model, model) };
}

/** Fills the session's state, from the first values or a checkpoint, and says where the loop is. */
export function startOf({ resume, moved, model, engine, values }: TrainRequest, session: TrainSession): LoopState {
  if (resume === undefined) {
    session.load(values());
    return { step: 0, waited: 0, bonds: bondsOf(model) };
  }
  if (moved !== true) checkPlanning(resume, engine);
  const byName = new Map(model.parameters.map((parameter) => [parameter.names[0], parameter]));
  session.restore((name) => {
    const parameter = byName.get(name);
    const values =
      parameter === undefined ? (resume.optimiser(name) ?? refuseMissing(resume, name)) : parameterValue(resume.file, parameter);
    const at = placeNotFinite(values);
    if (at < 0) return values;
    throw new ResumeError(`${resume.file.path} has ${values[at]} in ${name}, which no run saves; begin a new one`);
  });
  const { step, loop, bonds, pending } = resume.state;
  return { step, best: loop.best, reached: loop.reached, waited: loop.waited ?? 0, bonds, pending };
}

/** Zeros in its place would be another run. */
function refuseMissing({ file }: OpenedCheckpoint, name: string): never {
  throw new ResumeError(`${file.path} lacks the state ${name} of its optimiser, so the run cannot go on; begin a new one --from it`);
}

/** What the plans of an engine follow from: the key of its profile, `default` for multiply-adds. */
function planKey({ planning }: Pick<Engine, 'planning'>): string {
  return planning?.profile === undefined ? 'default' : profileKey(planning.profile);
}
/** Throws ResumeError where plans would be others: they sum in another order, and the run would not go on bit for bit. */
export function checkPlanning({ file, state }: OpenedCheckpoint, engine: Engine): void {
  const own = planKey(engine);
  if (state.profile === own) return;
  const said = (key: string) => (key === 'default' ? 'multiply-adds' : `profile ${key}`);
  throw new ResumeError(
    `${file.path} was planned by ${said(state.profile)}, this would be by ${said(own)}: go on without --machine, or begin a new run --from it`,
  );
}

/** Throws ResumeError, with a table where tensors differ, unless the checkpoint is of this model. */
export function checkSame({ file, state }: OpenedCheckpoint, model: Model): void {
  const differences = compareWithModel(file, model);
  const missing = differences.filter((difference) => difference.kind !== 'extra');
  if (missing.length > 0) {
    throw new ResumeError(
      `${file.path} is of ${state.model}, not of this ${model.name}; these tensors differ:\n${differenceTable(differences)}`,
    );
  }
  if (state.digest !== model.digest) {
    throw new ResumeError(
      `${file.path} was made by another text of ${state.model}: its tensors fit, its digest is ${state.digest}, the model's ${model.digest}`,
    );
  }
}

/** Parameters, optimiser, loop state and what events did, as they are stored. */
export function checkpointOf(request: TrainRequest, layout: Layout, state: State, loop: LoopState, events: EventClock): Checkpoint {
  const { model, engine, seed, config } = request;
  const parameters = new Map(model.parameters.map((parameter) => [parameter.names[0], parameter]));
  const tensors = layout.members.map(({ name, type }): TensorToStore => {
    const parameter = parameters.get(name);
    const data = state.get(name)!;
    return {
      name,
      shape: type.axes.map((axis) => axis.size),
      data: parameter === undefined ? data : kept(parameter, withoutHeld(parameter, data)),
    };
  });
  const record = events.record(request);
  const { best, reached, waited } = loop;
  return {
    state: {
      format: 2,
      ...(request.record === undefined ? {} : { run: request.record }),
      model: model.name,
      edition: model.edition,
      digest: model.digest,
      step: loop.step,
      tick: loop.step * config.accumulate,
      seed,
      host: engine.host,
      profile: planKey(engine),
      layout: layout.members.map((member) => member.name),
      factors: Object.fromEntries(
        model.weights.flatMap(({ path, axes, terms }) => (terms[0]?.is === 'network' ? [[path, axes.map((axis) => axis.factors)]] : [])),
      ),
      bonds: loop.bonds,
      loop: { waited, ...(best === undefined ? {} : { best }), ...(reached === undefined ? {} : { reached }) },
      ...(loop.pending === undefined ? {} : { pending: loop.pending }),
      ...(record === undefined ? {} : { events: record }),
    },
    parameters: tensors.filter(({ name }) => isStored(parameters.get(name))),
    optimiser: tensors.filter((tensor) => !parameters.has(tensor.name)),
    seeded: seededRecord(model.parameters, (request.resume && seededIn(request.resume.file)?.seed) ?? request.seeded ?? seed),
  };
}
