/**
 * Statements of bodies. Each is one unit of checking: what it refuses is told once, and the names it would have set hold an erroneous
 * value, of which nothing more is said. Loops are unrolled.
 */
import type { Place } from '../../../grammar/diagnostic.ts';
import type * as tree from '../../../grammar/tree.ts';
import { joinPath } from '../names.ts';
import { refuse } from '../refuse.ts';
import { statementsIn } from '../walk.ts';
import type { Mark } from './builder.ts';
import { evaluateStaticCondition, evaluateStaticInteger } from './choose.ts';
import { type Elaboration, type Frame, findLocal } from './context.ts';
import { nodesOf } from './family.ts';
import { leftSide, listed } from './listed.ts';
import { asReal, operand } from './operate.ts';
import { alike } from './positions.ts';
import { silently, type Tensor, type Value } from './value.ts';

export function run(to: Elaboration, statements: readonly tree.Statement[], frame: Frame): void {
  for (const statement of statements) {
    const done = to.attempt(() => {
      execute(to, statement, frame);
      return true;
    });
    if (done === undefined) spoil(statement, frame);
  }
}

function execute(to: Elaboration, statement: tree.Statement, frame: Frame): void {
  to.builder.place = statement.place;
  switch (statement.kind) {
    case 'assign':
      if (statement.relation === '~') draw(to, statement, frame);
      else assign(to, statement, frame);
      return;
    case 'for':
      loop(to, statement, frame);
      return;
    case 'if': {
      const holds = evaluateStaticCondition(to, frame, statement.condition);
      const [block, other] = holds ? [statement.then, statement.else] : [statement.else, statement.then];
      for (const inner of statementsIn(other?.statements ?? [])) {
        if (inner.kind === 'assign') for (const { name } of inner.targets) frame.untaken.set(name.name, statement);
      }
      const conditions = [...frame.conditions, statement.condition];
      if (block) to.run(block.statements, { ...frame, conditions });
      return;
    }
    case 'penalty':
    case 'report':
      tell(to, statement, frame);
  }
}

/** The names that a refused statement would have set are erroneous from here on. */
function spoil(statement: tree.Statement, frame: Frame): void {
  if (statement.kind === 'assign') {
    for (const target of statement.targets)
      (findLocal(frame, target.name.name)?.frame ?? frame).locals.set(target.name.name, { is: 'error' });
  } else if (statement.kind === 'if') {
    for (const inner of [...statement.then.statements, ...(statement.else?.statements ?? [])]) spoil(inner, frame);
  } else if (statement.kind === 'for') {
    for (const inner of statement.body.statements) spoil(inner, frame);
  }
}

function loop(to: Elaboration, statement: tree.For, frame: Frame): void {
  const { name, range } = statement.loop;
  const spend = (times: number) => to.builder.spend(Math.max(0, times) * (1 + statement.body.statements.length));
  const iterate = (index: number, value: Value) => {
    const locals = new Map<string, Value>([[name.name, value]]);
    to.run(statement.body.statements, { ...frame, locals, outer: frame, loops: [...frame.loops, index] });
  };
  if (range.to === undefined) {
    const family = to.evaluate(range.from, frame);
    if (family.is !== 'family' || family.nodes[0].ranges.length !== 1) {
      const hint = 'loop over a family, `for b in block`, or over numbers, `for l in 1..depth`';
      refuse({ code: 'B333', message: 'a family or a range is expected', at: range.place, label: 'not a family', hint });
    }
    const { items, ranges } = family.nodes[0];
    spend(items.length);
    for (let k = 0; k < items.length; k++) iterate(ranges[0].from + k, nodesOf(to, family, k));
    return;
  }
  const from = evaluateStaticInteger(to, frame, range.from, 'the first value of a loop');
  const last = evaluateStaticInteger(to, frame, range.to, 'the last value of a loop');
  spend(last - from + 1);
  for (let k = from; k <= last; k++) iterate(k, { is: 'static', value: { is: 'number', value: k } });
}

/** A penalty or a report, under the path of its layer. */
function tell(to: Elaboration, statement: tree.Penalty | tree.Report, frame: Frame): void {
  const { place } = statement.value;
  const value = operand(to.evaluate(statement.value, frame), place);
  const told = statement.kind === 'penalty' ? scalarOf(to, value, 'a penalty', place) : reported(to, value, place);
  to.builder.tell(statement.kind, joinPath(to.builder.path, statement.name.name), frame.loops, told.id);
}

/** One real number, or one for each position of an axis of known size. */
function reported(to: Elaboration, value: Tensor | { readonly is: 'static' }, at: Place): Tensor {
  if (value.is === 'static' || value.axes.length === 0) return scalarOf(to, value, 'a report', at);
  const closed = value.axes.length === 1 && typeof to.table.size(value.axes[0]) === 'number';
  if (closed && value.type !== 'bool' && value.index === undefined) return asReal(to, value);
  return refuse({
    code: 'B337',
    message: 'a report is one real number, or one for each position of an axis of known size',
    at,
    label: closed ? `is ${value.type === 'bool' ? 'bool' : 'positions'}` : `has ${to.table.list(value.axes)}`,
    hint: closed ? 'its mean over the rows tells how often' : 'report the mean over the rows',
  });
}

/** A real number without axes. */
export function scalarOf(to: Elaboration, value: Tensor | { readonly is: 'static' }, what: string, at: Place): Tensor {
  if (value.is === 'static') return asReal(to, value as Parameters<typeof asReal>[1]);
  if (value.axes.length === 0 && value.type !== 'bool' && value.index === undefined) return asReal(to, value);
  const mean = value.axes.length > 0 ? `has ${to.table.list(value.axes)}` : `is ${value.type}`;
  return refuse({
    code: 'B315',
    message: `${what} is one real number`,
    at,
    label: mean,
    hint: value.axes.length > 0 ? '`mean(...)`' : undefined,
  });
}

function assign(to: Elaboration, statement: tree.Assign, frame: Frame): void {
  const [target, ...more] = statement.targets;
  if (more.length === 0) {
    const since = to.builder.mark();
    const value = target.brackets
      ? listed(to, frame, leftSide(to, frame, target.brackets), statement.value)
      : single(to.evaluate(statement.value, frame), statement.value.place);
    set(to, frame, target, value, since);
    return;
  }
  const value = to.evaluate(statement.value, frame);
  if (value.is !== 'several' || value.values.length !== statement.targets.length) {
    const count = value.is === 'several' ? value.values.length : 1;
    refuse({
      code: 'B320',
      message: `${statement.targets.length} names are set, the expression has ${count} ${count === 1 ? 'value' : 'values'}`,
      at: statement.value.place,
      label: `${count} here`,
    });
  }
  for (const [k, each] of statement.targets.entries()) {
    if (each.brackets)
      refuse({ code: 'B320', message: 'several values are set without index lists', at: each.brackets.place, label: 'here' });
    set(to, frame, each, value.values[k], to.builder.mark());
  }
}

function single(value: Value, at: Place): Value {
  if (value.is !== 'several') return value;
  const message = `${value.values.length} values, one name`;
  return refuse({ code: 'B320', message, at, label: 'several values', hint: '`a, b = ...` names each' });
}

/** Setting a name again keeps its axes and element type. */
function set(to: Elaboration, frame: Frame, target: tree.Target, value: Value, since: Mark): void {
  const name = target.name.name;
  const known = findLocal(frame, name);
  if (known?.value.is === 'tensor' && value.is === 'tensor') checkGrowth(to, frame, target, known.value, value);
  if (value.is === 'error') silently();
  if (value.is === 'tensor') {
    to.draft.facts?.tensor(to.draft, target.name.place, value.axes, value.type);
    to.builder.rename(value.id, name, since);
  }
  (known?.frame ?? frame).locals.set(name, value);
}

function checkGrowth(to: Elaboration, frame: Frame, target: tree.Target, old: Tensor, value: Tensor): void {
  const chosen = frame.layer?.chosen.flatMap((choice) => choice.index.axes) ?? [];
  const gained = value.axes.filter((axis) => !old.axes.includes(axis) && !chosen.includes(axis));
  const lost = old.axes.filter((axis) => !value.axes.includes(axis));
  const name = target.name.name;
  if (gained.length > 0 || lost.length > 0) {
    const which = to.table.list(gained.length > 0 ? gained : lost);
    refuse({
      code: 'B305',
      message: `\`${name}\` would ${gained.length > 0 ? 'gain' : 'lose'} \`${which}\``,
      at: target.place,
      label: `\`${name}\` is ${to.shape(old.axes)} here, the value is ${to.shape(value.axes)}`,
      hint: gained.length > 0 ? `reduce \`${which}\` first, or use a new name` : 'use a new name',
    });
  }
  const [a, b] = [old.index?.axis, value.index?.axis];
  if (old.type === value.type && (a === undefined || b === undefined ? a === b : alike(to.table, a, b))) return;
  const kind = (tensor: Tensor) => (tensor.index === undefined ? tensor.type : `positions of ${to.table.name(tensor.index.axis)}`);
  refuse({
    code: 'B334',
    message: `\`${name}\` holds ${kind(old)}, not ${kind(value)}`,
    at: target.place,
    label: 'set again',
    hint: 'use a new name',
  });
}

/** `r[..] ~ bernoulli(p)`: a draw is a function of seed, tick and site, nothing else. */
function draw(to: Elaboration, statement: tree.Assign, frame: Frame): void {
  const [target, ...more] = statement.targets;
  if (more.length > 0 || target.brackets === undefined) {
    refuse({
      code: 'B335',
      message: 'a draw needs the axes of one value',
      at: target.place,
      label: 'no axes',
      hint: '`r[..] ~ bernoulli(p)`',
    });
  }
  const { axes } = leftSide(to, frame, target.brackets);
  const { value } = statement;
  const [head, args] = value.kind === 'call' ? [value.of, value.args.items] : [value, []];
  const law = head.kind === 'identifier' ? head.name : '';
  const counts = law === 'bernoulli' ? 1 : law === 'uniform' ? 0 : -1;
  if (counts !== args.length) {
    refuse({
      code: 'B335',
      message: 'bodies draw from `bernoulli(p)` and `uniform()`',
      at: value.place,
      label: counts < 0 ? 'another law' : `${args.length} arguments`,
    });
  }
  const since = to.builder.mark();
  if (law === 'uniform') {
    set(to, frame, target, to.draw({ is: 'draw', law }, frame.loops, axes), since);
    return;
  }
  const [chance] = args;
  const probability = scalarOf(
    to,
    checkChance(operand(to.evaluate(chance.value, frame), chance.place), chance.place),
    'a probability',
    chance.place,
  );
  set(to, frame, target, to.draw({ is: 'draw', law: 'bernoulli', probability: probability.id }, frame.loops, axes), since);
}

function checkChance(value: ReturnType<typeof operand>, at: Place): ReturnType<typeof operand> {
  if (value.is === 'static' && value.value.is === 'number' && !(value.value.value >= 0 && value.value.value <= 1)) {
    refuse({ code: 'B336', message: `${value.value.value} is no probability`, at, label: 'from 0 to 1' });
  }
  return value;
}
