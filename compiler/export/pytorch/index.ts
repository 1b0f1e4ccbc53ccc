/**
 * A model as a file of PyTorch: classes by layer with the names of the .bond file, cores as plain parameters, contractions as pairwise
 * `einsum` in the planned order, losses and metrics as methods. Both directions of weights go by the names of the .bond file.
 */
import type { Body, Entry, ValueId } from '../../values/body.ts';
import { rampsIn } from '../../values/mask.ts';
import type { AxisId, Model, Path } from '../../values/model.ts';
import { entryName } from './entries.ts';
import type { Written } from './function.ts';
import { writeFunction } from './function.ts';
import { helpers } from './helpers.ts';
import { reusesOf } from './known.ts';
import { maskText } from './mask.ts';
import type { Method } from './module.ts';
import { classesOf } from './module.ts';
import { bondName, namesOf, split } from './names.ts';
import type { Call, Item } from './outline.ts';
import { isCall, outline } from './outline.ts';
import { indented, quoted, variable } from './python.ts';
import { rolled } from './rolled.ts';
import { NotSayable } from './scope.ts';
import { printTraining } from './train.ts';

export { NotSayable };

export interface PytorchOptions {
  /** Sizes of open axes that contractions are planned for; default 32 for those without a limit, else the limit. */
  readonly sizes?: ReadonlyMap<string, number>;
}

export interface PytorchModule {
  /** `model.py` and `train.py`. */
  readonly model: string;
  readonly training: string;
  /** The class of the whole model. */
  readonly root: string;
  /** What the .bond file schedules that `train.py` does not do. */
  readonly left: readonly string[];
}
/** Throws NotSayable. */
export function printPytorch(model: Model, options: PytorchOptions = {}): PytorchModule {
  const masked = model.parameters.find(({ learned }) => learned !== undefined);
  if (masked !== undefined) throw new NotSayable(`${masked.names[0]} learns a mask: fix it first, zeros in its place`);
  const { text, root } = printModule(model, options);
  const { text: training, left } = printTraining(model, root);
  return { model: text, training, root, left };
}

/** Throws NotSayable. */
function printModule(model: Model, options: PytorchOptions): { text: string; root: string } {
  const names = namesOf(model);
  const methods = new Map<Path, Method[]>();
  const assumed = assumedSizes(model, options);
  const relative = (path: Path, own: Path) => {
    const base = path === '' ? [] : split(path);
    return names.expression('self', names.stepsOf(own).slice(base.length));
  };
  const record = (path: Path, mode: 'train' | 'eval', written: Written): string => {
    const own = methods.get(path) ?? [];
    methods.set(path, own);
    const key = (method: Method) => method[mode] && [...method[mode].parameters, ...method[mode].lines].join('\n');
    const text = [...written.parameters, ...written.lines].join('\n');
    const other = mode === 'train' ? 'eval' : 'train';
    const pairs = (method: Method) => method[mode] === undefined && method[other]?.parameters.join() === written.parameters.join();
    const found = own.find((method) => key(method) === text) ?? own.find(pairs);
    const method: Method = found ?? { name: own.length === 0 ? 'forward' : `forward_${own.length + 1}`, doc: '' };
    if (found === undefined) own.push(method);
    method[mode] ??= written;
    return method.name;
  };

  const writeItems = (
    body: Body,
    mode: 'train' | 'eval',
    path: Path,
    items: readonly Item[],
    rest: Pick<Call, 'outputs'> & { inputs: readonly { name: string; value: ValueId }[] },
    reuses: ReadonlyMap<Call, string>,
  ) => {
    const callees = new Map<Call, string>();
    for (const item of items) {
      if (!isCall(item) || reuses.has(item)) continue;
      const inputs = nameInputs(body, item.inputs);
      const written = writeItems(body, mode, item.path, item.items, { outputs: item.outputs, inputs }, new Map());
      const method = record(item.path, mode, written);
      const member = names.expression('self', split(item.path).slice(path === '' ? 0 : split(path).length));
      callees.set(item, method === 'forward' ? member : `${member}.${method}`);
    }
    const callee = (call: Call) => reuses.get(call) ?? callees.get(call)!;
    const written = writeFunction({ model, body, path, items, ...rest, assumed, callee, parameter: relative });
    return path === '' ? { ...written, lines: rolled(written.lines, written.parameters) } : written;
  };

  const functions = model.entries.filter(({ kind }) => kind === 'function');
  const writeEntry = (entry: Entry, mode: 'train' | 'eval'): Written => {
    const body = entry[mode];
    const reuses = reusesOf(entry, body, functions.slice(0, entry.kind === 'function' ? functions.indexOf(entry) : functions.length), mode);
    const known = new Set(reuses.flatMap(({ outputs }) => outputs));
    const penalties = mode === 'train' && entry.kind === 'loss' ? body.penalties.map(({ value }) => value) : [];
    const results = body.results.map(({ value }) => value);
    const items = outline(model, body, [...results, ...penalties], known);
    const used = reuses.filter(({ outputs }) => outputs.some((id) => isRead(body, items, id, [...results, ...penalties])));
    const calls = new Map(
      used.map(({ entry: { name }, inputs, outputs }) => [{ path: '', items: [], inputs, outputs } as Call, `self.${entryName(name)}`]),
    );
    const inputs = body.statements.flatMap(({ expression }, value) =>
      expression.is === 'input' ? [{ name: expression.name, value }] : [],
    );
    const whole = [...calls.keys(), ...items.filter((item) => isCall(item) || body.statements[item].expression.is !== 'input')];
    const written = writeItems(body, mode, '', whole, { outputs: [...results, ...penalties], inputs }, calls);
    return penalties.length === 0 ? written : { ...written, lines: withPenalties(written.lines, results.length) };
  };
  const entries = model.entries.map((entry): Method => {
    const train = writeEntry(entry, 'train');
    const evaluated = writeEntry(entry, 'eval');
    return { name: entryName(entry.name), doc: docOf(model, entry), train, eval: evaluated };
  });
  methods.set('', entries);
  const classes = classesOf(model, names, (path) => methods.get(path) ?? [], endingOf(model, names));
  const text = [head(model, classes.root), helpers(renamedOf(model, names)), ...classes.texts].join('\n\n\n').concat('\n');
  return { text, root: classes.root };
}

/** A result or a statement reads it. */
function isRead(body: Body, items: readonly Item[], id: ValueId, results: readonly ValueId[]): boolean {
  const reads = (item: Item): boolean =>
    isCall(item) ? item.inputs.includes(id) : JSON.stringify(body.statements[item].expression).includes(String(id));
  return results.includes(id) || items.some(reads);
}
/** A loss to be trained is the loss plus what layers add to it. */
function withPenalties(lines: readonly string[], results: number): string[] {
  const values = lines.at(-1)!.slice('return '.length).split(', ');
  return [...lines.slice(0, -1), `return ${[...values.slice(0, results - 1), values.slice(results - 1).join(' + ')].join(', ')}`];
}
function nameInputs(body: Body, inputs: readonly ValueId[]): { name: string; value: ValueId }[] {
  const taken = new Set<string>();
  return inputs.map((value) => {
    const own = body.statements[value].name;
    const base = inputs.length === 1 ? 'x' : /^[a-z_]\w*$/i.test(own) ? own : 'x';
    let chosen = variable(base);
    for (let k = 2; taken.has(chosen); k++) chosen = `${variable(base)}_${k}`;
    taken.add(chosen);
    return { name: chosen, value };
  });
}
function docOf(model: Model, entry: Entry): string {
  const list = (axes: readonly AxisId[]) => axes.map((axis) => model.axes[axis].name).join(', ');
  const inputs = entry.inputs.map(({ name, axes, type, index }) => {
    const of = index === undefined ? (type === 'real' ? '' : ` in ${type}`) : ` in ${model.axes[index].name}`;
    return `${name}[${list(axes)}]${of}`;
  });
  const results = entry.eval.results.map(({ name, value }) => `${name}[${list(entry.eval.statements[value].axes)}]`);
  return `${entry.kind}: ${inputs.join(', ')} -> ${results.join(', ')}`;
}

function assumedSizes(model: Model, { sizes }: PytorchOptions): (axis: AxisId) => number {
  return (axis) => {
    const { size } = model.axes[axis];
    if (typeof size === 'number') return size;
    return sizes?.get(model.axes[size.open].name) ?? size.max ?? 32;
  };
}

/** Sharing, masks and what is not trained, at the end of the whole model's `__init__`. */
function endingOf(model: Model, names: ReturnType<typeof namesOf>): string[] {
  const shared = model.parameters.flatMap(({ names: [first, ...others] }) =>
    others.map((own) => `share(self, ${quoted(names.attributeOf(first))}, ${quoted(names.attributeOf(own))})`),
  );
  const frozen = model.parameters.filter(({ update }) => update.frozen).map(({ names: [own] }) => `${quoted(names.attributeOf(own))},`);
  const masks = (what: 'keep' | 'where') =>
    model.parameters.flatMap(({ names: [own], legs, keep, update }) => {
      const mask = what === 'keep' ? keep : update.frozen ? undefined : update.where;
      return mask === undefined || rampsIn(mask).length > 0 ? [] : [`${quoted(names.attributeOf(own))}: ${maskText(mask, legs)},`];
    });
  const block = (open: string, lines: readonly string[], close: string) => (lines.length === 0 ? [] : [open, ...indented(lines), close]);
  return [
    ...shared,
    ...block('freeze(self, [', frozen, '])'),
    ...block('keep(self, {', masks('keep'), '})'),
    ...block('step_only(self, {', masks('where'), '})'),
  ];
}

/** Tensors whose .bond name the rule does not give back, by attribute path. */
function renamedOf(model: Model, names: ReturnType<typeof namesOf>): [string, Path][] {
  return model.parameters.flatMap(({ names: [own] }): [string, Path][] => {
    const path = names.attributeOf(own);
    return bondName(path) === own ? [] : [[path, own]];
  });
}

function head(model: Model, root: string): string {
  return [
    `"""${model.name}, generated from its .bond file (edition ${model.edition}, digest ${model.digest}).`,
    '',
    `    from model import ${root}, load_weights`,
    `    model = load_weights(${root}(), 'weights.safetensors')`,
    '"""',
    'import re',
    '',
    'import torch',
    'import torch.nn.functional as F',
    'from safetensors.torch import load_file, save_file',
    'from torch import nn',
  ].join('\n');
}
