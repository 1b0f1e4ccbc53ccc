/**
 * Names of tensors in torch. `block[2].up.weight.T[1]` becomes the attribute path `block.2.up.weight.T.1`: indices are keys of dictionaries.
 * A tensor whose name is the beginning of another's becomes `dense` below it. The few names that this rule does not give back are listed.
 */
import type { Model, Path } from '../../values/model.ts';
import { attribute } from './python.ts';

/** A step of a path: a member, or a key of a dictionary. */
export interface Step {
  readonly text: string;
  readonly key: boolean;
}
/** What stands behind a path in torch. */
export interface Names {
  stepsOf(name: Path): readonly Step[];
  /** `block.2.up.weight.T.1`. */
  attributeOf(name: Path): string;
  /** As an expression below `base`: `self.block['2'].up.weight.T['1']`. */
  expression(base: string, steps: readonly Step[]): string;
}

export function namesOf(model: Model): Names {
  const all = model.parameters.flatMap(({ names }) => names);
  const containers = new Set(all.flatMap((own) => prefixesOf(own)));
  const stepsOf = (own: Path): Step[] => {
    const steps = split(own);
    return containers.has(own) ? [...steps, { text: 'dense', key: false }] : steps;
  };
  return {
    stepsOf,
    attributeOf: (own) =>
      stepsOf(own)
        .map(({ text }) => text)
        .join('.'),
    expression: (base, steps) => steps.reduce((text, step) => (step.key ? `${text}['${step.text}']` : `${text}.${step.text}`), base),
  };
}

/** Steps of a path of layers or tensors. */
export function split(path: Path): Step[] {
  return [...path.matchAll(/([^.[\]]+)|\[([^\]]*)\]/g)].map(([, member, index]) =>
    member === undefined ? { text: index.replace(/,\s*/g, '_'), key: true } : { text: attribute(member), key: false },
  );
}
function prefixesOf(path: Path): Path[] {
  return [...path.matchAll(/[.[]/g)].map(({ index }) => path.slice(0, index));
}

/** The rule read backwards, as the module has it. */
export function bondName(attributePath: string): Path {
  return attributePath.replace(/\.(\d+(?:_\d+)*)(?=\.|$)/g, (_, index: string) => `[${index.replaceAll('_', ', ')}]`);
}
