/**
 * What clusters that are alike have in common: their shape over slots, found once for all of them. A model of many layers joins the same
 * few loops over and over, wired alike.
 */
import type { Target } from '../values/target.ts';
import { agreeInPoints, type RowShape, rowShape } from './cluster.ts';
import { join } from './join.ts';
import { apart, type Template } from './template.ts';
import { type TileShape, tileShape } from './tile-shape.ts';

export interface Pattern {
  readonly id: number;
  readonly shape: RowShape | TileShape;
  /** An index of it walks several digits: one more buffer holds tables. */
  readonly needsTables: boolean;
}

export class Patterns {
  private readonly target: Target;
  private readonly single = new Map<Template, Pattern | undefined>();
  private readonly pairs = new Map<string, Pattern | undefined>();
  private count = 0;

  constructor(target: Target) {
    this.target = target;
  }

  /** Of one loop; undefined where it is neither a product of tiles nor rows. */
  of(template: Template): Pattern | undefined {
    if (!this.single.has(template)) {
      const loops = [template.loop];
      this.single.set(template, this.made(tileShape(loops, this.target) ?? rowShape(loops, this.target)));
    }
    return this.single.get(template);
  }

  /** Of both, the second after the first, its slots being these of the union; undefined where they do not fit. */
  joined(first: Pattern, second: Pattern, values: readonly number[], streams: readonly number[]): Pattern | undefined {
    const key = `${first.id} ${second.id} ${values.join()} ${streams.join()}`;
    if (!this.pairs.has(key)) this.pairs.set(key, this.made(this.shapeOf(first, second, values, streams)));
    return this.pairs.get(key);
  }

  private shapeOf(first: Pattern, second: Pattern, values: readonly number[], streams: readonly number[]): Pattern['shape'] | undefined {
    const others = apart(second.shape.loops, values, streams);
    if (!agreeInPoints([...first.shape.loops, ...others])) return undefined;
    const loops = join(first.shape.loops, others);
    if (loops === undefined) return undefined;
    return first.shape.form === 'tiles' ? tileShape(loops, this.target) : rowShape(loops, this.target);
  }

  private made(shape: Pattern['shape'] | undefined): Pattern | undefined {
    if (shape === undefined) return undefined;
    const groups = shape.form === 'tiles' ? [shape.batch, shape.m, shape.n, shape.k] : [shape.outer, shape.inner];
    return { id: this.count++, shape, needsTables: groups.some((digits) => digits.length > 1) };
  }
}
