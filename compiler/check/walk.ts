/** One walk over syntax, for every question about which names, positions or ramps an expression mentions. */
import type * as tree from '../../grammar/tree.ts';

/** The expressions directly within one. */
function subexpressions(expression: tree.Expression): readonly tree.Expression[] {
  switch (expression.kind) {
    case 'number':
    case 'text':
    case 'boolean':
    case 'identifier':
    case 'position':
      return [];
    case 'tuple':
      return expression.items;
    case 'ramp':
      return [expression.from, expression.to, expression.by];
    case 'conditional':
      return [expression.condition, expression.then, expression.else];
    case 'binary':
      return [expression.left, expression.right];
    case 'unary':
      return [expression.operand];
    case 'member-of':
      return [expression.of];
    case 'bracketed':
      return [expression.of, ...indicesOf(expression.brackets)];
    case 'call':
      return [expression.of, ...expression.args.items.map(({ value }) => value), ...(expression.args.where ? [expression.args.where] : [])];
  }
}

function indicesOf(brackets: tree.Brackets): tree.Expression[] {
  return brackets.items.flatMap((item) =>
    item.kind === 'rest' ? [] : [item.range.from, ...(item.range.to ? [item.range.to] : []), ...(item.else ? [item.else] : [])],
  );
}

/** All that a reference is given: what stands in its brackets, and the values of its options. */
export function givenTo({ brackets, args }: tree.Reference): tree.Expression[] {
  return [...(brackets === undefined ? [] : indicesOf(brackets)), ...(args?.items ?? []).map(({ value }) => value)];
}

/** The expressions of the statement that may speak of the variables of its selection. */
export function readBy({ as, to }: tree.Decompose): tree.Expression[] {
  return [...as.flatMap(({ topology }) => givenTo(topology)), ...(to === undefined ? [] : [to.value])];
}

/** The expression and all within it, in the order of the text. Sums of thousands of terms are deep: no recursion. */
export function within(expression: tree.Expression | undefined): tree.Expression[] {
  const found: tree.Expression[] = [];
  const waiting = expression === undefined ? [] : [expression];
  for (let at = waiting.pop(); at !== undefined; at = waiting.pop()) {
    found.push(at);
    waiting.push(...[...subexpressions(at)].reverse());
  }
  return found;
}

/** Bare names that an expression mentions. */
export function namesIn(expression: tree.Expression | undefined): tree.Identifier[] {
  return within(expression).filter((at) => at.kind === 'identifier');
}

/** `@name` in an expression. */
export function positionsIn(expression: tree.Expression): tree.Identifier[] {
  return within(expression).flatMap((at) => (at.kind === 'position' ? [at.name] : []));
}

/** Statements and all within them, in the order of the text. */
export function* statementsIn(statements: readonly tree.Statement[]): Generator<tree.Statement> {
  for (const statement of statements) {
    yield statement;
    if (statement.kind === 'if') yield* statementsIn([...statement.then.statements, ...(statement.else?.statements ?? [])]);
    if (statement.kind === 'for') yield* statementsIn(statement.body.statements);
  }
}

/** The expressions of one statement, without those of statements within it. */
export function expressionsOf(statement: tree.Statement): readonly tree.Expression[] {
  switch (statement.kind) {
    case 'if':
      return [statement.condition];
    case 'for':
      return [statement.loop.range.from, ...(statement.loop.range.to ? [statement.loop.range.to] : [])];
    case 'assign':
      return [...statement.targets.flatMap(({ brackets }) => (brackets ? indicesOf(brackets) : [])), statement.value];
    default:
      return [statement.value];
  }
}
