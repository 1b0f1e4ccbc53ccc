/** What stands in brackets in a body: lists of axes, with `..` for what rides along. */
import type * as tree from '../../../grammar/tree.ts';
import type { AxisId } from '../../values/model.ts';
import { findAxis } from '../names.ts';
import { refuse } from '../refuse.ts';
import type { Elaboration, Frame } from './context.ts';

/** The axis of a name in a body. */
export function axisIn(to: Elaboration, frame: Frame, name: tree.Identifier): AxisId {
  return findAxis(to.draft, frame.layer?.instances[0], name, frame.formal);
}

export interface AxisListing {
  readonly axes: readonly AxisId[];
  /** The axes written by name, without those of `..`. */
  readonly named: readonly AxisId[];
  readonly hasRest: boolean;
}

/** An index list, each axis once. `..` is what the signature's `..` took. */
export function axisList(to: Elaboration, frame: Frame, brackets: tree.Brackets): AxisListing {
  const axes: AxisId[] = [];
  const named: AxisId[] = [];
  let hasRest = false;
  for (const item of brackets.items) {
    if (item.kind === 'rest') {
      hasRest = true;
      axes.push(...restOf(frame, item));
      continue;
    }
    const name = axisName(item);
    const axis = axisIn(to, frame, name);
    if (named.includes(axis)) {
      const primed = `\`${name.name}'\` is another axis of the same size`;
      refuse({ code: 'B319', message: `axis \`${name.name}\` stands here twice`, at: name.place, label: 'second', hint: primed });
    }
    named.push(axis);
    axes.push(axis);
  }
  const riding = hasRest ? named.find((axis) => frame.rest?.includes(axis)) : undefined;
  if (riding !== undefined) {
    refuse({
      code: 'B306',
      message: `\`${to.table.name(riding)}\` already rides along`,
      at: brackets.place,
      label: 'in `..`, and by name',
      hint: `rename the one of the caller: \`${to.table.name(riding)}'\``,
    });
  }
  return { axes, named, hasRest };
}

export function restOf(frame: Frame, item: tree.Index): readonly AxisId[] {
  if (frame.rest !== undefined) return frame.rest;
  return refuse({
    code: 'B324',
    message: '`..` stands for what rides along, and nothing does here',
    at: item.place,
    label: 'the signature has no `..`',
    hint: 'name the axes',
  });
}

/** The name that an item of an axis list is. */
export function axisName(item: tree.IndexItem): tree.Identifier {
  if (item.name === undefined && item.range.to === undefined && item.else === undefined && item.range.from.kind === 'identifier') {
    return item.range.from;
  }
  return refuse({ code: 'B102', message: 'an axis is expected', at: item.place, label: 'not the name of an axis' });
}
