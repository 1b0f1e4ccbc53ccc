/** Provenance, compared symbolically: tensors of equal provenance have equal values at step 0. */
import type { Path, Provenance } from '../../values/model.ts';
import { firstOf, isAll } from '../../values/provenance.ts';
import type { Tensor } from '../tensor/tensor.ts';
import type { VariantContext } from './context.ts';

/** Equal texts for equal values; a copy is what it copies. */
function provenanceKey(origin: Provenance): string {
  switch (origin.is) {
    case 'fresh':
      return `fresh ${origin.path}`;
    case 'seeded':
      return `seeded ${origin.stream}`;
    case 'checkpoint':
      return `given ${origin.path} ${origin.axes.join(',')}`;
    case 'copy':
      return provenanceKey(origin.of);
    case 'combined':
      return `${origin.how}(${origin.of.map(provenanceKey).join('; ')})`;
    case 'factor':
      return `${origin.decomposition}.${origin.node}(${provenanceKey(origin.of)})`;
    case 'stack':
      return `${origin.sizes.join('x')}[${origin.of.map((part) => `${provenanceKey(part.origin)} ${part.axes}`).join('; ')}]`;
    case 'slice':
      return `${provenanceKey(origin.of)} at ${origin.at.map(({ leg, position }) => `${leg}=${position}`).join()}`;
  }
}

/** Values of zeros and ones are equal whatever their provenance, as long as nothing is given. */
export function sameStart(a: Tensor, b: Tensor): boolean {
  const constant = (p: Tensor) => isFresh(p.origin) && (p.init.law.is === 'zeros' || p.init.law.is === 'ones');
  if (constant(a) && constant(b)) return a.init.law.is === b.init.law.is && a.init.scale === b.init.scale;
  return provenanceKey(a.origin) === provenanceKey(b.origin);
}

export function isFresh(origin: Provenance): boolean {
  return isAll(['fresh', 'seeded'], origin);
}

/** The stream of a seeded core of a tensor is named after what the tensor was declared as, whatever it is called now. */
export function streamOf(origin: Provenance): Path {
  switch (origin.is) {
    case 'fresh':
    case 'checkpoint':
      return origin.path;
    case 'seeded':
      return origin.stream;
    case 'copy':
    case 'slice':
      return streamOf(origin.of);
    case 'stack':
      return streamOf(origin.of[0]!.origin);
    case 'combined':
      return streamOf(origin.of[0]!);
    case 'factor':
      return `${streamOf(origin.of)}.${origin.node}`;
  }
}

/** For messages. */
export function provenanceText(origin: Provenance): string {
  switch (origin.is) {
    case 'fresh':
      return `drawn for ${origin.path}`;
    case 'seeded':
      return `seeded as ${origin.stream}`;
    case 'checkpoint':
      return `given for ${origin.path}`;
    case 'copy':
      return provenanceText(origin.of);
    case 'combined':
      return `${origin.how} of ${origin.of.length} tensors`;
    case 'stack':
      return `${origin.of.length} tensors stacked, the first ${provenanceText(origin.of[0]!.origin)}`;
    case 'slice':
      return `a part of the tensor ${provenanceText(origin.of)}`;
    case 'factor':
      return `core ${origin.node + 1} of the tensor ${provenanceText(origin.of)}`;
  }
}

/** Whether values for the tensor come from a checkpoint. */
export function given(context: VariantContext, tensor: Tensor): boolean {
  const first = firstOf(tensor.origin);
  return first.is === 'checkpoint' && context.draft.source?.has(first.path) === true;
}
