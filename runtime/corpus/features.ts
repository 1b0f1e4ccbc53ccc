/** What of the language, of the operations and of shapes a program uses: the rows of the table that each generation prints. */
import { table } from '../../compiler/index.ts';
import type { Contract, MapOp, Node, Program, ScalarFunction, Source, Window } from '../../compiler/values/program.ts';
import { subterms } from '../../compiler/values/scalar.ts';
import { networksOf } from '../../compiler/values/term.ts';
import { parse } from '../../grammar/parse.ts';
import { kinds } from './composed/kinds.ts';
import type { Form, Instance, Written } from './instance.ts';

/** Groups of rows, in the order in which they are printed. */
export const groups = ['construct', 'operation', 'gradient', 'function', 'topology', 'statement', 'pair', 'shape'] as const;
export type Group = (typeof groups)[number];

const constructs =
  'adapt apply arguments assign axis binary block boolean brackets bracketed call conditional core decompose fn for forward freeze group grow identifier if index init input keep layer learn let loss member member-of metric nested number orthogonal penalty position ramp reference replace report require rest role seeded share squeeze tensor tie topology train tuple unary untie use value variant wrap'.split(
    ' ',
  );
const functions: readonly ScalarFunction[] =
  'add sub mul div neg min max exp log sqrt tanh sigmoid erf sin cos floor idiv mod lt le eq and or not select stop real int below uniform'.split(
    ' ',
  ) as ScalarFunction[];
const topologies = 'mpo ring cp tucker low_rank tree block_term kronecker lokr btt peps ladder gram conv_cp conv_tucker drawn'.split(' ');
const shapes = [
  'size 1',
  'prime size',
  'beside a vector',
  'beyond a block of sums',
  'family without members',
  'loop without rounds',
  'operand twice',
  'letter twice',
  'letter in three operands',
  'lookup in an operand',
  'lookup in the result',
  'letter of the result alone',
  'stride',
  'dilation',
  'padded factors',
  'shared tensor',
  'masked tensor',
];

/** All rows: what a corpus that is large enough has at least once. */
export const universe: readonly string[] = [
  ...constructs.map((kind) => `construct ${kind}`),
  ...[...table.keys()].filter((name) => name !== 'call').map((name) => `operation ${name}`),
  ...[...table].filter(([name, { gradient }]) => name !== 'call' && gradient !== 'none').map(([name]) => `gradient ${name}`),
  ...functions.map((name) => `function ${name}`),
  ...topologies.map((name) => `topology ${name}`),
  ...kinds.map((kind) => `statement ${kind}`),
  ...shapes.map((name) => `shape ${name}`),
];

export function featuresOf({ source, forms }: Instance): ReadonlySet<string> {
  const found = new Set<string>();
  const add = (group: Group, name: string) => found.add(`${group} ${name}`);
  for (const { program } of forms) for (const node of program.nodes) nodeFeatures(node, add);
  for (const form of forms) for (const operation of differentiated(form)) add('gradient', operation);
  if (source !== undefined) textFeatures(source, add);
  return found;
}
type Add = (group: Group, name: string) => void;

function nodeFeatures({ operation, attributes, inputs, type }: Node, add: Add): void {
  add('operation', operation);
  for (const { size } of type.axes) sizeFeatures(size, add);
  if (operation === 'map') for (const part of subterms((attributes as MapOp).value)) if (part.is === 'apply') add('function', part.f);
  if (operation === 'contract') contractFeatures(attributes as Contract, inputs, add);
  if (operation !== 'window') return;
  const { stride, dilation } = attributes as Window;
  if (stride > 1) add('shape', 'stride');
  if (dilation > 1) add('shape', 'dilation');
}
function sizeFeatures(size: number, add: Add): void {
  if (size === 1) add('shape', 'size 1');
  if (size > 4 && Array.from({ length: size - 2 }, (_, k) => k + 2).every((d) => size % d !== 0)) add('shape', 'prime size');
  if (size > 4 && size % 4 !== 0) add('shape', 'beside a vector');
}
function contractFeatures({ letters, operands, result }: Contract, inputs: readonly number[], add: Add): void {
  const lettersOf = (subscripts: Contract['result']) => subscripts.filter((s) => typeof s === 'number');
  const own = inputs.slice(0, operands.length);
  if (new Set(own).size < own.length) add('shape', 'operand twice');
  if (operands.some((subscripts) => new Set(lettersOf(subscripts)).size < lettersOf(subscripts).length)) add('shape', 'letter twice');
  if (operands.some((subscripts) => subscripts.some((s) => typeof s !== 'number'))) add('shape', 'lookup in an operand');
  if (result.some((s) => typeof s !== 'number')) add('shape', 'lookup in the result');
  const kept = new Set(lettersOf(result));
  for (const letter of letters.keys()) {
    const uses = operands.filter((subscripts) => subscripts.includes(letter)).length;
    if (uses > 2) add('shape', 'letter in three operands');
    if (uses === 0 && kept.has(letter)) add('shape', 'letter of the result alone');
  }
  const summed = letters.reduce((product, { size }, letter) => (kept.has(letter) ? product : product * size), 1);
  if (summed > 512) add('shape', 'beyond a block of sums');
}

/** Operations of the forward half through which the loss depends on what has a gradient. */
function differentiated({ program }: Form): Set<string> {
  const wanted = new Set(program.outputs.flatMap(({ kind, name }) => (kind === 'gradient' ? [name] : [])));
  const loss = program.outputs.find(({ kind, name }) => kind === 'result' && name === 'loss')?.value;
  if (wanted.size === 0 || loss === undefined) return new Set();
  const moves = movedBy(program, wanted);
  const found = new Set<string>();
  const visit = [loss];
  const seen = new Set<number>();
  for (let id = visit.pop(); id !== undefined; id = visit.pop()) {
    if (seen.has(id) || !moves[id]) continue;
    seen.add(id);
    const { operation, inputs } = program.nodes[id];
    if (table.get(operation)!.gradient === 'none') continue;
    found.add(operation);
    visit.push(...inputs);
  }
  return found;
}
function movedBy({ nodes }: Program, wanted: ReadonlySet<string>): boolean[] {
  const moves: boolean[] = [];
  for (const { operation, attributes, inputs } of nodes)
    moves.push(operation === 'source' ? wanted.has((attributes as Source).name) : inputs.some((input) => moves[input]));
  return moves;
}

function textFeatures({ text, model, statements }: Written, add: Add): void {
  treeFeatures(parse(text, 'program.bond').file, add);
  for (const weight of model.weights) {
    for (const { network } of networksOf(weight)) add('topology', topologies.includes(network.topology) ? network.topology : 'drawn');
    if (weight.axes.some(({ padded }) => padded !== undefined)) add('shape', 'padded factors');
  }
  if (model.parameters.some(({ names }) => names.length > 1)) add('shape', 'shared tensor');
  if (model.parameters.some(({ keep, update }) => keep !== undefined || (!update.frozen && update.where !== undefined)))
    add('shape', 'masked tensor');
  if (/\bin 1\.\.0\]/.test(text)) add('shape', 'family without members');
  if (/for \w+ in 1\.\.0 /.test(text)) add('shape', 'loop without rounds');
  for (const [k, first] of statements.entries()) {
    add('statement', first);
    for (const second of statements.slice(k + 1)) add('pair', `${first}, ${second}`);
  }
}
/** Every object of the tree that has a kind. */
function treeFeatures(node: unknown, add: Add): void {
  if (Array.isArray(node)) for (const item of node) treeFeatures(item, add);
  else if (typeof node === 'object' && node !== null) {
    if ('kind' in node && typeof node.kind === 'string' && node.kind !== 'file') add('construct', node.kind);
    for (const value of Object.values(node)) treeFeatures(value, add);
  }
}
