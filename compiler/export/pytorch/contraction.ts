/**
 * Products. Cores of networks take part one by one: their weight's axes are spread over factors, and the planner's tree becomes a chain of
 * `einsum` of two operands each. A weight of several terms is multiplied term by term.
 */
import { plan } from '../../network/plan.ts';
import type { ValueId } from '../../values/body.ts';
import type { AxisId, NetworkTerm, Order, Term, Weight } from '../../values/model.ts';
import { einsum, type Letter } from './einsum.ts';
import { putBack, withEntries } from './positions.ts';
import { type Code, call, literal, NAME, name, within } from './python.ts';
import { axesOf, permuted, type Scope } from './scope.ts';

/** A weight as statements see it: `axes[k]` is what its axis k is called there. */
export interface Net {
  readonly weight: Weight;
  readonly axes: readonly AxisId[];
}
/** One operand of a contraction: dimensions by letter. */
interface Operand {
  readonly text: string;
  readonly letters: readonly Letter[];
  /** Cores do not change with the batch. */
  readonly core: boolean;
}
/** The letters of an axis, most significant first; padded beyond its size where their product is larger. */
interface Spread {
  readonly letters: readonly Letter[];
  readonly padded?: number;
}

/** The net of a statement: a weight, or one whose axes were renamed; only weights with a network are worth it. */
export function netOf(scope: Scope, id: ValueId): Net | undefined {
  const { expression, axes } = scope.body.statements[id];
  if (expression.is === 'weight') {
    const weight = scope.model.weights[expression.weight];
    return weight.terms.some((term) => term.is === 'network') ? { weight, axes } : undefined;
  }
  if (expression.is !== 'refit' || expression.moves.some((move) => move.is !== 'rename')) return undefined;
  const inner = netOf(scope, expression.of);
  if (inner === undefined) return undefined;
  const renamed = (axis: AxisId) =>
    expression.moves.reduce((now, move) => (move.is === 'rename' && move.from === now ? move.to : now), axis);
  return { weight: inner.weight, axes: inner.axes.map(renamed) };
}

/** The product of `factors`, summed over what `axes` lack. */
export function product(scope: Scope, factors: readonly ValueId[], axes: readonly AxisId[], label: string): Code {
  const nets = factors.map((id) => netOf(scope, id));
  const choices = nets.reduce<Term[][]>(
    (rows, net) => (net === undefined ? rows : rows.flatMap((row) => net.weight.terms.map((term) => [...row, term]))),
    [[]],
  );
  const sums = choices.map((terms) => {
    const queue = [...terms];
    return termProduct(
      scope,
      factors.map((id, k) => ({ id, net: nets[k], term: nets[k] === undefined ? undefined : queue.shift()! })),
      axes,
      label,
    );
  });
  const kept = sums.filter((sum) => sum !== undefined);
  if (kept.length === 1) return kept[0];
  return { text: kept.map((sum) => within(sum, 5)).join(' + '), strength: 5 };
}

/** Bits and whole numbers as reals. */
function realOf(scope: Scope, id: ValueId, code: Code): Code {
  return scope.body.statements[id].type === 'real' ? code : call('real', code.text);
}

interface Factor {
  readonly id: ValueId;
  readonly net: Net | undefined;
  readonly term: Term | undefined;
}

function termProduct(scope: Scope, factors: readonly Factor[], axes: readonly AxisId[], label: string): Code {
  const spreads = spreadsOf(scope, factors);
  const scale = factors.reduce((all, { term }) => all * (term?.scale ?? 1), 1);
  const scalars: Code[] = scale === 1 ? [] : [literal(scale)];
  const operands: Operand[] = [];
  for (const { id, net, term } of factors) {
    if (net !== undefined && term !== undefined) operands.push(...coresOf(scope, net, term, spreads));
    else {
      const code = scope.code(id);
      if (axesOf(scope, id).length === 0) scalars.push(code);
      else operands.push(spreadOperand(scope, realOf(scope, id, code), axesOf(scope, id), spreads));
    }
  }
  const result = axes.flatMap((axis) => spreads.get(axis)!.letters);
  const present = new Set(operands.flatMap(({ letters }) => letters));
  const summed = contracted(
    scope,
    operands,
    result.filter((letter) => present.has(letter)),
    label,
  );
  const whole = broadcast(scope, summed, axes, spreads, present);
  return scalars.reduce((code, factor) => ({ text: `${within(code, 6)} * ${within(factor, 7)}`, strength: 6 }), whole);
}

/** Every axis of the factors; factored where a network of one of them factors it. */
function spreadsOf(scope: Scope, factors: readonly Factor[]): Map<AxisId, Spread> {
  const spreads = new Map<AxisId, Spread>();
  const letter = (axis: AxisId, size: number): Letter => ({ name: scope.model.axes[axis].name, size });
  for (const { net, term } of factors) {
    if (net === undefined || term?.is !== 'network' || term.orders !== undefined) continue;
    for (const [k, axis] of net.axes.entries()) {
      const own = factorsOf(term, k, net.weight.axes[k].size);
      // Another factorisation of the same axis: that weight is multiplied out.
      if (!spreads.has(axis)) spreads.set(axis, { ...own, letters: own.letters.map(({ size }) => letter(axis, size)) });
    }
  }
  for (const { id } of factors)
    for (const axis of axesOf(scope, id)) if (!spreads.has(axis)) spreads.set(axis, { letters: [letter(axis, scope.assumed(axis))] });
  return spreads;
}

/** How a network factors axis k of its weight; terms of one weight may differ. */
function factorsOf(term: NetworkTerm, k: number, size: number): Spread {
  const legs = term.legs.filter(({ outer }) => outer?.[0] === k).sort((a, b) => a.outer![1] - b.outer![1]);
  const letters = legs.map((leg) => ({ name: `axis ${k}`, size: leg.size }));
  const whole = letters.reduce((product, letter) => product * letter.size, 1);
  return { letters, ...(whole === size ? {} : { padded: whole }) };
}
const alike = (own: Spread, spread: Spread): boolean =>
  own.letters.length === spread.letters.length && own.letters.every(({ size }, k) => size === spread.letters[k].size);

function coresOf(scope: Scope, net: Net, term: Term, spreads: ReadonlyMap<AxisId, Spread>): Operand[] {
  const fits = (own: NetworkTerm) =>
    own.orders === undefined && net.axes.every((axis, k) => alike(factorsOf(own, k, net.weight.axes[k].size), spreads.get(axis)!));
  if (term.is !== 'network' || !fits(term)) return [spreadOperand(scope, denseTerm(scope, net.weight, term), net.axes, spreads)];
  return coreOperands(scope, net.weight, term, (axis, factor) => spreads.get(net.axes[axis])!.letters[factor]);
}

function coreOperands(scope: Scope, weight: Weight, term: NetworkTerm, outer: (axis: number, factor: number) => Letter): Operand[] {
  const letters = new Map<number, Letter>(
    term.legs.flatMap((leg): [number, Letter][] =>
      leg.at !== undefined
        ? []
        : [[leg.id, leg.outer === undefined ? { name: leg.bond ?? 'bond', size: leg.size } : outer(leg.outer[0], leg.outer[1])]],
    ),
  );
  return term.nodes.map((node) => {
    const core = scope.parameter(coreName(scope, weight, node.name, node.parameter));
    const places = node.legs.map((leg) => term.legs.find(({ id }) => id === leg)!.at);
    return {
      text: places.every((at) => at === undefined) ? core : `${core}[${places.map((at) => at ?? ':').join(', ')}]`,
      letters: node.legs.filter((_, k) => places[k] === undefined).map((leg) => letters.get(leg)!),
      core: true,
    };
  });
}

/** The name of a tensor below its weight; a shared tensor has one below each. */
export function coreName(scope: Pick<Scope, 'model'>, weight: Weight, node: string | undefined, parameter: number): string {
  const { names } = scope.model.parameters[parameter];
  const below = names.filter((own) => own === weight.path || own.startsWith(`${weight.path}.`));
  return below.find((own) => node !== undefined && own.endsWith(`.${node}`)) ?? below[0] ?? names[0];
}

/** One term as a tensor with the weight's axes. */
function denseTerm(scope: Scope, weight: Weight, term: Term): Code {
  if (term.is === 'dense') {
    const code = name(scope.parameter(coreName(scope, weight, undefined, term.parameter)));
    const { legs } = scope.model.parameters[term.parameter];
    return term.perm.every((leg, k) => leg === k)
      ? code
      : { text: `${code.text}.permute(${term.perm.slice(0, legs.length).join(', ')})`, strength: NAME };
  }
  if (term.is === 'sparse') {
    const values = scope.parameter(coreName(scope, weight, undefined, term.values.parameter));
    const places = term.places.map(({ parameter }) => scope.parameter(coreName(scope, weight, undefined, parameter)));
    return withEntries(
      values,
      places,
      weight.axes.map(({ size }) => size),
    );
  }
  const spreads = weight.axes.map(({ size, name: axis }, k): Spread => {
    const own = factorsOf(term, k, size);
    return { ...own, letters: own.letters.map((letter) => ({ name: axis, size: letter.size })) };
  });
  const operands = coreOperands(scope, weight, term, (axis, factor) => spreads[axis].letters[factor]);
  const code = contracted(
    scope,
    operands,
    spreads.flatMap(({ letters }) => letters),
    'w',
  );
  const whole = spreads.reduce((now, spread, k) => joined(now, k, spread, weight.axes[k].size), code);
  const tableOf = ({ parameter }: Order) => scope.parameter(coreName(scope, weight, undefined, parameter));
  return (term.orders ?? []).reduce((now, order) => putBack(now, order.axis, tableOf(order)), whole);
}

/** The whole weight as one tensor with these axes. */
export function dense(scope: Scope, net: Net, axes: readonly AxisId[]): Code {
  return permuted(weightCode(scope, net.weight), net.axes, axes);
}
function weightCode(scope: Scope, weight: Weight): Code {
  const terms = weight.terms.map((term) => {
    const code = denseTerm(scope, weight, term);
    return term.scale === 1 ? code : { text: `${literal(term.scale).text} * ${within(code, 6)}`, strength: 6 };
  });
  return terms.length === 1 ? terms[0] : { text: terms.map((code) => within(code, 5)).join(' + '), strength: 5 };
}

/** A value with its factored axes split, the last first, so that dimensions are counted from the end. */
function spreadOperand(scope: Scope, code: Code, axes: readonly AxisId[], spreads: ReadonlyMap<AxisId, Spread>): Operand {
  let text = code;
  for (let k = axes.length - 1; k >= 0; k--) {
    const { letters, padded } = spreads.get(axes[k])!;
    const behind = axes.slice(k + 1).reduce((sum, axis) => sum + spreads.get(axis)!.letters.length, 0);
    if (padded !== undefined) text = pad(text, behind, padded, scope.assumed(axes[k]));
    if (letters.length === 1) continue;
    text = { text: `${within(text, NAME)}.unflatten(${-1 - behind}, (${letters.map(({ size }) => size).join(', ')}))`, strength: NAME };
  }
  return { text: text.text, letters: axes.flatMap((axis) => spreads.get(axis)!.letters), core: false };
}
function pad(code: Code, behind: number, padded: number, size: number): Code {
  return call('F.pad', code.text, `(${[...Array.from({ length: behind }, () => '0, 0'), `0, ${padded - size}`].join(', ')})`);
}

/** Dimensions from `at` on become one, without rows of padding; those before `at` are joined already. */
function joined(code: Code, at: number, { letters, padded }: Spread, size: number): Code {
  const flat: Code =
    letters.length === 1 ? code : { text: `${within(code, NAME)}.flatten(${at}, ${at + letters.length - 1})`, strength: NAME };
  return padded === undefined ? flat : { text: `${within(flat, NAME)}.narrow(${at}, 0, ${size})`, strength: NAME };
}

/** Factored axes joined again; axes that no operand had are added by expanding. */
function broadcast(
  scope: Scope,
  code: Code,
  axes: readonly AxisId[],
  spreads: ReadonlyMap<AxisId, Spread>,
  present: ReadonlySet<Letter>,
): Code {
  const there = axes.filter((axis) => spreads.get(axis)!.letters.every((letter) => present.has(letter)));
  let whole = there.reduce((now, axis, k) => joined(now, k, spreads.get(axis)!, scope.assumed(axis)), code);
  if (there.length === axes.length) return whole;
  const marks = axes.map((axis) => (there.includes(axis) ? ':' : 'None'));
  whole = { text: `${within(whole, NAME)}[${marks.join(', ')}]`, strength: NAME };
  const sizes = axes.map((axis) => (there.includes(axis) ? '-1' : scope.size(axis)));
  return { text: `${whole.text}.expand(${sizes.join(', ')})`, strength: NAME };
}

/** All operands by the planner's tree; every step but the last is a line of its own. */
function contracted(scope: Scope, operands: readonly Operand[], result: readonly Letter[], label: string): Code {
  if (operands.length === 0) return name('torch.ones(())');
  const all = [...new Set(operands.flatMap(({ letters }) => letters))];
  const at = (letters: readonly Letter[]) => [...new Set(letters)].map((letter) => all.indexOf(letter));
  const { steps } = plan({
    network: { inputs: operands.map(({ letters }) => at(letters)), output: at(result), sizes: all.map(({ size }) => size) },
    wanted: operands.map(() => true),
  });
  const values: Operand[] = [...operands];
  const left = new Set(values);
  let found: Code | undefined;
  for (const [k, [i, j]] of steps.entries()) {
    const [a, b] = [values[i], values[j]];
    left.delete(a);
    left.delete(b);
    const last = k === steps.length - 1;
    const keeps = new Set([...result, ...[...left].flatMap(({ letters }) => letters)]);
    const union = [...new Set([...a.letters, ...b.letters])].filter((letter) => keeps.has(letter));
    const letters = last ? result : union;
    const code = einsum([a, b], letters);
    if (last) found = code;
    else {
      const variable = scope.fresh(label);
      scope.line(`${variable} = ${code.text}`);
      const made = { text: variable, letters, core: a.core && b.core };
      values.push(made);
      left.add(made);
    }
  }
  if (found !== undefined) return found;
  const [only] = operands;
  const same = only.letters.length === result.length && only.letters.every((letter, k) => letter === result[k]);
  return same ? { text: only.text, strength: NAME } : einsum([only], result);
}
