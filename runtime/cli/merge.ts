/** `bondsmith merge`: networks contracted to dense tensors, those of a run in the shapes of its original model or those that `decompose` wrote. */

import { resolve } from 'node:path';
import type { Model, Parameter } from '../../compiler/values/model.ts';
import { seededOf } from '../api/saved.ts';
import { encodeTensors } from '../checkpoint/safetensors.ts';
import { seededMetadata, seededRecord } from '../checkpoint/seeded.ts';
import { folderAt } from '../train/run-state.ts';
import { mergeWeight } from '../weights/merge.ts';
import type { Context } from './context.ts';
import { command, Problem } from './context.ts';
import { mergeCores } from './cores-file.ts';
import { dtypes, typeOf } from './dtype.ts';
import type { Values } from './options.ts';
import { choice, flag, named, useOnly } from './options.ts';
import { outPath } from './out.ts';
import { loadModel } from './program.ts';
import { publishValues } from './publish.ts';
import { holdsRun, settingsPath } from './settings.ts';
import type { Trained } from './trained.ts';
import { openTrained, programOf, valuesOf } from './trained.ts';

const options = {
  out: named('<file>', 'the tensors (.safetensors): for eval and train --from, or any other tool'),
  last: flag('of a run: the weights of the last step, not those of the lowest validation loss'),
  name: named('<name>', 'of a file of cores: the tensor, or several with * for any part of a name (default: all)'),
  like: named('<folder>', 'of a run: write a folder in the layout of this published checkpoint, which other libraries load'),
  dtype: choice(dtypes, '<type>', 'how tensors are kept: f64, f32, f16 or bf16 (default f64 where the values have it, else f32)'),
  json: flag('print {"out", "tensors", "entries"}'),
};
type Given = Values<typeof options>;

export const mergeCommand = command({
  name: 'merge',
  argument: '<run or file>',
  summary: 'Write the weights of a run as dense tensors of the original model, or tensors that decompose took apart',
  options,
  examples: [
    'bondsmith merge runs/mpo --out dense.safetensors',
    'bondsmith eval model.bond --variant Gpt --from dense.safetensors --text book.txt',
    'bondsmith merge cores.safetensors --out w.safetensors',
  ],
  run: ([target], given, context) => run(target, given, context),
});

function run(target: string, given: Given, context: Context): number {
  const isRun = holdsRun(context.files, target);
  const { checkpoint, best, held, metrics, curve } = folderAt(target);
  if (isRun)
    useOnly(
      given,
      ['out', 'last', given.like === undefined ? 'dtype' : 'like', 'json'],
      'a run is merged as a whole, --name is of a file of cores',
    );
  else useOnly(given, ['out', 'name', 'dtype', 'json'], 'a file of cores has no last step, --last is of a run');
  const out = outPath(given.out, 'merge', isRun ? [settingsPath(target), checkpoint, best, held, metrics, curve] : [target]);
  if (given.like !== undefined) return asPublished(resolve(target), out, given, context);
  const { said, ...record } = isRun ? ofRun(resolve(target), out, given, context) : ofFile(target, out, given, context);
  context.out(given.json ? `${JSON.stringify({ out, ...record })}\n` : `${said}, written to ${out}\n`);
  return 0;
}

function ofFile(path: string, out: string, given: Given, context: Context) {
  const merged = mergeCores(path, out, given, context);
  const said = merged.map(({ name, shape, cores }) => `${name}: ${shape.join(' x ')} from ${cores} cores`).join('\n');
  return {
    said,
    tensors: merged.length,
    entries: merged.reduce((sum, { shape }) => sum + shape.reduce((product, size) => product * size, 1), 0),
  };
}

function ofRun(folder: string, out: string, { last, dtype }: Given, context: Context) {
  const trained = openTrained(context, folder, last ? 'last' : 'best');
  const { settings, record, model, checkpoint } = trained;
  const values = valuesOf(trained);
  const { model: original } = loadModel({ ...context, err: () => undefined }, { ...programOf(settings, record), dense: true });
  refuseOtherWeights(trained, original);
  const type = dtype === undefined ? (checkpoint.state.host === 'exact' ? 'F64' : 'F32') : typeOf(dtype);
  const byPath = new Map(model.weights.map((weight) => [weight.path, weight]));
  const tensors = original.weights.map(({ path }) => {
    const { shape, data } = mergeWeight(model, values, byPath.get(path)!);
    return { name: path, shape, data, type };
  });
  const seeded = seededRecord(whollySeeded(model), seededOf(trained.checkpoint));
  context.files.replace(out, encodeTensors(tensors, seededMetadata(seeded)));
  const entries = tensors.reduce((sum, { data }) => sum + data.length, 0);
  const said = `${tensors.length} tensors of ${original.name}, ${entries.toLocaleString('en')} entries, after step ${checkpoint.state.step}`;
  return { said, tensors: tensors.length, entries };
}

function asPublished(folder: string, out: string, { last, like, json }: Given, context: Context): number {
  const trained = openTrained(context, folder, last ? 'last' : 'best');
  const { model, settings, record } = trained;
  const [loss] = Object.keys(settings.config.losses ?? {});
  publishValues(context.files, model, valuesOf(trained), { like: like!, out, loss, labels: record.labels.classes });
  const tensors = model.weights.length;
  context.out(json ? `${JSON.stringify({ out, tensors })}\n` : `${tensors} tensors in the layout of ${like}, written to ${out}\n`);
  return 0;
}

/** Weights that are a seeded tensor and nothing else: of these the file says how they are drawn. */
function whollySeeded({ parameters, weights }: Model): Parameter[] {
  return weights.flatMap(({ path, terms: [term, ...others] }) =>
    term.is === 'dense' && others.length === 0 ? [{ ...parameters[term.parameter], names: [path] }] : [],
  );
}

/** A variant that wraps, unties or replaces layers has other weights than its model: the original has no place for them. */
function refuseOtherWeights({ model, settings }: Trained, original: Model): void {
  const names = (of: Model) => new Set(of.weights.map(({ path }) => path));
  const [own, wanted] = [names(model), names(original)];
  const added = [...own].filter((path) => !wanted.has(path));
  const missing = [...wanted].filter((path) => !own.has(path));
  if (added.length + missing.length === 0) return;
  const some = (paths: readonly string[]) => `${paths.slice(0, 3).join(', ')}${paths.length > 3 ? ` and ${paths.length - 3} more` : ''}`;
  const parts = [
    ...(missing.length === 0 ? [] : [`has no weight ${some(missing)}`]),
    ...(added.length === 0 ? [] : [`has ${some(added)} instead`]),
  ];
  throw new Problem(
    `${settings.variant ?? model.name} ${parts.join(' and ')}: what wrap, untie and replace change cannot be merged into ${original.name}; nothing was written`,
  );
}
