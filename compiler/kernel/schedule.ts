/** Drafts of launches in order -> schedule: kernels stored once and sorted by key, addresses from the memory plan, one launch a wave. */
import { hash } from '../values/hash.ts';
import type { Address, Kernel, Launch, Life, Schedule, SpaceName } from '../values/kernel.ts';
import { type Lifetime, placeScratch } from '../values/scratch.ts';
import type { Graph } from './graph.ts';
import type { Binding, Draft } from './kernel-builder.ts';
import type { TablePool } from './table-pool.ts';

export function scheduleOf(
  drafts: readonly Draft[],
  graph: Graph,
  pool: TablePool,
  sizes: Readonly<Record<SpaceName, number>>,
  label: (node: number) => string,
): Schedule {
  const kernels = [...new Map(drafts.map(({ kernel }) => [kernel.key, kernel])).values()].sort(byKey);
  const position = new Map(kernels.map(({ key }, k) => [key, k]));
  const literals = placeLiterals(drafts, graph, pool);
  const lifetimes = lifetimesOf(drafts, graph);
  const scratch = placeScratch(lifetimes);
  const address = (binding: Binding): Address => {
    if (binding === 'tables') return { space: 'tables', offset: 0, length: pool.size };
    if (binding === 'inputs') return { space: 'inputs', offset: 0, length: sizes.inputs };
    const found = graph.values[binding].home ?? literals.get(binding) ?? scratch.addresses.get(binding);
    if (found === undefined) throw new Error(`value ${binding} is bound but lies nowhere`);
    return found;
  };
  const launches = drafts.map(
    ({ kernel, args, bindings, blocks, keys, node, gate }, wave): Launch => ({
      kernel: position.get(kernel.key)!,
      args,
      buffers: bindings.map(address),
      blocks,
      wave,
      ...(gate === undefined ? {} : { gate }),
      label: label(node),
      keys,
    }),
  );
  const all = { ...sizes, scratch: scratch.size, tables: pool.size };
  const checksum = hash(JSON.stringify([kernels.map(({ key }) => key), launches.map((launch) => ({ ...launch, label: '' })), all]));
  return {
    kernels,
    launches,
    nodes: drafts.map(({ node }) => node),
    sizes: all,
    tables: pool.runs,
    lives: livesOf(lifetimes, drafts),
    checksum,
  };
}

function byKey(a: Kernel, b: Kernel): number {
  return a.key < b.key ? -1 : 1;
}

function valuesIn(draft: Draft): number[] {
  return draft.bindings.filter((binding) => typeof binding === 'number');
}

/** Constants that did not fit into a scalar. */
function placeLiterals(drafts: readonly Draft[], graph: Graph, pool: TablePool): Map<number, Address> {
  const addresses = new Map<number, Address>();
  for (const id of drafts.flatMap(valuesIn)) {
    const { literal, size, element } = graph.values[id];
    if (literal === undefined || addresses.has(id)) continue;
    const values = typeof literal === 'number' ? new Array<number>(size).fill(literal) : literal;
    addresses.set(id, { space: 'tables', offset: pool.add(element, values), length: size });
  }
  return addresses;
}

function lifetimesOf(drafts: readonly Draft[], graph: Graph): Lifetime[] {
  const lives = new Map<number, Lifetime>();
  drafts.forEach((draft, launch) => {
    for (const value of valuesIn(draft)) {
      const { home, literal, size } = graph.values[value];
      if (home === undefined && literal === undefined)
        lives.set(value, { value, size, from: lives.get(value)?.from ?? launch, to: launch });
    }
  });
  return [...lives.values()];
}

function livesOf(lifetimes: readonly Lifetime[], drafts: readonly Draft[]): Life[] {
  const uses = new Map(lifetimes.map(({ value }): [number, [number, number][]] => [value, []]));
  drafts.forEach(({ bindings }, launch) => {
    bindings.forEach((binding, buffer) => {
      if (typeof binding === 'number') uses.get(binding)?.push([launch, buffer]);
    });
  });
  return lifetimes.map(({ value, size, from, to }) => ({ size, from, to, uses: uses.get(value)! }));
}
