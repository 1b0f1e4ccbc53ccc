/** The kinds of statements that programs are composed of. */
import type { Base } from './bases.ts';

export const kinds = [
  'decompose',
  'decompose as an option',
  'decompose sum',
  'decompose core',
  'decompose over',
  'share',
  'tie',
  'tie cores',
  'untie',
  'adapt',
  'adapt over',
  'wrap',
  'apply',
  'init',
  'freeze',
  'freeze all except',
  'train',
  'train only',
  'train in turn',
  'ramp',
  'keep',
  'orthogonal',
  'learn',
  'squeeze',
  'grow',
  'choosing',
  'require',
  'replace',
] as const;
export type Kind = (typeof kinds)[number];
/** Of two of them that stand in one body, about one tensor, one is refused. */
export const verdicts: ReadonlySet<Kind> = new Set(['freeze', 'freeze all except', 'train', 'train only', 'train in turn', 'ramp']);
/** They speak of cores: a weight has to be a network first. */
export const ofNetworks: ReadonlySet<Kind> = new Set([
  'decompose core',
  'tie cores',
  'train in turn',
  'ramp',
  'orthogonal',
  'squeeze',
  'grow',
]);
/** Whether a model has a place for such a statement at all. */
export function hasPlace(kind: Kind, { unties, wraps, replaces, families }: Base): boolean {
  if (kind === 'untie') return unties.length > 0;
  if (kind === 'wrap') return wraps.length > 0;
  if (kind === 'replace') return replaces.length > 0;
  if (kind === 'decompose over' || kind === 'adapt over') return families.length > 0;
  return !['share', 'tie', 'tie cores', 'choosing'].includes(kind) || families.some((family) => family.includes('[l]'));
}
