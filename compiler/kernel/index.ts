/**
 * From a program to a schedule: lower, split, fuse, order, write, place. Every stage looks at nests alone, never at names or paths, so
 * renaming and shuffling change no kernel.
 */
import type { Allocation } from '../values/executable.ts';
import type { Schedule, SpaceName } from '../values/kernel.ts';
import type { Table } from '../values/operation.ts';
import type { Program } from '../values/program.ts';
import type { Target } from '../values/target.ts';
import { verifyKernels } from '../values/verify-kernel.ts';
import { inCanonicalOrder } from './canonical-order.ts';
import { clustersOf, orderClusters } from './fuse.ts';
import { usesOf } from './graph.ts';
import { groupRows } from './group-rows.ts';
import { lower } from './lower.ts';
import { scheduleOf } from './schedule.ts';
import { splitLongSums } from './split.ts';
import { TablePool } from './table-pool.ts';
import { Templates } from './template.ts';
import { findUsedGroups } from './used-groups.ts';
import { findRegions } from './within.ts';
import { Writer } from './write.ts';

export interface KernelOptions {
  /** What a launch is called in errors and profiles, by the program's node that it ends. */
  readonly label?: (node: number) => string;
  /** The host bit without which a node's value is needed by nobody. A launch is skipped where all that it makes has one. */
  readonly gate?: (node: number) => string | undefined;
}

/**
 * The schedule for one target of a program whose named values lie at `places` (by `KIND NAME`) in spaces of the given sizes. Throws Error where a source
 * or output has no place.
 */
export function kernelise(
  program: Program,
  table: Table,
  placed: { readonly places: ReadonlyMap<string, Allocation>; readonly sizes: Readonly<Record<SpaceName, number>> },
  target: Target,
  options: KernelOptions = {},
): Schedule {
  const lowered = findRegions(lower(program, table, placed.places, options.gate));
  const templates = new Templates();
  const graph = inCanonicalOrder(splitLongSums(findUsedGroups(groupRows(lowered, target)), templates, target), templates);
  const pool = new TablePool();
  const uses = usesOf(graph);
  const clusters = orderClusters(clustersOf(graph, uses, templates, target), graph, uses);
  const writer = new Writer(graph, uses, pool, target);
  const drafts = clusters.map((cluster) => writer.write(cluster));
  const schedule = scheduleOf(drafts, graph, pool, placed.sizes, options.label ?? ((node) => program.nodes[node].operation));
  verifyKernels(schedule, target);
  return schedule;
}
