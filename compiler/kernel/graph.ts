/** What the stages of this room work on: values with their homes, and the work that makes them. */
import type { Address, Element } from '../values/kernel.ts';
import type { Digit } from './form.ts';
import { inputsOf, type Loop, type LoopAccess, type ValueId } from './loop.ts';

export interface Value {
  readonly element: Element;
  readonly size: number;
  /** Fixed by the caller: sources and outputs. Others are placed by the memory plan. */
  readonly home?: Address;
  /** Contents known at compile time: one number for all elements, or all. */
  readonly literal?: number | readonly number[];
  /** The state whose old value lies where this one is written: whoever reads that one comes first. */
  readonly overwrites?: ValueId;
}
export interface ArgTopWork {
  readonly is: 'arg-top';
  readonly kept: readonly Digit[];
  readonly over: Digit;
  readonly count: Digit;
  readonly read: LoopAccess;
  readonly write: LoopAccess;
}
export interface GroupWork {
  readonly is: 'group';
  readonly gives: 'order' | 'start';
  readonly groups: number;
  readonly keys: ValueId;
  readonly result: ValueId;
  readonly scratch: ValueId;
}
export interface LargestWork {
  readonly is: 'largest';
  readonly count: number;
  readonly of: ValueId;
  readonly result: ValueId;
  readonly scratch: ValueId;
}
export type Work = ({ readonly is: 'loop' } & Loop) | ArgTopWork | GroupWork | LargestWork;
export interface Entry {
  readonly work: Work;
  readonly node: number;
  /** Host bit: while it is 0 nobody needs the result. */
  readonly gate?: string;
}
export interface Graph {
  readonly values: readonly Value[];
  /** In an order that respects who reads whom; `node` is the program's node, for labels. */
  readonly works: readonly Entry[];
}

/** The value that a piece of work makes. */
export function resultOf(work: Work): ValueId {
  return work.is === 'group' || work.is === 'largest' ? work.result : work.write.value;
}

/** The values that it reads. */
export function readsOf(work: Work): ValueId[] {
  if (work.is === 'group') return [work.keys];
  if (work.is === 'largest') return [work.of];
  return work.is === 'arg-top' ? [work.read.value] : inputsOf(work);
}

/** Who makes and who reads each value, as positions in `works`; what each work reads. */
export interface Uses {
  readonly reads: readonly (readonly ValueId[])[];
  readonly maker: ReadonlyMap<ValueId, number>;
  readonly readers: ReadonlyMap<ValueId, readonly number[]>;
}
export function usesOf({ works }: Graph): Uses {
  const maker = new Map(works.map(({ work }, k) => [resultOf(work), k]));
  const reads = works.map(({ work }) => readsOf(work));
  const readers = new Map<ValueId, number[]>();
  reads.forEach((own, k) => {
    for (const value of new Set(own)) {
      const list = readers.get(value);
      if (list === undefined) readers.set(value, [k]);
      else list.push(k);
    }
  });
  return { reads, maker, readers };
}
