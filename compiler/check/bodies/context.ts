/**
 * The state of elaborating one body, and the frames of the functions it is in. The mutually recursive rules (expressions, calls,
 * statements) reach each other through this object, so that their files form no cycle.
 */
import { type Diagnostic, type Place, Refused } from '../../../grammar/diagnostic.ts';
import type * as tree from '../../../grammar/tree.ts';
import type { AxisId, ElementType, Expression, Pointwise } from '../../values/model.ts';
import type { AxisTable } from '../axes.ts';
import type { Draft } from '../draft.ts';
import { showNumber } from '../fold.ts';
import type { Instance } from '../instance.ts';
import { attempt, refuse } from '../refuse.ts';
import type { FileScope } from '../scope.ts';
import { mostElements } from '../static.ts';
import { Builder } from './builder.ts';
import { type Proof, positions, spanOf } from './positions.ts';
import type { Templates } from './template.ts';
import type { LayerPart, Tensor, Value } from './value.ts';

/** Where names of a body are found. */
export interface Frame {
  readonly locals: Map<string, Value>;
  /** The frame around a loop body: its names may be set again, names first set inside are local to the iteration. */
  readonly outer?: Frame;
  /** Axis parameters of a function. */
  readonly formal: ReadonlyMap<string, AxisId>;
  readonly layer?: LayerPart;
  readonly file: FileScope;
  /** What `..` stands for; undefined where the signature has none. */
  readonly rest?: readonly AxisId[];
  /** Data inputs, visible in losses and metrics. */
  readonly inputs?: ReadonlyMap<string, Value>;
  readonly loops: readonly number[];
  /** Static conditions of the `if`s around. */
  readonly conditions: readonly tree.Expression[];
  /** Names that only a branch sets that was not taken. */
  readonly untaken: Map<string, tree.If>;
}

export interface Rules {
  evaluate(to: Elaboration, expression: tree.Expression, frame: Frame): Value;
  call(to: Elaboration, expression: tree.Call, frame: Frame): Value;
  run(to: Elaboration, statements: readonly tree.Statement[], frame: Frame): void;
}

export class Elaboration {
  readonly draft: Draft;
  readonly table: AxisTable;
  /** What is known of bodies that were elaborated before; nothing is looked up without it. */
  readonly templates?: Templates;
  /** How often `training` was read, and how many units were refused: what a body depends on, and whether it is whole. */
  asked = 0;
  refused = 0;
  private readonly mode: boolean;
  readonly builder: Builder;
  /** Functions that are being inlined, outermost first. */
  readonly calls: { readonly declaration: tree.Fn | tree.Forward; readonly instance?: Instance; readonly place: Place }[] = [];
  private readonly rules: Rules;

  constructor(draft: Draft, training: boolean, rules: Rules, place: Place, templates?: Templates) {
    this.draft = draft;
    this.table = draft.table;
    this.mode = training;
    if (templates !== undefined) this.templates = templates;
    this.rules = rules;
    this.builder = new Builder(place);
  }

  /** Whether the body is of training: what reads this is elaborated for each. */
  get training(): boolean {
    this.asked++;
    return this.mode;
  }

  evaluate(expression: tree.Expression, frame: Frame): Value {
    const { place } = this.builder;
    const value = this.rules.evaluate(this, expression, frame);
    this.builder.place = place;
    return value;
  }

  call(expression: tree.Call, frame: Frame): Value {
    return this.rules.call(this, expression, frame);
  }

  run(statements: readonly tree.Statement[], frame: Frame): void {
    this.rules.run(this, statements, frame);
  }

  /**
   * Runs one unit of checking. What is wrong inside the standard library is told at the use of it, with the inner place and the layer
   * beside, and without the hint, which would say how to change the library.
   */
  attempt<Result>(unit: () => Result): Result | undefined {
    const { place, path } = this.builder;
    const depth = this.calls.length;
    const result = attempt(this.draft.report, () => {
      try {
        return unit();
      } catch (thrown) {
        if (!(thrown instanceof Refused)) throw thrown;
        this.refused++;
        throw new Refused(thrown.diagnostics.map((diagnostic) => this.outside(diagnostic)));
      }
    });
    this.calls.length = depth;
    this.builder.place = place;
    this.builder.path = path;
    return result;
  }

  private outside(diagnostic: Diagnostic): Diagnostic {
    const inner = diagnostic.primary;
    const use = isStandard(inner.place) ? this.calls.findLast((call) => !isStandard(call.place)) : undefined;
    if (use === undefined) return diagnostic;
    const layer = use.instance === undefined ? [] : [{ place: use.instance.place, text: `${use.instance.path} is this layer` }];
    const { hint: _, ...told } = diagnostic;
    return { ...told, primary: { place: use.place, text: 'in this use' }, secondary: [inner, ...diagnostic.secondary, ...layer] };
  }

  tensor(
    expression: Expression,
    axes: readonly AxisId[],
    type: ElementType,
    name: string,
    more: Partial<Omit<Tensor, 'is' | 'id' | 'axes' | 'type'>> = {},
  ): Tensor {
    if (this.table.elements(axes) > mostElements) this.refuseElements(axes, name);
    return { is: 'tensor', id: this.builder.emit(expression, axes, type, name), axes, type, free: false, ...more };
  }

  draw(draw: Parameters<Builder['draw']>[0], loops: readonly number[], axes: readonly AxisId[]): Tensor {
    if (this.table.elements(axes) > mostElements) this.refuseElements(axes, 'draw');
    return { is: 'tensor', id: this.builder.draw(draw, loops, axes, 'draw'), axes, type: 'real', free: false };
  }

  /** Keeps what is summed without being written as a sum, for `explain`. */
  sumsSilently(place: Place, axes: readonly AxisId[]): void {
    const over = axes.map((axis) => this.table.name(axis));
    this.draft.sums.set(`${place.file} ${place.from}`, { place, over });
  }

  private refuseElements(axes: readonly AxisId[], name: string): never {
    const sizes = axes.map((axis) => `${this.table.name(axis)} = ${this.table.sizeText(axis)}`);
    return refuse({
      code: 'B217',
      message: `\`${name}\` would have more than 2^31 elements`,
      at: this.builder.place,
      label: sizes.join(', '),
    });
  }

  apply(f: Pointwise, of: readonly Tensor[], type: ElementType, more: Partial<Tensor> = {}): Tensor {
    const expression: Expression = { is: 'apply', f, of: of.map((value) => value.id) };
    const free = of.every((value) => value.free);
    return { ...this.tensor(expression, union(of.map((value) => value.axes)), type, f, { free }), ...more };
  }

  number(value: number, type: ElementType): Tensor {
    if (!Number.isFinite(value)) {
      refuse({
        code: 'B219',
        message: `${showNumber(value)} would reach the program`,
        at: this.builder.place,
        label: 'not a finite number',
        hint: '`inf` may be compared with and multiplied by sizes, where it folds; masks use `select`',
      });
    }
    return { is: 'tensor', id: this.builder.number(value, type), axes: [], type, free: true };
  }

  size(axis: AxisId): Tensor | number {
    const size = this.table.size(axis);
    if (typeof size === 'number') return size;
    const range = { low: { plus: 1 }, high: { axis: size.open, plus: 0 } };
    return this.tensor({ is: 'size', axis }, [], 'int', `size ${this.table.name(axis)}`, { range, free: true });
  }

  position(axis: AxisId): Tensor {
    const more = { ...this.indexing(axis, { by: 'made' }), free: true, affine: { terms: new Map([[axis, 1]]), constant: 0 } };
    return this.tensor({ is: 'position', axis }, [axis], 'int', `@${this.table.name(axis)}`, more);
  }

  /** What a tensor of positions of an axis carries; nothing where they are not proved. */
  indexing(axis: AxisId, proof: Proof): Pick<Tensor, 'index' | 'range'> {
    const index = positions(this.table, axis, proof);
    return index === undefined ? {} : { index, range: spanOf(this.table, axis) };
  }

  /** `[batch, time, width]`, for messages. */
  shape(axes: readonly AxisId[]): string {
    return axes.length === 0 ? 'no axes' : `[${this.table.list(axes)}]`;
  }
}

const isStandard = (place: Place) => place.file.startsWith('std/');

/** The largest list first, so that results lie like their largest operand. */
export function union(lists: readonly (readonly AxisId[])[]): AxisId[] {
  const longest = lists.reduce<readonly AxisId[]>((best, list) => (list.length > best.length ? list : best), []);
  return [...new Set([...longest, ...lists.flat()])];
}

/** Finds a name in the frames of one function, innermost first. */
export function findLocal(frame: Frame, name: string): { readonly frame: Frame; readonly value: Value } | undefined {
  for (let at: Frame | undefined = frame; at !== undefined; at = at.outer) {
    const value = at.locals.get(name);
    if (value !== undefined) return { frame: at, value };
  }
  return undefined;
}
