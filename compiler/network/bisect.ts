/**
 * Two halves of a hypergraph with few edges between them: multilevel bisection (Karypis et al., Multilevel hypergraph partitioning,
 * 1999). Vertices that share heavy edges are merged until few are left, these are divided by growing a side from a random vertex, and on
 * the way back each level is refined by moves of single vertices (Fiduccia and Mattheyses 1982).
 */

import { PairHeap } from './heap.ts';

export interface Hypergraph {
  readonly vertices: number;
  /** Vertices of each edge. */
  readonly edges: readonly (readonly number[])[];
  /** Of each edge; the logarithm of its size. */
  readonly weights: readonly number[];
  /** Of each vertex: operands merged into it. */
  readonly mass: readonly number[];
}

const COARSEST = 24;

/** The side, 0 or 1, of each vertex; neither side is empty, and the larger has at most (1 + imbalance) / 2 of the mass where possible. */
export function bisect(graph: Hypergraph, imbalance: number, random: () => number): Uint8Array {
  const total = graph.mass.reduce((sum, mass) => sum + mass, 0);
  const most = Math.max(Math.ceil((total * (1 + imbalance)) / 2), Math.ceil(total / 2));
  const coarse = graph.vertices > COARSEST ? coarsen(graph, most, random) : undefined;
  if (coarse === undefined) {
    let best: { sides: Uint8Array; cut: number } | undefined;
    for (let trial = 0; trial < 4; trial++) {
      const sides = grown(graph, random);
      const cut = refine(graph, sides, most);
      if (best === undefined || cut < best.cut) best = { sides, cut };
    }
    return best!.sides;
  }
  const sides = bisect(coarse.graph, imbalance, random);
  const fine = Uint8Array.from(coarse.into, (vertex) => sides[vertex]);
  refine(graph, fine, most);
  return fine;
}

/** Merges pairs of vertices by the weight of their common edges. Undefined where hardly any can be merged. */
function coarsen(graph: Hypergraph, most: number, random: () => number): { graph: Hypergraph; into: Int32Array } | undefined {
  const { vertices, edges, weights, mass } = graph;
  const incident = incidence(graph);
  const into = new Int32Array(vertices).fill(-1);
  const pull = new Float64Array(vertices);
  let count = 0;
  for (const vertex of shuffled(vertices, random)) {
    if (into[vertex] >= 0) continue;
    const met: number[] = [];
    for (const edge of incident[vertex]) {
      if (edges[edge].length > 16) continue;
      for (const other of edges[edge]) {
        if (other === vertex || into[other] >= 0) continue;
        if (pull[other] === 0) met.push(other);
        pull[other] += weights[edge] / (edges[edge].length - 1);
      }
    }
    let partner = -1;
    for (const other of met) {
      if (mass[vertex] + mass[other] <= most / 3 && (partner < 0 || pull[other] / mass[other] > pull[partner] / mass[partner]))
        partner = other;
    }
    for (const other of met) pull[other] = 0;
    into[vertex] = count;
    if (partner >= 0) into[partner] = count;
    count++;
  }
  if (count > 0.95 * vertices) return undefined;
  const merged = new Map<string, { vertices: number[]; weight: number }>();
  edges.forEach((edge, k) => {
    const ends = [...new Set(edge.map((vertex) => into[vertex]))].sort((x, y) => x - y);
    if (ends.length < 2) return;
    const same = merged.get(ends.join(' '));
    if (same === undefined) merged.set(ends.join(' '), { vertices: ends, weight: weights[k] });
    else same.weight += weights[k];
  });
  const masses = new Array<number>(count).fill(0);
  into.forEach((vertex, k) => {
    masses[vertex] += mass[k];
  });
  const list = [...merged.values()];
  const smaller = { vertices: count, edges: list.map((e) => e.vertices), weights: list.map((e) => e.weight), mass: masses };
  return { graph: smaller, into };
}

function incidence({ vertices, edges }: Hypergraph): number[][] {
  const incident: number[][] = Array.from({ length: vertices }, () => []);
  edges.forEach((edge, k) => {
    for (const vertex of edge) incident[vertex].push(k);
  });
  return incident;
}

function shuffled(count: number, random: () => number): Int32Array {
  const order = Int32Array.from({ length: count }, (_, k) => k);
  for (let k = count - 1; k > 0; k--) {
    const other = Math.floor(random() * (k + 1));
    [order[k], order[other]] = [order[other], order[k]];
  }
  return order;
}

/** Half of the mass, taken breadth first from a random vertex. */
function grown(graph: Hypergraph, random: () => number): Uint8Array {
  const { vertices, edges, mass } = graph;
  const incident = incidence(graph);
  const half = mass.reduce((sum, value) => sum + value, 0) / 2;
  const sides = new Uint8Array(vertices).fill(1);
  const queue: number[] = [];
  let taken = 0;
  for (const seed of shuffled(vertices, random)) {
    queue.push(seed);
    for (let at = queue.length - 1; at < queue.length && taken < half; at++) {
      const vertex = queue[at];
      if (sides[vertex] === 0) continue;
      sides[vertex] = 0;
      taken += mass[vertex];
      for (const edge of incident[vertex]) for (const other of edges[edge]) if (sides[other] === 1) queue.push(other);
    }
    if (taken >= half) return sides;
  }
  return sides;
}

/** Passes of single moves, each vertex once a pass, the best prefix kept, until a pass gains nothing. Yields the weight of the cut. */
export function refine(graph: Hypergraph, sides: Uint8Array, most: number): number {
  const { vertices, edges, weights, mass } = graph;
  const incident = incidence(graph);
  const inside = [new Int32Array(edges.length), new Int32Array(edges.length)];
  const load = [0, 0];
  const members = [0, 0];
  for (let v = 0; v < vertices; v++) {
    load[sides[v]] += mass[v];
    members[sides[v]]++;
    for (const edge of incident[v]) inside[sides[v]][edge]++;
  }
  let cut = 0;
  for (let e = 0; e < edges.length; e++) if (inside[0][e] > 0 && inside[1][e] > 0) cut += weights[e];
  const gain = new Float64Array(vertices);
  const locked = new Uint8Array(vertices);
  const moved = new Int32Array(vertices);
  // By side, vertices by falling gain; a pair is out of date where its number is not that of its vertex.
  const heaps = [new PairHeap(), new PairHeap()];
  const dated = new Int32Array(vertices);
  const put = (v: number) => {
    gain[v] = gainOf(v);
    heaps[sides[v]].push(-gain[v], v, ++dated[v]);
  };
  /** The vertex of most gain on a side that may move, or -1. */
  const first = (side: number): number => {
    const heap = heaps[side];
    while (heap.look() && (locked[heap.a] === 1 || heap.b !== dated[heap.a])) heap.pop();
    if (heap.length === 0 || members[side] === 1) return -1;
    const after = load[1 - side] + mass[heap.a];
    return after > most && after > load[side] ? -1 : heap.a;
  };
  const gainOf = (v: number) => {
    const [own, other] = [inside[sides[v]], inside[1 - sides[v]]];
    let value = 0;
    for (const edge of incident[v]) {
      if (edges[edge].length < 2) continue;
      if (own[edge] === 1) value += weights[edge];
      else if (other[edge] === 0) value -= weights[edge];
    }
    return value;
  };
  const flip = (v: number) => {
    const side = sides[v];
    for (const edge of incident[v]) {
      inside[side][edge]--;
      inside[1 - side][edge]++;
    }
    load[side] -= mass[v];
    load[1 - side] += mass[v];
    members[side]--;
    members[1 - side]++;
    sides[v] = 1 - side;
  };
  for (let pass = 0; pass < 8; pass++) {
    locked.fill(0);
    for (const heap of heaps) heap.clear();
    for (let v = 0; v < vertices; v++) put(v);
    let [count, running, best, prefix] = [0, 0, 1e-9, 0];
    const heavy = Math.max(load[0], load[1]) > most;
    for (let idle = 0; count < vertices && idle < 100; idle++) {
      const [a, b] = [first(0), first(1)];
      const chosen = a < 0 || (b >= 0 && gain[b] > gain[a]) ? b : a;
      if (chosen < 0) break;
      running += gain[chosen];
      flip(chosen);
      locked[chosen] = 1;
      moved[count++] = chosen;
      for (const edge of incident[chosen]) if (edges[edge].length <= 64) for (const v of edges[edge]) if (locked[v] === 0) put(v);
      const balanced = Math.max(load[0], load[1]) <= most;
      if (running > best || (heavy && balanced && prefix === 0)) [best, prefix, idle] = [running, count, 0];
    }
    for (let k = count - 1; k >= prefix; k--) flip(moved[k]);
    if (prefix === 0) break;
    cut -= best;
  }
  return cut;
}
