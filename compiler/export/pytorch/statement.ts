/** One statement as a Python expression: what each kind of the model's language is called in torch. */
import type { Expression, Move, Statement, ValueId } from '../../values/body.ts';
import type { AxisId } from '../../values/model.ts';
import { dense, product } from './contraction.ts';
import { earlier, lookup, top } from './indexing.ts';
import { pointwise } from './pointwise.ts';
import { type Code, call, infix, literal, NAME, name, within } from './python.ts';
import { aligned, axesOf, NotSayable, permuted, type Scope } from './scope.ts';

export function statementCode(scope: Scope, statement: Statement, label: string): Code {
  const { expression: e, axes, type } = statement;
  switch (e.is) {
    case 'input':
      throw new NotSayable(`the input ${e.name} is read inside of a layer`);
    case 'number':
      return type === 'bool' ? name(e.value === 0 ? 'False' : 'True') : literal(e.value);
    case 'size':
      return { text: scope.size(e.axis), strength: NAME, scalar: true };
    case 'weight': {
      return dense(scope, { weight: scope.model.weights[e.weight], axes }, axes);
    }
    case 'position':
      return call('torch.arange', scope.size(e.axis), `device=${scope.device()}`);
    case 'apply':
      return pointwise(scope, e.f, e.of, axes);
    case 'product':
      return product(scope, e.factors, axes, label);
    case 'reduce':
      return reduction(scope, e, statement);
    case 'refit':
      return refit(scope, e.of, e.moves, axes);
    case 'lookup':
      return lookup(scope, e, axes);
    case 'stack':
      return stack(scope, e, axes);
    case 'join': {
      const parts = e.parts.map(({ of, from }) => {
        const own = axesOf(scope, of).map((axis) => (axis === from ? e.axis : axis));
        return expanded(scope, aligned(scope.code(of), own, axes), own, axes);
      });
      return call('torch.cat', `[${parts.join(', ')}]`, String(axes.indexOf(e.axis)));
    }
    case 'draw': {
      const sizes = axes.map((axis) => scope.size(axis));
      const random = call('torch.rand', `(${sizes.join(', ')}${sizes.length === 1 ? ',' : ''})`, `device=${scope.device()}`);
      if (e.probability === undefined) return random;
      return call('real', `${random.text} < ${within(scope.code(e.probability), 4)}`);
    }
    case 'top':
      return top(scope, e, axes);
    case 'earlier':
      return earlier(scope, e, axes);
    case 'window': {
      const from = axesOf(scope, e.of);
      const at = from.indexOf(e.axis);
      const [size, out, tap] = [e.axis, e.out, e.tap].map((axis) => scope.assumed(axis));
      const behind = from.length - 1 - at;
      const { stride, dilation, before: pad } = e;
      const reach = dilation * (tap - 1) + 1;
      // What is padded is as long as the positions that are read: a negative number cuts.
      const pads = [...Array.from({ length: behind }, () => '0, 0'), `${pad}, ${stride * (out - 1) + reach - pad - size}`].join(', ');
      const padded = call('F.pad', scope.code(e.of).text, `(${pads})`);
      const made = [...from.map((axis) => (axis === e.axis ? e.out : axis)), e.tap];
      const taps = dilation === 1 ? '' : `[..., ::${dilation}]`;
      return permuted({ text: `${padded.text}.unfold(${at}, ${reach}, ${stride})${taps}`, strength: NAME }, made, axes);
    }
  }
}

// sums, and other reductions ---------------------------------------------------------------------------------------------------
/** What a reduction over nothing is. */
const NOTHING = { max: '-1e30', min: '1e30', logsumexp: '-1e30' } as const;

function reduction(scope: Scope, e: Extract<Expression, { is: 'reduce' }>, statement: Statement): Code {
  const own = axesOf(scope, e.of);
  const condition = e.where === undefined ? undefined : axesOf(scope, e.where);
  const whole = [...own, ...(condition?.filter((axis) => !own.includes(axis)) ?? [])];
  const kept = whole.filter((axis) => !e.over.includes(axis));
  const over = whole.flatMap((axis, k) => (e.over.includes(axis) ? [k - whole.length] : []));
  const missing = e.over.filter((axis) => !whole.includes(axis));
  const dims = over.length === whole.length ? '' : over.length === 1 ? String(over[0]) : `(${over.join(', ')})`;
  const number = scope.body.statements[e.of].type;
  const plain = aligned(scope.code(e.of), own, whole);
  const value = number === 'bool' && e.combine !== 'any' && e.combine !== 'all' ? call('real', plain.text) : plain;
  const where = condition && expandedText(scope, aligned(scope.code(e.where!), condition, whole), condition, whole);
  const filled = (filler: string): Code =>
    where === undefined ? value : call('torch.where', where, expanded(scope, value, own, whole), filler);
  const times = missing.map((axis) => scope.size(axis)).join(' * ');
  const method = (code: Code, f: string, more = dims): Code => ({ text: `${within(code, NAME)}.${f}(${more})`, strength: NAME });
  const done = (code: Code): Code => permuted(code, kept, statement.axes);
  switch (e.combine) {
    case 'sum': {
      const sum = over.length === 0 ? filled('0') : method(filled('0'), 'sum');
      return done(times === '' ? sum : { text: `${within(sum, 6)} * (${times})`, strength: 6 });
    }
    case 'mean': {
      const real = number === 'real' ? value : call('real', value.text);
      if (where === undefined) return done(over.length === 0 ? real : method(real, 'mean'));
      const sum = method(call('torch.where', where, expanded(scope, real, own, whole), '0'), 'sum');
      return done({ text: `${sum.text} / ${where}.sum(${dims}).clamp(min=1)`, strength: 6 });
    }
    case 'max':
    case 'min':
      return done(method(filled(NOTHING[e.combine]), e.combine === 'max' ? 'amax' : 'amin'));
    case 'logsumexp':
      return done(call('torch.logsumexp', filled(NOTHING.logsumexp).text, dims === '' ? `tuple(range(${whole.length}))` : dims));
    case 'any':
    case 'all': {
      const bits =
        where === undefined
          ? plain
          : e.combine === 'any'
            ? infix('and', plain, name(where))!
            : infix('or', plain, { text: `~${where}`, strength: 7 })!;
      const flat = over.length > 1 && over.length < whole.length ? over : undefined;
      if (flat === undefined) return done(method(bits, e.combine));
      return done(flat.reduceRight((code, dim) => method(code, e.combine, String(dim)), bits));
    }
  }
}

/** With all dimensions in full. */
function expanded(scope: Scope, code: Code, from: readonly AxisId[], to: readonly AxisId[]): string {
  if (to.every((axis) => from.includes(axis))) return code.text;
  return `${within(code, NAME)}.expand(${to.map((axis) => (from.includes(axis) ? '-1' : scope.size(axis))).join(', ')})`;
}
function expandedText(scope: Scope, code: Code, from: readonly AxisId[], to: readonly AxisId[]): string {
  const text = expanded(scope, code, from, to);
  return /^[\w.]+$/.test(text) || text.endsWith(')') ? text : `(${text})`;
}

// changes of axes --------------------------------------------------------------------------------------------------------------
function refit(scope: Scope, of: ValueId, moves: readonly Move[], axes: readonly AxisId[]): Code {
  let code = scope.code(of);
  let now = [...axesOf(scope, of)];
  for (const move of moves) {
    if (move.is === 'rename') now = now.map((axis) => (axis === move.from ? move.to : axis));
    else if (move.is === 'split') {
      const at = now.indexOf(move.axis);
      const open = move.into.filter((axis) => typeof scope.model.axes[axis].size !== 'number');
      const sizes = move.into.map((axis) => (open.length === 1 && open[0] === axis ? '-1' : scope.size(axis)));
      code = { text: `${within(code, NAME)}.unflatten(${at - now.length}, (${sizes.join(', ')}))`, strength: NAME };
      now.splice(at, 1, ...move.into);
    } else {
      const others = now.filter((axis) => !move.axes.includes(axis));
      const first = now.indexOf(move.axes[0]);
      const before = now.slice(0, first).filter((axis) => !move.axes.includes(axis));
      const order = [...before, ...move.axes, ...others.slice(before.length)];
      code = permuted(code, now, order);
      const at = before.length;
      code = { text: `${within(code, NAME)}.flatten(${at}, ${at + move.axes.length - 1})`, strength: NAME };
      now = [...before, move.into, ...others.slice(before.length)];
    }
  }
  return permuted(code, now, axes);
}

function stack(scope: Scope, e: Extract<Expression, { is: 'stack' }>, axes: readonly AxisId[]): Code {
  const rest = axes.filter((axis) => axis !== e.axis);
  const parts = e.of.map((id) => {
    return permuted(scope.code(id), axesOf(scope, id), rest).text;
  });
  return call('torch.stack', listed(parts), String(axes.indexOf(e.axis)));
}
/** `[one.up.weight for one in self.each.values()]` where that is what the list holds. */
function listed(parts: readonly string[]): string {
  const split = parts.map((part) => /^(self(?:\.\w+)*)\['(\d+)'\]((?:\.\w+|\['\d+'\])*)$/.exec(part));
  const [first] = split;
  const alike = split.every(
    (own, k) => own !== null && own[1] === first![1] && own[3] === first![3] && Number(own[2]) === Number(first![2]) + k,
  );
  return alike && parts.length > 2 ? `[one${first![3]} for one in ${first![1]}.values()]` : `[${parts.join(', ')}]`;
}
