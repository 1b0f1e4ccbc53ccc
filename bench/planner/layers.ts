/** Layers of tensor networks and some plans of each, for the model of predicted time. */
import { Greedy } from '../../compiler/network/greedy.ts';
import { measureOf } from '../../compiler/network/objective.ts';
import { plan } from '../../compiler/network/plan.ts';
import { problemOf } from '../../compiler/network/problem.ts';
import { randomNumbers } from '../../compiler/network/random-numbers.ts';
import { type Steps, Tree } from '../../compiler/network/tree.ts';
import type { Network, Objective } from '../../compiler/values/plan.ts';

export interface Layer {
  readonly name: string;
  readonly network: Network;
}

/** Letters: 0 batch, then in, out, bonds. Operand 0 is the input. */
class LayerMaker {
  readonly inputs: number[][] = [[0]];
  readonly output: number[] = [0];
  readonly sizes: number[];
  constructor(batch: number) {
    this.sizes = [batch];
  }
  letter(size: number): number {
    return this.sizes.push(size) - 1;
  }
  pair(size: number): [into: number, out: number] {
    const [into, out] = [this.letter(size), this.letter(size)];
    this.inputs[0].push(into);
    this.output.push(out);
    return [into, out];
  }
}

function chained(dims: readonly number[], bond: number, batch: number, ring: boolean): Network {
  const make = new LayerMaker(batch);
  const bonds = dims.slice(ring ? 0 : 1).map(() => make.letter(bond));
  dims.forEach((size, k) => {
    const [into, out] = make.pair(size);
    const before = k > 0 || ring ? [bonds[(k + dims.length - 1) % dims.length]] : [];
    const after = k < dims.length - 1 || ring ? [bonds[k]] : [];
    make.inputs.push([...before, into, out, ...after]);
  });
  return make;
}
/** A core of bonds alone in the middle, a leaf for each pair of in and out. */
function star(dims: readonly number[], bond: number, batch: number): Network {
  const make = new LayerMaker(batch);
  const bonds = dims.map(() => make.letter(bond));
  dims.forEach((size, k) => {
    make.inputs.push([...make.pair(size), bonds[k]]);
  });
  make.inputs.push(bonds);
  return make;
}
/** Factors of in and of out apart, and a core between them (Tucker). */
function tucker(dims: readonly number[], bond: number, batch: number): Network {
  const make = new LayerMaker(batch);
  const core: number[] = [];
  for (const size of dims) {
    const [into, out] = make.pair(size);
    const [first, second] = [make.letter(bond), make.letter(bond)];
    make.inputs.push([into, first], [out, second]);
    core.push(first, second);
  }
  make.inputs.push(core);
  return make;
}

const shapes: Readonly<Record<number, readonly (readonly number[])[]>> = {
  256: [
    [16, 16],
    [4, 8, 8],
    [4, 4, 4, 4],
  ],
  1024: [
    [32, 32],
    [8, 16, 8],
    [4, 8, 8, 4],
    [4, 4, 4, 4, 4],
  ],
  4096: [
    [64, 64],
    [16, 16, 16],
    [8, 8, 8, 8],
    [4, 4, 4, 4, 4, 4],
  ],
};

/** Every layer of these families whose cheapest plan is below `most` multiply-adds; deterministic. */
export function layers(most: number): Layer[] {
  const list: Layer[] = [];
  const offer = (name: string, network: Network) => {
    if (plan({ network }).macs <= most) list.push({ name, network });
  };
  let turn = 0;
  for (const [width, dims] of Object.entries(shapes)) {
    for (const dim of dims) {
      for (const bond of [2, 4, 8, 16, 32, 128]) {
        const batch = [1, 16, 64, 256, 1024, 4096][(5 * turn++ + (turn >> 2)) % 6];
        const text = `${width} ${dim.join('.')} bond ${bond} batch ${batch}`;
        offer(`operator ${text}`, chained(dim, bond, batch, false));
        if (bond <= 8 && dim.length > 2) offer(`ring ${text}`, chained(dim, bond, batch, true));
        if (bond <= 8 && dim.length > 2 && dim.length < 5) offer(`star ${text}`, star(dim, bond, batch));
        if (bond <= 8 && dim.length < 4) offer(`tucker ${text}`, tucker(dim, bond, batch));
      }
    }
  }
  return list;
}

function randomSteps(count: number, random: () => number): Steps {
  const alive = Array.from({ length: count }, (_, k) => k);
  return Array.from({ length: count - 1 }, (_, k): [number, number] => {
    const [a, b] = [0, 1].map(() => alive.splice(Math.floor(random() * alive.length), 1)[0]);
    alive.push(count + k);
    return a < b ? [a, b] : [b, a];
  });
}

/** Elements that a plan writes, so that all plans of a layer fit into the memory of an engine together. */
const MOST_ELEMENTS = 2 ** 25;

const objectives: readonly Objective[] = ['flops', 'combo', 'write', 'peak', 'limit', 'time'];
/**
 * At most `count` plans, the best by each objective among them, none above `most` multiply-adds. Two plans differ by 5 % or more in
 * multiply-adds or in elements written: others take the same time, and their order is noise.
 */
export function plansOf({ network }: Layer, count: number, most: number): Steps[] {
  const random = randomNumbers(1);
  const problem = problemOf({ network });
  const greedy = new Greedy(problem);
  const found: { steps: Steps; macs: number; elements: number }[] = [];
  const near = (a: number, b: number) => Math.abs(Math.log(a / b)) < 0.05;
  const [flops, write] = [measureOf('flops'), measureOf('write')];
  const offer = (steps: Steps) => {
    const [macs, elements] = [new Tree(problem, flops, steps).total(), new Tree(problem, write, steps).total()];
    const known = found.some((other) => near(other.macs, macs) && near(other.elements, elements));
    if (macs <= most && elements <= MOST_ELEMENTS && found.length < count && !known) found.push({ steps, macs, elements });
  };
  for (const objective of objectives) offer(plan({ network, objective }).steps);
  for (let k = 0; k < 400; k++) offer(greedy.run(random, 0.5 + k / 100, 0.2 + 3 * random()));
  // Small networks have few trees, and greedy joins meet the good ones alone.
  for (let k = 0; k < 4000 && found.length < count; k++) offer(randomSteps(network.inputs.length, random));
  return found.map(({ steps }) => steps);
}

/** Operators of width 256 to 4096, 2 to 6 factors, bond 4 to 32, batch 1 to 4096: forty. */
export function operators(): Layer[] {
  const list: Layer[] = [];
  let turn = 0;
  for (const [width, dims] of Object.entries(shapes)) {
    for (const dim of dims.slice(1)) {
      for (const bond of [4, 8, 16, 32]) {
        for (const batch of turn % 2 === 0 ? [1, 64, 1024] : [16, 256]) {
          if (bond * Number(width) * batch > 2 ** 26 || (batch > 64 && Number(width) > 1024 && bond > 16)) continue;
          list.push({ name: `operator ${width} ${dim.join('.')} bond ${bond} batch ${batch}`, network: chained(dim, bond, batch, false) });
        }
        turn++;
      }
    }
  }
  return list;
}
