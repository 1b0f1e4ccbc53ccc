/**
 * Trees with their predicted time. The layout of a value follows from its letters (layout.ts), so a step costs the same whatever is around
 * it, as with every other objective; but it takes a hundred operations to count, where the others take three.
 */
import type { Request } from '../values/plan.ts';
import type { Laid } from './layout.ts';
import { letterOrder, Shapes } from './layout.ts';
import type { Problem } from './problem.ts';
import { problemOf } from './problem.ts';
import { defaultProfiles, secondsBy } from './profile.ts';
import type { Steps } from './tree.ts';

/** Costs of the steps of a request in seconds. */
export class Clock {
  readonly problem: Problem;
  /** Operands as they lie. */
  readonly operands: readonly Laid[];
  private readonly request: Request;
  private readonly place: Int32Array;
  private readonly shapes: Shapes;
  private readonly seconds: ReturnType<typeof secondsBy>;

  constructor(request: Request) {
    const { network, profile = defaultProfiles.wasm } = request;
    this.request = request;
    this.problem = problemOf(request);
    this.shapes = new Shapes(network.sizes);
    this.seconds = secondsBy(profile);
    this.place = new Int32Array(network.sizes.length);
    letterOrder(network).forEach((letter, k) => {
      this.place[letter] = k;
    });
    const open = new Set(this.problem.letters.flat());
    this.operands = network.inputs.map((list) => this.laid([...new Set(list)].filter((letter) => open.has(letter))));
  }

  /** A value in between, of these letters. */
  value(letters: readonly number[]): Laid {
    return this.laid([...letters].sort((a, b) => this.place[a] - this.place[b]));
  }
  private laid(letters: readonly number[]): Laid {
    return { letters, size: letters.reduce((size, letter) => size * this.request.network.sizes[letter], 1) };
  }

  /** The step that joins `a` and `b`, and the adjoints that are wanted of it. */
  step(a: Laid, b: Laid, c: Laid, { forward, wantedA, wantedB, uses }: Marks): number {
    let sum = 0;
    // The larger operand is the left one (binarise.ts).
    if (forward > 0) sum += this.seconds(a.size >= b.size ? this.shapes.of(a, b, c) : this.shapes.of(b, a, c));
    if (wantedA > 0) sum += this.seconds(this.shapes.of(c, b, a));
    if (wantedB > 0) sum += this.seconds(this.shapes.of(c, a, b));
    return sum / uses;
  }
}
interface Marks {
  readonly forward: number;
  readonly wantedA: number;
  readonly wantedB: number;
  readonly uses: number;
}

/** Nodes of a tree with what they are made of; operands first. Changed in place by moves. */
class TimedTree {
  readonly left: Int32Array;
  readonly right: Int32Array;
  readonly values: Laid[];
  readonly costs: Float64Array;
  private readonly clock: Clock;
  readonly wanted: Float64Array;
  private readonly constant: Uint8Array;
  private readonly uses: Float64Array;

  constructor(clock: Clock, steps: Steps) {
    const { count, wanted, constant, uses, letters, on, kept } = clock.problem;
    const nodes = 2 * count - 1;
    this.clock = clock;
    this.left = new Int32Array(nodes).fill(-1);
    this.right = new Int32Array(nodes).fill(-1);
    this.values = [...clock.operands];
    this.costs = new Float64Array(nodes);
    [this.wanted, this.constant, this.uses] = [new Float64Array(nodes), new Uint8Array(nodes), new Float64Array(nodes)];
    this.wanted.set(wanted);
    this.constant.set(constant);
    this.uses.set(uses);
    const ends = new Map(letters.flatMap((list, edge) => list.map((letter) => [letter, on[edge].length + kept[edge]] as const)));
    steps.forEach(([a, b], k) => {
      const [own, other] = [this.values[a].letters, this.values[b].letters];
      const open = own.filter((letter) => !other.includes(letter) || ends.get(letter)! > 2);
      for (const letter of other) {
        if (!own.includes(letter)) open.push(letter);
        else ends.set(letter, ends.get(letter)! - 1);
      }
      this.values.push(clock.value(open));
      this.join(count + k, a, b);
    });
  }

  private join(node: number, a: number, b: number): void {
    this.left[node] = a;
    this.right[node] = b;
    this.wanted[node] = Math.max(this.wanted[a], this.wanted[b]);
    this.constant[node] = this.constant[a] & this.constant[b];
    this.uses[node] = Math.min(this.uses[a], this.uses[b]);
    this.costs[node] = this.cost(a, b, this.values[node], this.uses[node], this.constant[node]);
  }
  private cost(a: number, b: number, value: Laid, uses: number, constant: number): number {
    const marks = { forward: 1 - constant, wantedA: this.wanted[a], wantedB: this.wanted[b], uses };
    return this.clock.step(this.values[a], this.values[b], value, marks);
  }

  total(): number {
    return this.costs.reduce((sum, cost) => sum + cost, 0);
  }

  /** Takes the better of (A B) C, (A C) B and (B C) A at every join until none gets better. Yields how many moves were tried. */
  *climb(): Generator<number, void, void> {
    const { count } = this.clock.problem;
    for (let pass = 0, changed = true; changed && pass < 32; pass++) {
      changed = false;
      for (let node = count; node < this.left.length; node++) {
        for (const sides of [
          [this.left, this.right],
          [this.right, this.left],
        ]) {
          const [inner, third] = sides.map((side) => side[node]);
          if (inner >= count && this.better(node, inner, third)) changed = true;
        }
      }
      yield 16 * count;
    }
  }

  private better(node: number, inner: number, third: number): boolean {
    const { left, right, values, uses, constant, costs } = this;
    const parts = [left[inner], right[inner]];
    for (const [stays, leaves] of [parts, [parts[1], parts[0]]]) {
      const needed = new Set([...values[leaves].letters, ...values[node].letters]);
      const all = new Set([...values[stays].letters, ...values[third].letters]);
      const value = this.clock.value([...all].filter((letter) => needed.has(letter)));
      const before = values[inner];
      const lower = this.cost(stays, third, value, Math.min(uses[stays], uses[third]), constant[stays] & constant[third]);
      if (lower >= costs[inner] + costs[node]) continue;
      const old = [left[inner], right[inner], left[node], right[node]];
      const cost = costs[inner] + costs[node];
      values[inner] = value;
      this.join(inner, stays, third);
      this.join(node, inner, leaves);
      if (costs[inner] + costs[node] < cost * (1 - 1e-9)) return true;
      values[inner] = before;
      this.join(inner, old[0], old[1]);
      this.join(node, old[2], old[3]);
    }
    return false;
  }

  steps(): [number, number][] {
    const { count } = this.clock.problem;
    const steps: [number, number][] = [];
    const emit = (node: number): number => {
      if (node < count) return node;
      const [a, b] = [emit(this.left[node]), emit(this.right[node])];
      steps.push(a < b ? [a, b] : [b, a]);
      return count + steps.length - 1;
    };
    emit(this.left.length - 1);
    return steps;
  }
}

/** Operands and result of each product of a tree, as they lie: those of the value, and of the adjoints that are wanted. */
export function productsOf(steps: Steps, request: Request): [a: Laid, b: Laid, result: Laid][] {
  const { values, left, right, wanted } = new TimedTree(new Clock(request), steps);
  const { count } = problemOf(request);
  return steps.flatMap((_, k): [Laid, Laid, Laid][] => {
    const [a, b, c] = [values[left[count + k]], values[right[count + k]], values[count + k]];
    return [
      a.size >= b.size ? [a, b, c] : [b, a, c],
      ...(wanted[left[count + k]] > 0 ? [[c, b, a] as [Laid, Laid, Laid]] : []),
      ...(wanted[right[count + k]] > 0 ? [[c, a, b] as [Laid, Laid, Laid]] : []),
    ];
  });
}

/** Predicted seconds of a tree: the value and the adjoints that are wanted, without what is constant. */
export function secondsOf(steps: Steps, request: Request): number {
  return new TimedTree(new Clock(request), steps).total();
}

/** A tree that no single move makes faster, from one that is given. Yields work; returns the steps and their seconds. */
export function* climbed(steps: Steps, request: Request): Generator<number, { steps: Steps; seconds: number }, void> {
  const tree = new TimedTree(new Clock(request), steps);
  yield* tree.climb();
  return { steps: tree.steps(), seconds: tree.total() };
}

/** All trees that one move makes of a tree: (A B) C to (A C) B and (B C) A at every join. */
export function neighbours(steps: Steps, request: Request): Steps[] {
  const { count } = problemOf(request);
  const children = steps.map(([a, b]): [number, number] => [a, b]);
  const written = (): Steps => {
    const made: [number, number][] = [];
    const emit = (node: number): number => {
      if (node < count) return node;
      const [a, b] = children[node - count].map(emit);
      made.push(a < b ? [a, b] : [b, a]);
      return count + made.length - 1;
    };
    emit(count + steps.length - 1);
    return made;
  };
  return steps.flatMap((_, at) =>
    [0, 1].flatMap((side) => {
      const node = children[at];
      const [inner, third] = [node[side] - count, node[1 - side]];
      if (inner < 0) return [];
      const [a, b] = children[inner];
      return [
        [a, b],
        [b, a],
      ].map(([stays, leaves]) => {
        [children[inner], children[at]] = [
          [stays, third],
          [inner + count, leaves],
        ];
        const other = written();
        [children[inner], children[at]] = [[a, b], node];
        return other;
      });
    }),
  );
}
