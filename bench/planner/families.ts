/** Families of networks, each drawn from a seed: the same on every machine. */
import { randomNumbers } from '../../compiler/network/random-numbers.ts';
import type { Network } from '../../compiler/values/plan.ts';

export interface Instance {
  readonly name: string;
  readonly family: string;
  readonly network: Network;
}

/** Collects operands and letters. */
class Maker {
  readonly inputs: number[][];
  readonly output: number[] = [];
  readonly sizes: number[] = [];
  readonly random: () => number;
  constructor(operands: number, seed: number) {
    this.inputs = Array.from({ length: operands }, () => []);
    this.random = randomNumbers(seed);
  }
  whole(least: number, most: number): number {
    return least + Math.floor(this.random() * (most - least + 1));
  }
  letter(size: number, ...operands: readonly number[]): number {
    const letter = this.sizes.push(size) - 1;
    for (const k of operands) this.inputs[k].push(letter);
    return letter;
  }
  keep(size: number, operand: number): void {
    this.output.push(this.letter(size, operand));
  }
  network(): Network {
    const { inputs, output, sizes } = this;
    return { inputs, output, sizes };
  }
}

function chain(n: number, seed: number): Network {
  const make = new Maker(n, seed);
  make.keep(make.whole(2, 100), 0);
  for (let k = 1; k < n; k++) make.letter(make.whole(2, 100), k - 1, k);
  make.keep(make.whole(2, 100), n - 1);
  return make.network();
}
function tree(n: number, seed: number): Network {
  const make = new Maker(n, seed);
  for (let k = 1; k < n; k++) make.letter(make.whole(2, 8), make.whole(Math.max(0, k - 12), k - 1), k);
  return make.network();
}
function lattice(dims: readonly number[], size: number): Network {
  const n = dims.reduce((product, d) => product * d, 1);
  const make = new Maker(n, 0);
  for (let k = 0; k < n; k++) {
    let stride = 1;
    for (const d of dims) {
      if (Math.floor(k / stride) % d < d - 1) make.letter(size, k, k + stride);
      stride *= d;
    }
  }
  return make.network();
}
/** Pairs of stubs at random, again until no pair is a loop or a repetition. */
function regular(n: number, degree: number, seed: number): Network {
  for (let attempt = 0; ; attempt++) {
    const make = new Maker(n, seed * 1000 + attempt);
    const stubs = Array.from({ length: n * degree }, (_, k) => k % n);
    const seen = new Set<number>();
    let fits = true;
    while (stubs.length > 0 && fits) {
      const a = stubs.splice(make.whole(0, stubs.length - 1), 1)[0];
      const open = stubs.flatMap((b, k) => (b !== a && !seen.has(Math.min(a, b) * n + Math.max(a, b)) ? [k] : []));
      fits = open.length > 0;
      if (!fits) break;
      const b = stubs.splice(open[make.whole(0, open.length - 1)], 1)[0];
      seen.add(Math.min(a, b) * n + Math.max(a, b));
      make.letter(2, a, b);
    }
    if (fits) return make.network();
  }
}
function hypergraph(n: number, seed: number): Network {
  const make = new Maker(n, seed);
  for (let k = 1; k < n; k++) make.letter(make.whole(2, 6), k, make.whole(0, k - 1));
  for (let k = 0; k < n / 2; k++) {
    const ends = new Set(Array.from({ length: make.whole(2, 4) }, () => make.whole(0, n - 1)));
    const letter = make.letter(make.whole(2, 6), ...ends);
    if (make.random() < 0.1) make.output.push(letter);
  }
  return make.network();
}
function sandwich(length: number, chi: number, bond: number): Network {
  const make = new Maker(3 * length, 0);
  for (let k = 0; k < length; k++) {
    make.letter(2, 3 * k, 3 * k + 1);
    make.letter(2, 3 * k + 1, 3 * k + 2);
    if (k === 0) continue;
    for (const [row, size] of [
      [0, chi],
      [1, bond],
      [2, chi],
    ]) {
      make.letter(size, 3 * k - 3 + row, 3 * k + row);
    }
  }
  return make.network();
}
function layer(n: number, d: number, bond: number, batch: number, ring: boolean): Network {
  const make = new Maker(n + 1, 0);
  make.keep(batch, 0);
  for (let k = 1; k <= n; k++) {
    make.letter(d, 0, k);
    make.keep(d, k);
    if (k < n) make.letter(bond, k, k + 1);
  }
  if (ring) make.letter(bond, n, 1);
  return make.network();
}

export function instances(): Instance[] {
  const of = (family: string, name: string, network: Network): Instance => ({ family, name, network });
  return [
    ...[30, 100, 500].map((n) => of('chain', `chain_${n}`, chain(n, n))),
    ...[50, 150, 500].map((n) => of('tree', `tree_${n}`, tree(n, n))),
    ...[6, 10, 16, 22].map((n) => of('lattice 2d', `lattice_${n}x${n}`, lattice([n, n], 2))),
    ...[4, 5, 6].map((n) => of('lattice 3d', `lattice_${n}x${n}x${n}`, lattice([n, n, n], 2))),
    ...[30, 60, 120, 250, 500].map((n) => of('3-regular', `regular3_${n}`, regular(n, 3, n))),
    ...[30, 60, 120].map((n) => of('4-regular', `regular4_${n}`, regular(n, 4, n))),
    ...[20, 40, 80, 200].map((n) => of('hypergraph', `hyper_${n}`, hypergraph(n, n))),
    ...[8, 30, 100].map((n) => of('sandwich', `sandwich_${n}`, sandwich(n, 16, 4))),
    ...[4, 8, 12, 20].map((n) => of('operator', `operator_${n}`, layer(n, 4, 8, 64, false))),
    ...[6, 10, 16].map((n) => of('ring', `ring_${n}`, layer(n, 4, 8, 64, true))),
  ];
}
