/** `freeze S`: the selected tensors are constants of the training step. */
import type * as tree from '../../../grammar/tree.ts';
import type { VariantContext } from './context.ts';
import { decideEach } from './verdict.ts';

export function applyFreeze(context: VariantContext, { selection }: tree.Freeze): void {
  decideEach(context, { kind: 'update', selection }, () => ({ update: { frozen: true } }));
}
