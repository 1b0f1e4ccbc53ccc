/** `keep S where ...`: a value mask. Entries outside are zero and stay zero. */
import type * as tree from '../../../grammar/tree.ts';
import { rampsIn } from '../../values/mask.ts';
import { refuse } from '../refuse.ts';
import { selectTensors } from '../selector.ts';
import type { VariantContext } from './context.ts';
import { buildMask } from './mask.ts';
import { decide, noteOtherNames, tensorsIn } from './verdict.ts';

export function applyKeep(context: VariantContext, change: tree.Keep): void {
  const matches = selectTensors(change.selection, context, { expressions: [change.where] });
  for (const [tensor, match] of tensorsIn(matches)) {
    decide(context, tensor, 'keep', change.selection.place);
    const mask = buildMask(context, change.where, match, change.selection.place);
    if (rampsIn(mask).length > 0) {
      refuse({
        code: 'B709',
        message: 'a value mask does not move',
        at: change.where.place,
        label: 'a ramp',
        hint: '`train ... where` takes ramps',
      });
    }
    tensor.keep = mask;
  }
  noteOtherNames(context, matches, change.selection.place);
}
