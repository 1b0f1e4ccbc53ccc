/**
 * The table of topologies in reference.md: what follows from a declaration alone. The count is written with the legs of the declaration;
 * which bonds have a full size, how given weights are decomposed, and whether that is exact, is what the checker says of a small use.
 */
import { Report } from '../compiler/check/report.ts';
import { Program } from '../compiler/check/scope.ts';
import { namesOf } from '../compiler/check/static.ts';
import { instantiateTopology, type TopologyNetwork } from '../compiler/check/topology.ts';
import { Refused } from '../grammar/diagnostic.ts';
import { mark } from '../grammar/layout.ts';
import { parse } from '../grammar/parse.ts';
import { range } from '../grammar/print-expressions.ts';
import type * as tree from '../grammar/tree.ts';

const methods = {
  sweep: 'singular value decompositions',
  als: 'alternating least squares',
  descent: 'gradient descent',
} as const;

export function topologyTable(topologies: readonly tree.Topology[]): string[] {
  const rows = topologies.map((topology) => {
    const network = smallUse(topology);
    const cells = [`\`${topology.name.name}\``, countText(topology), fullText(network), methods[network.fit], network.exact ? 'yes' : 'no'];
    return `| ${cells.join(' | ')} |`;
  });
  return [
    'Entries are those of all cores, each counted once; a leg out of range counts 1. The last two columns are of given weights, with full bonds',
    'where there are such.',
    '',
    '| Topology | Entries | Full bonds | Decomposed by | Exact |',
    '|---|---|---|---|---|',
    ...rows,
    '',
  ];
}

function countText({ items }: tree.Topology): string {
  const cores = items.filter((item) => item.kind === 'core').filter(({ reuse }) => !reuse);
  const terms = cores.map(({ legs, loops, reused }) => {
    const variables = reused ? [] : loops.map(({ name }) => name.name);
    return `${variables.length === 0 ? '' : `Σ ${variables.join(', ')}: `}${legs.map(legText).join(' · ')}`;
  });
  return `\`${terms.join(' + ').replaceAll(mark, ' ')}\``;
}

function legText({ name, indices }: tree.Leg): string {
  const product = indices?.some(({ to }) => to !== undefined) ? '∏ ' : '';
  return `${product}${name.name}${indices === undefined ? '' : `[${indices.map(range).join(', ')}]`}`;
}

function fullText({ legs }: TopologyNetwork): string {
  const bonds = legs.flatMap(({ bond, full }) => (bond === undefined ? [] : [{ family: bond.replace(/\[.*/, ''), full }]));
  if (bonds.length === 0) return '';
  const some = [...new Set(bonds.filter(({ full }) => full !== undefined).map(({ family }) => family))];
  if (bonds.every(({ full }) => full !== undefined)) return 'all';
  return some.length === 0 ? 'none' : some.map((family) => `\`${family}\``).join(', ');
}

/** Factors of 2, three where the declaration leaves the number open (two in each direction of a grid); bonds full, or 2 where there are none. */
function smallUse(topology: tree.Topology): TopologyNetwork {
  const dimensions = topology.axes.parameters.map(({ brackets }) => (brackets?.items ?? []).map(dimensionOf));
  const counts = dimensions.map((sizes) => sizes.reduce((product, { size }) => product * size, 1));
  const lists = counts.map((count, k) => (dimensions[k].length === 0 ? '4' : `2^${count}`));
  const variables = [...new Map(dimensions.flat().flatMap(({ name, size }) => (name === undefined ? [] : [[name, size] as const])))];
  const options = (sizes: readonly (readonly [string, number])[]) => {
    const all = [...variables, ...sizes].map(([name, size]) => `${name} = ${size}`);
    return all.length === 0 ? '' : `(${all.join(', ')})`;
  };
  const shape = counts.map((count, k) => (dimensions[k].length === 0 ? 4 : 2 ** count));
  const use = (sizes: readonly (readonly [string, number])[]) =>
    networkOf(topology, `${topology.name.name}[${lists.join(', ')}]${options(sizes)}`, shape);
  try {
    return use([]);
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    return use(topology.options.map(({ name }) => [name.name, 2]));
  }
}

function dimensionOf(item: tree.Index, _: number, all: readonly tree.Index[]): { readonly name?: string; readonly size: number } {
  const expression = item.kind === 'index' ? item.range.from : undefined;
  if (expression?.kind === 'number') return { size: expression.value };
  return { size: all.length === 1 ? 3 : 2, ...(expression?.kind === 'identifier' ? { name: expression.name } : {}) };
}

function networkOf(topology: tree.Topology, use: string, sizes: readonly number[]): TopologyNetwork {
  const [variant] = parse(`variant V of M { decompose w as ${use} }`, 'use').file.items as [tree.Variant];
  const [{ as, place: declared }] = variant.changes as [tree.Decompose];
  const reference = as[0].topology;
  const axes = sizes.map((size, k) => ({ name: topology.axes.parameters[k].name.name, size }));
  const program = new Program({ file: 'use', text: '', load: () => undefined }, new Report());
  return instantiateTopology({ topology, reference, axes, names: namesOf(new Map()), declared, program }, new Report());
}
