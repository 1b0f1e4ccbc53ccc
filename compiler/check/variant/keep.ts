/** `keep S where ...`: a value mask. Entries outside are zero and stay zero. */
import type * as tree from '../../../grammar/tree.ts';
import { rampsIn } from '../../values/mask.ts';
import { refuse } from '../refuse.ts';
import type { VariantContext } from './context.ts';
import { buildMask } from './mask.ts';
import { unseeded } from './seeded.ts';
import { decideEach } from './verdict.ts';

export function applyKeep(context: VariantContext, { selection, where }: tree.Keep): void {
  decideEach(context, { kind: 'keep', selection, use: { expressions: [where] }, of: unseeded('cannot be masked') }, (match) => {
    const keep = buildMask(context, where, match, selection.place);
    if (rampsIn(keep).length === 0) return { keep };
    return refuse({
      code: 'B709',
      message: 'a value mask does not move',
      at: where.place,
      label: 'a ramp',
      hint: '`train ... where` takes ramps',
    });
  });
}
