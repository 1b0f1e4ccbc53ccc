/**
 * What of a model can be run: `forward`, its functions on whole tensors, losses and metrics. `training` is static, so what reads it is
 * elaborated twice.
 */
import type * as tree from '../../../grammar/tree.ts';
import type { AxisId, Body, Entry, ModelInput, Statement } from '../../values/model.ts';
import type { Draft } from '../draft.ts';
import { findAxis } from '../names.ts';
import { refuse } from '../refuse.ts';
import { elementType } from '../tensors.ts';
import { axisName } from './brackets.ts';
import { call } from './call.ts';
import { Elaboration, type Frame, findLocal, type Rules } from './context.ts';
import { evaluate } from './expression.ts';
import { inline } from './inline.ts';
import { operand } from './operate.ts';
import { run, scalarOf } from './statement.ts';
import { Templates } from './template.ts';
import { type LayerPart, silently, type Tensor, type Value } from './value.ts';

/** The rules of the language, for whoever elaborates a body. */
export const rules: Rules = { evaluate, call, run };

/** All entries; one that is wrong is reported and left out. `templates`: none elaborates every body afresh. */
export function elaborateEntries(
  draft: Draft,
  { templates }: { readonly templates?: Templates } = { templates: new Templates(draft) },
): Entry[] {
  const entries: Entry[] = [];
  for (const item of draft.declaration.items) {
    const entry =
      item.kind === 'loss' || item.kind === 'metric'
        ? objective(draft, item, templates)
        : (item.kind === 'forward' || item.kind === 'fn') && isEntry(item)
          ? functionEntry(draft, item, templates)
          : undefined;
    if (entry !== undefined) entries.push(entry);
  }
  return entries;
}

/** Callable from outside: every argument and result a tensor of named axes. */
function isEntry({ kind, signature, ...item }: tree.Fn | tree.Forward): boolean {
  const whole = (brackets: tree.Brackets | undefined) => brackets?.items.every((index) => index.kind === 'index') === true;
  const formal = kind === 'fn' && (item as tree.Fn).axes !== undefined;
  return (
    !formal &&
    signature.where === undefined &&
    signature.parameters.every((p) => whole(p.brackets)) &&
    signature.results.every((r) => whole(r.brackets))
  );
}

const rootLayer = (draft: Draft): LayerPart => ({ is: 'layer', instances: [draft.root], chosen: [] });

function emptyFrame(draft: Draft, inputs?: ReadonlyMap<string, Value>): Frame {
  const file = draft.program.scopeOf(draft.declaration.place);
  return {
    locals: new Map(),
    formal: new Map(),
    layer: rootLayer(draft),
    file,
    loops: [],
    conditions: [],
    untaken: new Map(),
    ...(inputs ? { inputs } : {}),
  };
}

function inputTensor(to: Elaboration, input: ModelInput): Tensor {
  const more = input.index === undefined ? {} : to.indexing(input.index, { by: 'declared' });
  return to.tensor({ is: 'input', name: input.name }, input.axes, input.type, input.name, more);
}

/** Both bodies of an entry; `one` asks for its results. */
function both(
  draft: Draft,
  item: tree.Item,
  templates: Templates | undefined,
  one: (to: Elaboration) => Body['results'],
): { readonly train: Body; readonly eval: Body } | undefined {
  const elaborate = (training: boolean) => {
    const to = new Elaboration(draft, training, rules, item.place, templates);
    const failed = draft.report.diagnostics.filter((d) => d.severity === 'error').length;
    const results = to.attempt(() => one(to));
    const refused = draft.report.diagnostics.filter((d) => d.severity === 'error').length > failed;
    return refused || results === undefined ? undefined : { results, builder: to.builder, readsTraining: to.asked > 0 };
  };
  const training = elaborate(true);
  // What never read `training` is said once, and is one value unless training or evaluation is told more.
  const evaluation = training?.readsTraining === false ? training : elaborate(false);
  if (training === undefined || evaluation === undefined) return undefined;
  const train = training.builder.finish(training.results, true);
  const same = evaluation === training && !training.builder.tells;
  return { train, eval: same ? train : evaluation.builder.finish(evaluation.results, false) };
}

function functionEntry(draft: Draft, item: tree.Fn | tree.Forward, templates: Templates | undefined): Entry | undefined {
  const name = item.kind === 'forward' ? 'forward' : item.name.name;
  let inputs: ModelInput[] = [];
  const bodies = both(draft, item, templates, (to) => {
    inputs = item.signature.parameters.map((parameter) => parameterInput(draft, parameter));
    const frame = emptyFrame(draft);
    for (const input of inputs) frame.locals.set(input.name, inputTensor(to, input));
    const results = inline(to, frame, item, { declaration: item, instance: draft.root, place: item.place }, '');
    return results.map((value, k) => {
      const { result, value: ordered } = orderedResult(to, frame, item.signature.results[k], value);
      return { name: result.name?.name ?? name, value: ordered.id, ...(ordered.index === undefined ? {} : { index: ordered.index.axis }) };
    });
  });
  return bodies && { name, kind: 'function', inputs, ...bodies };
}

function parameterInput(draft: Draft, parameter: tree.Parameter): ModelInput {
  const axes = (parameter.brackets?.items ?? []).map((item) => findAxis(draft, draft.root, axisName(item as tree.IndexItem)));
  return { name: parameter.name.name, axes, ...elementType(draft, draft.root, parameter.element) };
}

/** Results of an entry lie as declared. */
function orderedResult(
  to: Elaboration,
  frame: Frame,
  result: tree.Result,
  value: Value,
): { readonly result: tree.Result; readonly value: Tensor } {
  const read = operand(value, result.place);
  const tensor = read.is === 'tensor' ? read : scalarOf(to, read, 'a result', result.place);
  const axes: AxisId[] = result.brackets.items.map((item) =>
    findAxis(to.draft, frame.layer?.instances[0], axisName(item as tree.IndexItem)),
  );
  if (axes.every((axis, k) => axis === tensor.axes[k])) return { result, value: tensor };
  const id = to.builder.emit({ is: 'refit', of: tensor.id, moves: [] }, axes, tensor.type, result.name?.name ?? 'result');
  return { result, value: { ...tensor, id, axes } };
}

function objective(draft: Draft, item: tree.Objective, templates: Templates | undefined): Entry | undefined {
  const name = item.name.name;
  const bodies = both(draft, item, templates, (to) => {
    const inputs = new Map<string, Value>(draft.inputs.map((input) => [input.name, inputTensor(to, input)]));
    for (const name of draft.refusedInputs) inputs.set(name, { is: 'error' });
    const frame = emptyFrame(draft, inputs);
    const value = objectiveValue(to, frame, item);
    const at = item.body.kind === 'value' ? item.body.value.place : item.name.place;
    const scalar = scalarOf(to, operand(value, at), `a ${item.kind}`, at);
    to.builder.rename(scalar.id, name, { statements: 0, steps: 0 });
    return [{ name, value: scalar.id }];
  });
  if (bodies === undefined) return undefined;
  const used = new Set([...bodies.train.statements, ...bodies.eval.statements].flatMap(inputName));
  return { name, kind: item.kind, inputs: draft.inputs.filter((input) => used.has(input.name)), ...bodies };
}

function objectiveValue(to: Elaboration, frame: Frame, item: tree.Objective): Value {
  if (item.body.kind === 'value') return to.evaluate(item.body.value, frame);
  to.run(item.body.statements, frame);
  const value = findLocal(frame, item.name.name)?.value;
  if (value !== undefined) return value.is === 'error' ? silently() : value;
  return refuse({
    code: 'B320',
    message: `the ${item.kind} \`${item.name.name}\` is never set`,
    at: item.name.place,
    label: 'named here',
    hint: `its body ends with \`${item.name.name} = ...\``,
  });
}

function inputName({ expression }: Statement): string[] {
  return expression.is === 'input' ? [expression.name] : [];
}
