/** Topologies of the standard library, and of test texts, on tensors of given sizes. */
import { Report } from '../../compiler/check/report.ts';
import { Program } from '../../compiler/check/scope.ts';
import { namesOf } from '../../compiler/check/static.ts';
import { instantiateTopology, type TopologyNetwork } from '../../compiler/check/topology.ts';
import { std } from '../../compiler/std/index.ts';
import type { Diagnostic } from '../../grammar/diagnostic.ts';
import { parse } from '../../grammar/parse.ts';
import type * as tree from '../../grammar/tree.ts';

const axisNames = ['out', 'in', 'height', 'width'];

function topologiesOf(text: string, file: string): [string, tree.Topology][] {
  return parse(text, file).file.items.flatMap((item): [string, tree.Topology][] =>
    item.kind === 'topology' ? [[item.name.name, item]] : [],
  );
}
const library = new Map([...std].flatMap(([module, text]) => topologiesOf(text, `std/${module}.bond`)));
export const libraryNames = [...library.keys()];

export interface Used {
  readonly network: TopologyNetwork;
  readonly diagnostics: readonly Diagnostic[];
}

/** `use` is what stands after `as`; `own` declares topologies beside those of the library. Throws `Refused`. */
export function network(use: string, sizes: readonly number[], own = ''): Used {
  const { file } = parse(`variant V of M { decompose w as ${use} }`, 'main.bond');
  const [change] = (file.items[0] as tree.Variant).changes as [tree.Decompose];
  const known = new Map([...library, ...topologiesOf(own, 'own.bond')]);
  const report = new Report();
  const result = instantiateTopology(
    {
      topology: known.get(change.as[0].topology.name.name)!,
      reference: change.as[0].topology,
      axes: sizes.map((size, k) => ({ name: axisNames[k]!, size })),
      names: namesOf(new Map()),
      declared: change.place,
      program: new Program({ file: 'own.bond', text: own, load: () => undefined }, new Report()),
    },
    report,
  );
  return { network: result, diagnostics: report.diagnostics };
}

export const shapes = ({ cores }: TopologyNetwork): string[] => cores.map(({ legs }) => legs.map(({ size }) => size).join('x'));
export const bonds = ({ legs }: TopologyNetwork): number[] => legs.flatMap(({ size, outer }) => (outer === undefined ? [size] : []));
const entries = (legs: readonly { readonly size: number }[]): number => legs.reduce((product, { size }) => product * size, 1);
/** Stored numbers, of all cores or of those of a role. */
export function count({ cores }: TopologyNetwork, role?: string): number {
  return cores.filter((core) => role === undefined || core.role === role).reduce((sum, { legs }) => sum + entries(legs), 0);
}

/**
 * The network with every entry of core k replaced by `value(k)`, contracted: a scalar for each position of the outer legs, all equal.
 * Contracted node by node over real tables of the open legs, so that it knows nothing of products of sizes.
 */
export function contractConstants(net: TopologyNetwork, value: (core: number) => number): number {
  const left = new Map<number, number>();
  for (const node of net.nodes) for (const leg of node.legs) left.set(leg, (left.get(leg) ?? 0) + 1);
  let open: number[] = [];
  let table = new Float64Array([1]);
  for (const node of net.nodes) {
    for (const leg of node.legs) left.set(leg, left.get(leg)! - 1);
    const legs = [...new Set([...open, ...node.legs.filter((leg) => net.legs[leg]!.outer === undefined)])];
    const kept = legs.filter((leg) => left.get(leg)! > 0);
    const next = new Float64Array(kept.reduce((product, leg) => product * net.legs[leg]!.size, 1));
    const position = new Map(legs.map((leg) => [leg, 0]));
    const offset = (list: readonly number[]) => list.reduce((at, leg) => at * net.legs[leg]!.size + position.get(leg)!, 0);
    const visit = (k: number): void => {
      if (k === legs.length) {
        next[offset(kept)] = next[offset(kept)]! + table[offset(open)]! * value(node.core);
        return;
      }
      for (let i = 0; i < net.legs[legs[k]!]!.size; i++) {
        position.set(legs[k]!, i);
        visit(k + 1);
      }
    };
    visit(0);
    open = kept;
    table = next;
  }
  return table[0]!;
}
