/**
 * `+ sparse(share = 0.01)`: a term that is the largest entries of what the other terms miss. It is no network: its values are one tensor,
 * and where they stand says one tensor of integers for each axis, chosen once from given weights (B607 without) and frozen. A topology
 * that somebody calls `sparse` comes before it.
 */
import type { Place } from '../../../grammar/diagnostic.ts';
import type * as tree from '../../../grammar/tree.ts';
import type { Draft, DraftWeight } from '../draft.ts';
import { refuse } from '../refuse.ts';
import { evaluateNumber } from '../static.ts';
import type { TopologyCore, TopologyNetwork } from '../topology.ts';
import type { Drawn, Making } from './attach.ts';

const NAME = 'sparse';
const EXAMPLE = '`as mpo[...](b = 8) + sparse(share = 0.01)`';
/** Positions pass through numbers of single precision, which tells integers apart up to here. */
const MOST_POSITIONS = 2 ** 24;

export function isSparse({ draft, names }: Making, { name, place }: tree.Reference): boolean {
  return name.name === NAME && !names.known().includes(NAME) && draft.program.find(draft.program.scopeOf(place), NAME) === undefined;
}

/** The term on the axes of a weight, in the form of a network: one core of values, and the places of their entries by axis. */
export function sparseOn(
  { names }: Making,
  reference: tree.Reference,
  { axes, path }: Pick<DraftWeight, 'axes' | 'path'>,
): TopologyNetwork {
  const { place, brackets, args } = reference;
  if (brackets !== undefined) {
    refuseSparse('a term of single entries has no factors', brackets.place, 'lists factors', 'leave the list out: `sparse(share = 0.01)`');
  }
  const share = shareIn(args, place, names);
  const long = axes.find(({ size }) => size > MOST_POSITIONS);
  if (long !== undefined) {
    const message = `places are stored for axes of 2^24 positions at most, \`${long.name}\` of ${path} has ${long.size}`;
    refuseSparse(message, place, 'would choose among more', 'leave the term out');
  }
  const entries = axes.reduce((product, { size }) => product * size, 1);
  const count = Math.max(1, Math.round(share * entries));
  const legs = [{ name: 'place', size: count }];
  const core = (name: string, family = name, ...indices: number[]): TopologyCore => ({ name, family, indices, legs, place });
  return {
    topology: NAME,
    names: axes.map(({ name }) => name),
    axes: axes.map(({ size }) => ({ factors: [size] })),
    // Drawn, a weight has nothing that a draw of it misses.
    cores: [{ ...core('V'), law: () => ({ is: 'zeros' }) }, ...axes.map((_, axis) => core(`at[${axis + 1}]`, 'at', axis + 1))],
    nodes: [{ core: 0, legs: [0] }],
    legs: [{ id: 0, size: count }],
    exact: count >= entries,
    fit: 'sweep',
    places: axes.map((_, axis) => axis + 1),
  };
}

function shareIn(args: tree.Arguments | undefined, place: Place, names: Making['names']): number {
  const said = args?.items.find(({ name }) => name?.name === 'share');
  const other = args?.items.find((item) => item !== said);
  if (other !== undefined) {
    const label = other.name === undefined ? 'has no name' : `\`${other.name.name}\` is none`;
    refuseSparse('`sparse` has the option `share` alone', other.place, label, 'as in `sparse(share = 0.01)`');
  }
  if (said === undefined) {
    refuseSparse(
      '`sparse` does not say how many entries it has',
      place,
      'no share',
      'as in `sparse(share = 0.01)`: one of a hundred entries',
    );
  }
  const value = evaluateNumber(said.value, names);
  if (value > 0 && value < 1) return value;
  return refuseSparse('a share of the entries lies between 0 and 1', said.value.place, `this is ${value}`, 'as in `sparse(share = 0.01)`');
}

/** B634 where the term has no others before it, whose misses it would be. */
export function checkOrder(sum: readonly Drawn[]): void {
  const { network, at } = sum[0]!;
  if (network.places === undefined) return;
  const others = sum.some((term) => term.network.places === undefined);
  const hint = others ? `write it last, as in ${EXAMPLE}` : `add it to a topology, as in ${EXAMPLE}`;
  refuseSparse('`sparse` is what the terms before it miss', at, others ? 'stands first' : 'stands alone', hint);
}

/** B634 where no weights are given that places could be chosen from: in a layer, for a core, as an adapter. */
export function refuseWithin(sum: readonly Drawn[], where: string): void {
  const found = sum.find(({ network }) => network.places !== undefined);
  if (found !== undefined) refuseTerm(found.at, where);
}

export function refuseTerm(at: Place, where: string): never {
  return refuseSparse('`sparse` is a term of a sum that a whole weight is decomposed as', at, where, `decompose a weight ${EXAMPLE}`);
}

/** B607: whether the source holds the weight, or the places that an earlier run chose; neither is refused. */
export function checkPlaces(draft: Draft, { path }: DraftWeight, sum: readonly Drawn[], isGiven: boolean): void {
  if (isGiven) return;
  for (const { network, at, name } of sum) {
    const missing = network.places?.some((core) => !draft.source?.has(`${path}.${name}.${network.cores[core]!.name}`));
    if (!missing) continue;
    refuse({
      code: 'B607',
      message: `\`sparse\` needs given weights for ${path}`,
      at,
      label: 'which entries are the largest depends on the values',
      hint: 'name a file that holds them, `--from WEIGHTS.safetensors`, or leave the term out',
    });
  }
}

function refuseSparse(message: string, at: Place, label: string, hint: string): never {
  return refuse({ code: 'B634', message, at, label, hint });
}
