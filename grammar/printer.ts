/**
 * The formatter: a tree as text in the one style of the language. What it prints parses to an equal tree (places aside), and
 * printing that again gives the same text; comments and single blank lines are kept.
 */
import { mark, Page } from './layout.ts';
import { binding, change, requirement, terms, topologyItem } from './print-changes.ts';
import {
  args,
  axes,
  brackets,
  expression,
  law,
  list,
  loop,
  named,
  options,
  parameter,
  reference,
  signature,
  sum,
} from './print-expressions.ts';
import type * as tree from './tree.ts';

/** One expression, as the formatter writes it. */
export const written = (node: tree.Expression): string => expression(node).replaceAll(mark, ' ');

/** The formatted text of a file, with a newline at its end; the empty text for a file with nothing in it. */
export function print(file: tree.File): string {
  const page = new Page(file);
  if (file.edition !== undefined) page.item(file.edition.place, `edition ${file.edition.value}`);
  for (const use of file.uses) page.item(use.place, usage(use));
  for (const item of file.items) definition(page, item);
  return page.toString();
}

function usage({ from, names }: tree.Use): string {
  const source = 'path' in from ? `"${from.path}"` : from.module.map(({ name }) => name).join('.');
  const imported = names.map(({ name, as }) => name.name + named(as, (other) => ` as ${other.name}`));
  return `use ${source} {${mark}${list(imported)}${mark}}`;
}

function definition(page: Page, node: tree.FileItem): void {
  switch (node.kind) {
    case 'layer': {
      const head = `${node.model ? 'model' : 'layer'} ${node.name.name}${named(node.axes, axes)}`;
      items(page, node.place, head + (node.options.length === 0 ? '' : options(node.options)), node.items);
      break;
    }
    case 'topology':
      topology(page, node);
      break;
    case 'variant':
      variant(page, node);
      break;
    case 'fn':
      fn(page, node);
      break;
    case 'let':
      page.item(node.place, binding(node));
      break;
  }
}

function topology(page: Page, node: tree.Topology): void {
  const head = `topology ${node.name.name}${axes(node.axes)}${options(node.options)}`;
  const texts = shortItems(node.items);
  if (texts !== undefined && inline(page, node.place, head, texts)) return;
  page.block(node.place, head, () => topologyItems(page, node.items));
}

function topologyItems(page: Page, nodes: readonly tree.TopologyItem[]): void {
  for (const node of nodes) {
    if (node.kind === 'if') topologyBranch(page, node);
    else page.item(node.place, topologyItem(node));
  }
}

/** The texts of items that are few enough for one line. */
function shortItems(nodes: readonly tree.TopologyItem[]): string[] | undefined {
  const [first, ...rest] = nodes;
  if (first === undefined) return [];
  return rest.length > 0 || first.kind === 'if' ? undefined : [topologyItem(first)];
}

function topologyBranch(page: Page, node: tree.TopologyIf): void {
  const way = (block: tree.TopologyBlock) => ({ short: shortItems(block.items), items: () => topologyItems(page, block.items) });
  forked(page, node, way(node.then), node.else && way(node.else));
}

function variant(page: Page, node: tree.Variant): void {
  const of = named(node.of, (model) => ` of ${model.name.name}${named(model.args, args)}`);
  const target = named(node.target, ({ name }) => ` to ${name}`);
  const head = `variant ${node.name.name}${node.options.length === 0 ? '' : options(node.options)}${of}${target}`;
  if (node.changes.length === 0 && inline(page, node.place, head, [])) return;
  page.block(node.place, head, () => {
    for (const item of node.changes) page.item(item.place, change(item));
  });
}

/** A longer block is not read at a glance. */
const widestInline = 110;

/** A block on one line, if it fits and holds no comment; tells whether it did. */
function inline(page: Page, place: tree.Block['place'], head: string, texts: readonly string[]): boolean {
  const text = `${head} ${braced(texts)}`;
  if (page.has(place) || page.column + text.length > widestInline) return false;
  page.item(place, text);
  return true;
}
const braced = (texts: readonly string[]): string => (texts.length === 0 ? '{}' : `{ ${texts.join(' ')} }`);

// layers -------------------------------------------------------------------------------------------------------------------
function items(page: Page, place: tree.Layer['place'], head: string, nodes: readonly tree.Item[]): void {
  if (nodes.length === 0 && inline(page, place, head, [])) return;
  page.block(place, head, () => layerItems(page, nodes));
}

function layerItems(page: Page, nodes: readonly tree.Item[]): void {
  for (const run of joinAxes(page, nodes)) item(page, run);
}

type Run = tree.Item | { readonly kind: 'axes'; readonly place: tree.AxisItem['place']; readonly items: readonly tree.AxisItem[] };

/** Neighbouring axis items become one item again, unless they are two statements with a comment or a blank line between them. */
function joinAxes(page: Page, nodes: readonly tree.Item[]): Run[] {
  const runs: Run[] = [];
  for (const node of nodes) {
    const last = runs.at(-1);
    if (node.kind !== 'axis') runs.push(node);
    else if (last?.kind === 'axes' && page.joins(last.place, node.place)) {
      runs[runs.length - 1] = { ...last, place: { ...last.place, to: node.place.to }, items: [...last.items, node] };
    } else runs.push({ kind: 'axes', place: node.place, items: [node] });
  }
  return runs;
}

function item(page: Page, node: Run): void {
  switch (node.kind) {
    case 'axes':
      page.axes(node.place, `axis ${list(node.items.map(axis))}`);
      break;
    case 'axis':
      page.axes(node.place, `axis ${axis(node)}`);
      break;
    case 'let':
      page.item(node.place, binding(node));
      break;
    case 'require':
      page.item(node.place, requirement(node));
      break;
    case 'input':
      page.item(node.place, `input ${list(node.parameters.map(parameter))}`);
      break;
    case 'fn':
      fn(page, node);
      break;
    case 'forward':
      body(page, node.place, `forward${signature(node.signature)}`, node.body);
      break;
    case 'loss':
    case 'metric':
      body(page, node.place, `${node.kind} ${node.name.name}`, node.body);
      break;
    case 'member':
      member(page, node);
      break;
  }
}

const axis = ({ name, relation, value }: tree.AxisItem): string => name.name + named(value, (size) => ` ${relation} ${sum(size)}`);

function member(page: Page, node: tree.Member): void {
  const names = list(node.names.map(({ name, family }) => name.name + named(family, (loops) => `[${list(loops.map(loop))}]`)));
  const condition = named(node.condition, (value) => `${mark}if ${expression(value)}`);
  if (node.body.kind === 'group') {
    const { items: nodes, place } = node.body;
    if (condition === '') items(page, node.place, names, nodes);
    else page.blockWithTail({ ...node.place, to: place.to }, names, () => layerItems(page, nodes), condition, node.place.to);
    return;
  }
  const type = node.body.kind === 'tensor' ? tensor(node.body) : reference(node.body);
  page.item(node.place, `${names}: ${type}${condition}`);
}

const tensor = (node: tree.Tensor): string =>
  brackets(node.axes) + named(node.as, (as) => `${mark}${terms(as)}`) + named(node.law, (value) => `${mark}~ ${law(value)}`);

// bodies -------------------------------------------------------------------------------------------------------------------
function fn(page: Page, node: tree.Fn): void {
  body(page, node.place, `fn ${node.name.name}${named(node.axes, axes)}${signature(node.signature)}`, node.body);
}

function body(page: Page, place: tree.Fn['place'], head: string, node: tree.Body): void {
  if (node.kind === 'value') page.item(place, `${head} =${mark}${expression(node.value)}`);
  else block(page, place, head, node);
}

function block(page: Page, place: tree.Block['place'], head: string, node: tree.Block): void {
  const texts = short(node);
  if (texts !== undefined && inline(page, place, head, texts)) return;
  page.block(place, head, () => statements(page, node));
}

function statements(page: Page, node: tree.Block): void {
  for (const statement of node.statements) {
    if (statement.kind === 'for') block(page, statement.place, `for ${loop(statement.loop)}`, statement.body);
    else if (statement.kind === 'if') branch(page, statement);
    else page.item(statement.place, simple(statement));
  }
}

/** The text of a block that is short enough for one line: at most one statement, and that without a block. */
function short(node: tree.Block): string[] | undefined {
  const [first, ...rest] = node.statements;
  if (first === undefined) return [];
  return rest.length > 0 || first.kind === 'for' || first.kind === 'if' ? undefined : [simple(first)];
}

function simple(node: tree.Assign | tree.Penalty | tree.Report): string {
  if (node.kind !== 'assign') return `${node.kind} ${node.name.name} = ${expression(node.value)}`;
  const targets = node.targets.map(({ name, brackets: shape }) => name.name + named(shape, brackets));
  return `${list(targets)} ${node.relation} ${expression(node.value)}`;
}

function branch(page: Page, node: tree.If): void {
  const way = (part: tree.Block) => ({ short: short(part), items: () => statements(page, part) });
  forked(page, node, way(node.then), node.else && way(node.else));
}

interface Way {
  /** Its items, if they may stand on one line. */
  readonly short?: readonly string[];
  readonly items: () => void;
}
interface Fork {
  readonly place: tree.Block['place'];
  readonly condition: tree.Expression;
  readonly then: Pick<tree.Block, 'place'>;
}

/** `if` with its blocks, in a body or in a topology. */
function forked(page: Page, { place, condition, then: block }: Fork, then: Way, other: Way | undefined): void {
  const head = `if ${expression(condition)}`;
  const start = other === undefined ? head : then.short && `${head} ${braced(then.short)} else`;
  const last = other === undefined ? then.short : other.short;
  if (start !== undefined && last !== undefined && inline(page, place, start, last)) return;
  page.block(place, head, () => {
    then.items();
    if (other === undefined) return;
    page.divide(block.place, '} else {', place);
    other.items();
  });
}
