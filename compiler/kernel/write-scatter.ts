/**
 * The form scatter: result[.., ids[..], ..] += value. A block owns the places of its kept digits (one index of the outer ones, a piece of
 * the vector axis), writes zeros there, then walks all summed points in order. One writer for each element, no atomics, one order of sums.
 */
import type { Access, Index, Statement, TileAxis } from '../values/kernel.ts';
import type { Target } from '../values/target.ts';
import { canBeVector } from './cluster.ts';
import { collapse, ordered } from './collapse.ts';
import { coefficient, type Digit, type Form } from './form.ts';
import type { Graph } from './graph.ts';
import { call, type Draft, type IndexGroup, KernelBuilder } from './kernel-builder.ts';
import { digitsOf, isRead, type Loop } from './loop.ts';
import type { TablePool } from './table-pool.ts';
import { mapStatement } from './write-rows.ts';

export function writeScatter(loop: Loop, values: Graph['values'], pool: TablePool, target: Target, node: number): Draft {
  const owns = (digit: Digit) => loop.write.at.terms.has(digit);
  const summed = digitsOf(loop).filter((digit) => !owns(digit));
  const melted = collapse([loop], [loop.kept.filter(owns), summed]);
  const [own] = melted.loops;
  const [kept, inner] = melted.groups;
  const vector = kept.find((digit) => coefficient(own.write.at, digit) === 1 && canBeVector(digit, [own]));
  const outer = ordered(
    kept.filter((digit) => digit !== vector),
    [own.write.at],
  );
  const builder = new KernelBuilder(values, pool);
  const groups: readonly IndexGroup[] = [
    { index: 'r', digits: outer },
    { index: 'k', digits: ordered(inner, [...own.reads.map(({ at }) => at)]) },
    { index: 'i', digits: vector === undefined ? [] : [vector] },
  ];
  const grid: { index: string; blocks: Index }[] = [];
  if (outer.length > 0) grid.push({ index: 'r', blocks: builder.arg('R', builder.size(groups[0])) });
  const axes: TileAxis[] = [];
  if (vector !== undefined) {
    const size = builder.arg('I', vector.size);
    grid.push({ index: 'gi', blocks: call('ceildiv', size, target.scatter) });
    axes.push({ name: 'i', extent: target.scatter, base: call('mul', 'gi', target.scatter), size });
  }
  if (grid.length === 0) grid.push({ index: 'g', blocks: 1 });
  const body = [...zeros(), ...sums()];
  return builder.finish('scatter', grid, body, node);

  /** Zeros at every position of the axes that are looked up. */
  function zeros(): Statement[] {
    const tile = builder.tile();
    const { element } = values[own.write.value];
    const places: Digit[] = own.write.lookups.map(({ size }) => ({ size }));
    const terms = new Map(own.write.at.terms);
    own.write.lookups.forEach(({ stride }, k) => {
      terms.set(places[k], stride);
    });
    const indices = places.map((digit, k) => ({ index: `v${k}`, digits: [digit] }));
    const at: Form = { terms, plus: own.write.at.plus };
    const to = builder.access({ ...own.write, at, lookups: [] }, [...groups, ...indices], 'write');
    const fill: Statement = { is: 'map', tile, axes, element, value: { is: 'number', value: 0 }, tiles: [], coordinates: [], keys: [] };
    const inside: Statement[] = [fill, { is: 'write', tile, to }];
    return places.reduceRight<Statement[]>(
      (inner, { size }, k) => [{ is: 'loop', index: `v${k}`, from: 0, to: builder.arg(`V${k}`, size), step: 1, body: inner }],
      inside,
    );
  }

  function sums(): Statement[] {
    const body: Statement[] = [];
    const tiles = own.reads.map((place) => {
      const tile = builder.tile();
      const walks = vector !== undefined && place.at.terms.has(vector);
      body.push({ is: 'read', tile, axes: walks ? axes : [], element: values[place.value].element, from: builder.access(place, groups) });
      return { tile, rank: walks ? 1 : 0 };
    });
    let source = tiles[0]?.tile;
    if (!isRead(own.value) || tiles[0].rank !== axes.length) {
      source = builder.tile();
      const names = tiles.map(({ tile }) => tile);
      body.push(mapStatement(builder, groups, own, { tile: source, axes, value: own.value, tiles: names }));
    }
    const to: Access = builder.access(own.write, groups, 'write');
    body.push({ is: 'write', tile: source, to, add: true });
    if (inner.length === 0) return body;
    return [{ is: 'loop', index: 'k', from: 0, to: builder.arg('K', builder.size(groups[1])), step: 1, body }];
  }
}
