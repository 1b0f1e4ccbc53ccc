/** Braces in paths: `{up, down}` is two paths, `{k: query, value}` two that say which of them they are. */
import type * as tree from '../../../grammar/tree.ts';
import { refuse } from '../refuse.ts';

/** Alternative `number` of those over which `variable` ranges; `first` of its steps. */
export interface Arm {
  readonly variable: string;
  readonly number: number;
  readonly first: boolean;
}

/** A path without braces, and the arms that were chosen for it. */
export interface Plain {
  readonly steps: readonly PlainStep[];
  readonly arms: readonly tree.Path[];
}
export type PlainStep = tree.Step & { readonly arm?: Arm };

/** All paths without braces that a path with some is. */
export function expand(steps: readonly tree.Step[]): Plain[] {
  const [first, ...rest] = steps;
  if (first === undefined) return [{ steps: [], arms: [] }];
  const tails = expand(rest);
  if (first.at.is !== 'either') return tails.map((tail) => ({ steps: [first, ...tail.steps], arms: tail.arms }));
  const { paths, variable } = first.at;
  if (variable !== undefined) refuseTwice(paths, variable.name);
  const heads = paths.flatMap((arm, k) =>
    expand(arm.steps).map((plain) => ({ steps: inArm(picked(plain.steps, first), variable?.name, k + 1), arms: [arm, ...plain.arms] })),
  );
  return heads.flatMap((head) => tails.map((tail) => ({ steps: [...head.steps, ...tail.steps], arms: [...head.arms, ...tail.arms] })));
}

/** Of alternatives that are counted each is another one: what is the first and the second would be two members, and one tensor. */
function refuseTwice(paths: readonly tree.Path[], variable: string): void {
  const said = (path: tree.Path) => JSON.stringify(path.steps, (key, value) => (key === 'place' ? undefined : value));
  const first = new Map<string, tree.Path>();
  for (const path of paths) {
    const same = first.get(said(path));
    if (same === undefined) {
      first.set(said(path), path);
      continue;
    }
    refuse({
      code: 'B508',
      message: `two of the alternatives of \`${variable}\` are one path`,
      at: path.place,
      label: 'again',
      also: [{ place: same.place, text: 'first' }],
      hint: 'leave one of them out',
    });
  }
}

function inArm(steps: readonly PlainStep[], variable: string | undefined, number: number): readonly PlainStep[] {
  if (variable === undefined) return steps;
  return steps.map((step, k) => {
    if (step.at.is === 'name' && step.arm === undefined) return { ...step, arm: { variable, number, first: k === 0 } };
    const label = step.arm === undefined ? 'any number of members' : `within those of \`${variable}\``;
    const message = 'alternatives that a variable ranges over are single paths';
    return refuse({ code: 'B508', message, at: step.place, label, hint: 'as in `{k: query, value}`' });
  });
}

/** `{up, down}[2]` picks from what each arm ends in. */
function picked(steps: readonly PlainStep[], brace: tree.Step): PlainStep[] {
  const last = steps.at(-1)!;
  return brace.picks === undefined ? [...steps] : [...steps.slice(0, -1), { ...last, picks: [...(last.picks ?? []), ...brace.picks] }];
}
