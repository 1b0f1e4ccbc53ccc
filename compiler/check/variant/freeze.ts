/** `freeze S`: the selected tensors are constants of the training step. */
import type * as tree from '../../../grammar/tree.ts';
import { selectTensors } from '../selector.ts';
import type { VariantContext } from './context.ts';
import { decide, noteOtherNames, tensorsIn } from './verdict.ts';

export function applyFreeze(context: VariantContext, change: tree.Freeze): void {
  const matches = selectTensors(change.selection, context);
  for (const tensor of tensorsIn(matches).keys()) {
    decide(context, tensor, 'update', change.selection.place);
    tensor.update = { frozen: true };
  }
  noteOtherNames(context, matches, change.selection.place);
}
