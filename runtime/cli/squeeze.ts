/**
 * `bondsmith squeeze`: bonds of a trained model made smaller by hand, into a run folder of its own that can be evaluated, merged and
 * trained on. With --to or --error it is the direct truncation that squeezing in training is compared with.
 */
import { resolve } from 'node:path';
import { bondClasses } from '../../compiler/index.ts';
import type { Model, Parameter, Weight } from '../../compiler/values/model.ts';
import { endsOfBonds } from '../../compiler/values/resized.ts';
import { saveCheckpoint } from '../checkpoint/checkpoint.ts';
import { FileProblem, readWhole } from '../checkpoint/files.ts';
import { describeModel } from '../explain/describe.ts';
import { changeByHand } from '../train/by-hand.ts';
import { bondTitle, changeOf } from '../train/events/squeeze.ts';
import { measurementLine, readMeasurements } from '../train/metrics.ts';
import { folderAt, stageAfter } from '../train/run-state.ts';
import type { BondCut } from '../weights/squeeze.ts';
import { mapValues } from '../weights/squeeze.ts';
import type { Class, Squeeze } from '../weights/squeeze-choice.ts';
import { chooseCuts, classesWith, cutAll } from '../weights/squeeze-choice.ts';
import { sizesForError } from '../weights/squeeze-error.ts';
import type { HostTensor } from '../weights/tensor.ts';
import type { Context } from './context.ts';
import { command, Problem, UsageError } from './context.ts';
import type { Values } from './options.ts';
import { choice, count, flag, named, number } from './options.ts';
import { groupsOf, probe } from './prepare.ts';
import { writeSettings } from './settings.ts';
import type { Trained } from './trained.ts';
import { openTrained, programOf, valuesOf } from './trained.ts';

const options = {
  out: named('<folder>', 'the new run folder; train --resume goes on from it, eval and merge read it'),
  bonds: named('<selection>', "as in a squeeze statement: 'b of block[*].up' (default: all bonds)"),
  by: count('<count>', 'one squeeze by so much (default 1)', { least: 1 }),
  times: count('<count>', 'so many squeezes one after another (default 1)', { least: 1 }),
  choosing: choice(['error', 'largest', 'given'], '<criterion>', 'which bond a squeeze takes: error (default), largest or given'),
  to: count('<size>', 'instead: every bond at most so large, at once', { least: 1 }),
  error: number('<number>', 'instead: bonds as small as this relative error of each weight allows, at once', { least: 0 }),
  best: flag('from the weights of the lowest validation loss, not those of the last step'),
  json: flag('print {"folder", "step", "error", "bonds", "parameters"}'),
};

export const squeezeCommand = command({
  name: 'squeeze',
  argument: '<run>',
  summary: 'Make bonds of a trained model smaller by hand, into a run of its own',
  options,
  examples: [
    "bondsmith squeeze runs/mpo --bonds 'b of block[*].up' --by 2 --out runs/mpo-smaller",
    'bondsmith squeeze runs/mpo --error 0.05 --out runs/mpo-direct',
  ],
  run: ([target], given, context) => run(target, given, context),
});

interface Request {
  readonly out: string;
  readonly bonds?: string;
  readonly by: number;
  readonly times: number;
  readonly criterion: Squeeze['criterion'];
  readonly to?: number;
  readonly error?: number;
}

function requestFrom({ out, bonds, by, times, choosing, to, error }: Values<typeof options>): Request {
  if (out === undefined) throw new UsageError('--out FOLDER is missing: where the squeezed run is to be kept');
  const stepwise = by !== undefined || times !== undefined || choosing !== undefined;
  if ([stepwise, to !== undefined, error !== undefined].filter(Boolean).length > 1)
    throw new UsageError('--by, --times and --choosing squeeze step by step, --to and --error at once: one way of the three');
  return { out: resolve(out), bonds, by: by ?? 1, times: times ?? 1, criterion: choosing ?? 'error', to, error };
}

function run(target: string, given: Values<typeof options>, context: Context): number {
  const request = requestFrom(given);
  const folder = folderAt(request.out);
  if (context.files.size(folder.checkpoint) !== undefined)
    throw new FileProblem(request.out, 'it holds a run already; give another folder');
  const trained = openTrained(context, resolve(target), given.best ? 'best' : 'last');
  const { model, checkpoint, settings, record, taken } = trained;
  const values = valuesOf(trained);
  const cuts = cutsFor(model, values, bondsFor(trained, request.bonds, context), request);
  if (cuts.length === 0) throw new Problem(nothingText(request));
  const change = changeOf(model, values, cuts);
  const start = { model: trained.base, groups: groupsOf(context, settings, trained.base, settings.set, record.program) };
  const now = taken.reduce(stageAfter, start);
  const changed = changeByHand(checkpoint, { ...now, config: settings.config }, change);
  context.files.makeFolder(request.out);
  const past = readMeasurements(context.files, folderAt(resolve(target)).metrics, checkpoint.state.step);
  context.files.replace(folder.metrics, [new TextEncoder().encode(past.map(measurementLine).join(''))]);
  const { held } = folderAt(resolve(target));
  if (context.files.size(held) !== undefined) context.files.replace(folder.held, [readWhole(context.files, held)]);
  writeSettings(context.files, request.out, settings);
  saveCheckpoint(context.files, folder.checkpoint, changed.checkpoint);
  report(context, given.json, {
    folder: request.out,
    step: checkpoint.state.step,
    error: change.decision.is === 'squeeze' ? change.decision.error : 0,
    bonds: bondsIn(model, cuts),
    parameters: { before: describeModel(model).parameters.total, after: describeModel(changed.model).parameters.total },
  });
  return 0;
}

/** Bonds that a selection means, by asking the checker about a statement; without one all of the present model that may change. */
function bondsFor({ base, model, settings, record }: Trained, selection: string | undefined, context: Context): Class[] {
  if (selection === undefined) return changeable(model, context);
  const { schedule } = probe(
    context,
    programOf(settings, record),
    base,
    `squeeze ${selection} by 1`,
    `--bonds ${JSON.stringify(selection)}`,
  );
  const own = schedule.filter((event) => event.is === 'squeeze').at(-1)!;
  return classesWith(model, own.bonds);
}

/**
 * Without those of cores that must stay what they are: orthogonal, or what their seed says; and of networks with a learned mask, which a cut
 * moves to another gauge. The checker refuses to squeeze them, too.
 */
function changeable(model: Model, { err }: Context): Class[] {
  const held = new Map(model.parameters.flatMap((parameter) => heldText(parameter).map((text) => [parameter.id, text] as const)));
  const masked = new Set(
    model.weights.filter((weight) => nodesIn(weight).some((id) => model.parameters[id].learned !== undefined)).map(({ id }) => id),
  );
  const all = bondClasses(model);
  const free = all.filter((bonds) => {
    const ends = endsOfBonds(model, { bonds: bonds.map(({ weight, leg }) => ({ weight, legs: [leg] })) });
    return !bonds.some(({ weight }) => masked.has(weight)) && !ends.flat().some(({ parameter }) => held.has(parameter));
  });
  if (free.length < all.length) err(`left as they are: the bonds of ${[...held.values()].join(', ')}\n`);
  return free;
}

function heldText({ names: [name], orthogonal, origin, learned }: Parameter): string[] {
  const why =
    origin.is === 'seeded' ? 'seeded' : learned !== undefined ? 'learns a mask' : orthogonal !== undefined ? 'stays orthogonal' : undefined;
  return why === undefined ? [] : [`${name} (${why})`];
}

const nodesIn = ({ terms }: Weight): number[] =>
  terms.flatMap((term) => (term.is === 'network' ? term.nodes.map(({ parameter }) => parameter) : []));

function cutsFor(model: Model, values: readonly HostTensor[], classes: readonly Class[], request: Request): BondCut[] {
  const { to, error, times } = request;
  if (error !== undefined) return cutAll(model, values, sizesForError(model, values, classes, error));
  if (to !== undefined) {
    const larger = classes.filter(([bond]) => bond.size > to);
    return cutAll(
      model,
      values,
      larger.map((bonds) => ({ bonds, size: to })),
    );
  }
  const cuts: BondCut[] = [];
  let now = { values, classes };
  for (let turn = 0; turn < times; turn++) {
    const more = chooseCuts(model, now.values, now.classes, request, turn);
    cuts.push(...more);
    const sizes = new Map(more.flatMap(({ bonds, size }) => bonds.map((bond) => [bond, size] as const)));
    now = {
      values: mapValues(
        now.values,
        more.flatMap(({ maps }) => maps),
      ),
      classes: now.classes.map((bonds) => (sizes.has(bonds[0]) ? bonds.map((bond) => ({ ...bond, size: sizes.get(bond)! })) : bonds)),
    };
  }
  return cuts;
}

function nothingText({ to, error }: Request): string {
  if (to !== undefined) return `no bond is larger than ${to}; nothing was written`;
  if (error !== undefined) return `no bond can become smaller within a relative error of ${error}; nothing was written`;
  return 'every bond has size 1: there is nothing to squeeze, and nothing was written';
}

interface BondChange {
  readonly weight: string;
  readonly bond: string;
  readonly from: number;
  readonly to: number;
}

/** Each bond once, from its first size to its last. */
function bondsIn(model: Model, cuts: readonly BondCut[]): BondChange[] {
  const found = new Map<string, BondChange>();
  for (const { bonds, size } of cuts) {
    for (const bond of bonds) {
      const name = bondTitle(model, bond);
      const key = `${name.weight}/${bond.leg}`;
      found.set(key, { ...name, from: found.get(key)?.from ?? bond.size, to: size });
    }
  }
  return [...found.values()];
}

interface Report {
  readonly folder: string;
  readonly step: number;
  readonly error: number;
  readonly bonds: readonly BondChange[];
  readonly parameters: { readonly before: number; readonly after: number };
}

function report(context: Context, json: boolean, record: Report): void {
  if (json) {
    context.out(`${JSON.stringify(record)}\n`);
    return;
  }
  const { bonds, error, parameters, folder } = record;
  const lines = bonds.map(({ weight, bond, from, to }) => `${bond} of ${weight}  ${from} -> ${to}`);
  const counts = `${parameters.before.toLocaleString('en')} -> ${parameters.after.toLocaleString('en')} parameters`;
  context.out(`${[...lines, `${counts}, relative error at most ${error.toExponential(2)}`, `saved in ${folder}`, ''].join('\n')}`);
}
