/** Expressions, brackets, arguments and signatures as text with marks where a line may break (layout.ts). */
import { mark } from './layout.ts';
import type * as tree from './tree.ts';

/** Levels of precedence, loosest first; an operand below the level that its place asks for is put in parentheses. */
export const level = { any: 0, or: 1, and: 2, not: 3, comparison: 4, sum: 5, term: 6, minus: 7, power: 8, postfix: 9, atom: 10 } as const;

const operators: Readonly<Record<tree.BinaryOperator, { own: number; left: number; right: number }>> = {
  or: { own: level.or, left: level.or, right: level.and },
  and: { own: level.and, left: level.and, right: level.not },
  ...sameFor(['<=', '>=', '==', '!=', '<', '>'], { own: level.comparison, left: level.sum, right: level.sum }),
  ...sameFor(['+', '-'], { own: level.sum, left: level.sum, right: level.term }),
  ...sameFor(['*', '/', 'div', 'mod'], { own: level.term, left: level.term, right: level.minus }),
  '^': { own: level.power, left: level.postfix, right: level.minus },
};

function sameFor<Key extends string, Value>(keys: readonly Key[], value: Value): Record<Key, Value> {
  return Object.fromEntries(keys.map((key) => [key, value])) as Record<Key, Value>;
}

export const list = (texts: readonly string[]): string => texts.join(`,${mark}`);
export const named = <T>(value: T | undefined, print: (value: T) => string): string => (value === undefined ? '' : print(value));

/** `tight`: within brackets, sums and products of names and numbers stand without spaces, as in `4*4*8` and `b[k-1]`. */
export function expression(node: tree.Expression, wanted: number = level.any, tight = false): string {
  const text = bare(node, tight);
  return levelOf(node) < wanted ? `(${bare(node, false)})` : text;
}

function levelOf(node: tree.Expression): number {
  if (node.kind === 'conditional') return level.any;
  if (node.kind === 'binary') return operators[node.operator].own;
  if (node.kind === 'unary') return node.operator === 'not' ? level.not : level.minus;
  return ['member-of', 'bracketed', 'call'].includes(node.kind) ? level.postfix : level.atom;
}

function bare(node: tree.Expression, tight: boolean): string {
  switch (node.kind) {
    case 'number':
      return node.text;
    case 'text':
      return `"${node.value}"`;
    case 'boolean':
      return String(node.value);
    case 'identifier':
      return node.name;
    case 'position':
      return `@${node.name.name}`;
    case 'tuple':
      return `(${list(node.items.map((item) => expression(item)))})`;
    case 'ramp':
      return `(${expression(node.from)} to ${sum(node.to)} by ${sum(node.by)} ${every(node.every)})`;
    case 'conditional':
      return `if ${expression(node.condition, level.or)} then ${expression(node.then)}${mark}else ${expression(node.else)}`;
    case 'unary':
      return node.operator === 'not' ? `not ${expression(node.operand, level.comparison)}` : `-${expression(node.operand, level.power)}`;
    case 'binary':
      return binary(node, tight && isTight(node));
    case 'member-of':
      return `${expression(node.of, level.postfix)}.${node.name.name}`;
    case 'bracketed':
      return expression(node.of, level.postfix) + brackets(node.brackets);
    case 'call':
      return expression(node.of, level.postfix) + args(node.args);
  }
}

function binary({ operator, left, right }: tree.Binary, tight: boolean): string {
  const { left: leftLevel, right: rightLevel } = operators[operator];
  const space = tight ? ['', ''] : [operator === '^' ? ' ' : mark, ' '];
  return expression(left, leftLevel, tight) + space[0] + operator + space[1] + expression(right, rightLevel, tight);
}

function isTight(node: tree.Expression): boolean {
  if (node.kind === 'identifier' || node.kind === 'number') return true;
  if (node.kind !== 'binary' || !['+', '-', '*', '^'].includes(node.operator)) return false;
  const { left, right } = operators[node.operator];
  return levelOf(node.left) >= left && levelOf(node.right) >= right && isTight(node.left) && isTight(node.right);
}

export const sum = (node: tree.Expression): string => expression(node, level.sum);
export function law(node: tree.Law, wanted: number = level.any): string {
  return node.kind === 'seeded' ? `seeded ${expression(node.law, wanted)}` : expression(node, wanted);
}
export const every = ({ count, unit }: tree.Every): string => `every ${count} ${unit}`;

export function range({ from, to }: tree.Range): string {
  return expression(from, level.sum, true) + named(to, (end) => `..${expression(end, level.sum, true)}`);
}
export const loop = ({ name, range: over }: tree.Loop): string => `${name.name} in ${range(over)}`;

/** Items with `->` after the first `arrow` of them. */
function arrowed(texts: readonly string[], arrow: number | undefined): string {
  if (arrow === undefined) return `[${list(texts)}]`;
  return `[${list(texts.slice(0, arrow))} ->${mark}${list(texts.slice(arrow))}]`;
}

export function brackets({ items, arrow }: tree.Brackets): string {
  return arrowed(items.map(index), arrow);
}

function index(item: tree.Index): string {
  if (item.kind === 'rest') return '..';
  const name = named(item.name, ({ name }) => `${name} = `);
  const otherwise = named(item.else, (value) => ` else ${expression(value)}`);
  return `${name}${item.padded ? 'padded ' : ''}${range(item.range)}${otherwise}`;
}

export function args({ items, where }: tree.Arguments): string {
  const texts = items.map(({ name, value }) => named(name, ({ name }) => `${name} = `) + expression(value));
  const condition = named(where, (value) => `where ${expression(value)}`);
  return `(${[list(texts), condition].filter((text) => text !== '').join(mark)})`;
}

export function reference(node: tree.Reference): string {
  return node.name.name + named(node.brackets, brackets) + named(node.args, args);
}

export function axes({ parameters, arrow }: tree.Axes): string {
  return arrowed(
    parameters.map(({ name, brackets: sizes }) => name.name + named(sizes, brackets)),
    arrow,
  );
}

export function options(nodes: readonly tree.Option[]): string {
  const texts = nodes.map(
    ({ name, brackets: range, type, value }) =>
      name.name + named(range, brackets) + named(type, (word) => `: ${word}`) + named(value, (node) => ` = ${expression(node)}`),
  );
  return `(${list(texts)})`;
}

export function parameter({ name, brackets: shape, element, value }: tree.Parameter): string {
  const type = named(element, ({ name }) => ` in ${name}`);
  return name.name + named(shape, brackets) + type + named(value, (node) => ` = ${expression(node)}`);
}

export function signature({ parameters, where, results }: tree.Signature): string {
  const condition = named(where, ({ name }) => `where ${name}`);
  const inputs = [list(parameters.map(parameter)), condition].filter((text) => text !== '').join(mark);
  const outputs = results.map(({ name, brackets: shape, element }) => {
    return named(name, ({ name }) => name) + brackets(shape) + named(element, ({ name }) => ` in ${name}`);
  });
  return `(${inputs})${mark}-> ${list(outputs)}`;
}
