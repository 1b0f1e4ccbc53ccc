/**
 * The persistent space: what lives from step to step, in one declared order for all schedules of a model. Parameters of one optimiser
 * group and gate lie together in path order, then their moments in the same order: updates with equal text are one long map.
 */
import { aligned } from '../values/aligned.ts';
import type { Allocation, Layout, OptimiserSpec } from '../values/executable.ts';
import type { Model, Parameter } from '../values/model.ts';
import type { Program, Source } from '../values/program.ts';
import { elements } from '../values/shape.ts';
import { gateName, isTrainable, optimisers, updateMask } from './optimisers/update.ts';

/**
 * Members: parameters by canonical name; with an optimiser also `NAME.m`, `NAME.v` (adamw) or `NAME.momentum` (sgd) of each trainable one;
 * with `gradients`, which only a tape adds up, `NAME.gradient` too. Offsets and size in elements.
 */
export function layoutOf(model: Model, optimiser?: OptimiserSpec, gradients = false): Layout {
  const members: Allocation[] = [];
  let end = 0;
  const place = (parameters: readonly Parameter[], suffix: string, alike = true) => {
    end = aligned(end);
    for (const { names, legs } of parameters) {
      const axes = alike ? legs : [];
      const length = elements(axes);
      const address = { space: 'persistent', offset: end, length } as const;
      members.push({ name: `${names[0]}${suffix}`, type: { dtype: 'real', axes }, address });
      end += length;
    }
  };
  for (const segment of segmentsOf(model, optimiser)) {
    place(segment, '');
    if (!isTrainable(segment[0])) continue;
    const moments = optimiser === undefined ? [] : optimisers[optimiser.kind].states(optimiser, segment[0]);
    for (const { name, alike } of moments) place(segment, `.${name}`, alike);
    if (gradients) place(segment, '.gradient');
  }
  return { members, size: aligned(end) };
}

/** Every parameter and state that a program reads, in its order. */
export function sourceLayout(program: Program): Layout {
  const members: Allocation[] = [];
  let size = 0;
  for (const { operation, attributes, type } of program.nodes) {
    const { kind, name } = attributes as Source;
    if (operation !== 'source' || (kind !== 'parameter' && kind !== 'state')) continue;
    const length = elements(type.axes);
    members.push({ name, type, address: { space: 'persistent', offset: size, length } });
    size = aligned(size + length);
  }
  return { members, size };
}

/** The layout with, behind it, what functions keep from call to call, whose sizes the programs say. */
export function withKept(layout: Layout, programs: readonly Program[], kept: ReadonlySet<string>): Layout {
  const members = [...layout.members];
  let end = layout.size;
  for (const { operation, attributes, type } of programs.flatMap(({ nodes }) => nodes)) {
    if (operation !== 'source') continue;
    const { kind, name } = attributes as Source;
    if (kind !== 'state' || !kept.has(name) || members.some((member) => member.name === name)) continue;
    const length = elements(type.axes);
    members.push({ name, type, address: { space: 'persistent', offset: end, length } });
    end = aligned(end + length);
  }
  return { members, size: end };
}

/** In order of the first path of each; masked and orthogonal parameters are alone, since their text differs. */
function segmentsOf(model: Model, optimiser: OptimiserSpec | undefined): Parameter[][] {
  const groups = new Map<number, string>();
  for (const { name, parameters } of optimiser?.groups ?? []) for (const id of parameters) groups.set(id, name);
  const segments = new Map<string, Parameter[]>();
  const sorted = [...model.parameters].sort((a, b) => comparePaths(a.names[0], b.names[0]));
  for (const parameter of sorted) {
    const alone = updateMask(parameter) === undefined && parameter.orthogonal === undefined ? '' : parameter.names[0];
    const key = JSON.stringify([isTrainable(parameter), groups.get(parameter.id) ?? '', gateName(parameter) ?? '', alone]);
    if (!segments.has(key)) segments.set(key, []);
    segments.get(key)!.push(parameter);
  }
  return [...segments.values()];
}

/** `block[2]` before `block[10]`: numbers by value, the rest by code units, equal on every host. */
export function comparePaths(a: string, b: string): number {
  const [left, right] = [a, b].map((path) => path.match(/\d+|\D+/g) ?? []);
  for (let k = 0; k < Math.min(left.length, right.length); k++) {
    if (left[k] === right[k]) continue;
    const difference = Number(left[k]) - Number(right[k]);
    return Number.isNaN(difference) || difference === 0 ? (left[k] < right[k] ? -1 : 1) : difference;
  }
  return left.length - right.length;
}
