/**
 * The body of new positions alone. A value that has one time is computed for the new positions; where another position is read, as keys and
 * values of attention are, the value is kept over all positions and the new ones are written into it.
 */
import type { Body, Entry, Expression, Move, Statement, ValueId } from '../values/body.ts';
import type { AxisId, Model, ModelInput } from '../values/model.ts';
import { affine, type Dependence, timesOf } from './dependence.ts';

/** Axis of the positions that are new, and the input that says which the first of them is. Neither can be a name in a program. */
export const NEW = 'new positions';
export const FIRST = 'first position';

/** Copies of one body's statements into another. */
class Copy {
  readonly statements: Statement[] = [];
  readonly #known = new Map<string, ValueId>();

  /** The copy that `key` names, made where it is not there. */
  once(key: string, make: () => Statement): ValueId {
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    const statement = make();
    const id = this.statements.push(statement) - 1;
    this.#known.set(key, id);
    return id;
  }
}

/** `given`: values that do not depend on the text, by the name of the input that brings them; `kept`: what lives from call to call. */
export interface Rewritten {
  readonly next: Entry;
  /** Absent where the text is the only input. */
  readonly given?: Entry;
}

export function rewrite(model: Model, entry: Entry, text: ModelInput, time: AxisId, fresh: AxisId, dependence: Dependence): Rewritten {
  return new Rewriter(model, entry, text, time, fresh, dependence).rewritten();
}

class Rewriter {
  readonly #entry: Entry;
  readonly #body: Body;
  readonly #text: ModelInput;
  readonly #time: AxisId;
  readonly #times: ReadonlySet<AxisId>;
  readonly #fresh: AxisId;
  readonly #made: Dependence['made'];
  readonly #copy = new Copy();
  readonly #kept = new Map<string, { readonly input: ModelInput; readonly value: ValueId }>();
  readonly #given = new Map<ValueId, ModelInput>();

  constructor(model: Model, entry: Entry, text: ModelInput, time: AxisId, fresh: AxisId, { made }: Dependence) {
    this.#entry = entry;
    this.#body = entry.eval;
    this.#text = text;
    this.#time = time;
    this.#times = timesOf(model, time);
    this.#fresh = fresh;
    this.#made = made;
  }

  rewritten(): Rewritten {
    const [result] = this.#body.results;
    const value = this.#of(result.value, true);
    const kept = [...this.#kept.values()];
    const body: Body = {
      statements: this.#copy.statements,
      results: [{ ...result, value }, ...kept.map(({ input, value: own }) => ({ name: input.name, value: own }))],
      penalties: [],
      reports: [],
    };
    const first: ModelInput = { name: FIRST, axes: [], type: 'int', index: this.#time };
    const inputs = [this.#text, first, ...this.#given.values()];
    const next: Entry = { name: 'next', kind: 'function', inputs, kept: kept.map(({ input }) => input), train: body, eval: body };
    return this.#given.size === 0 ? { next } : { next, given: this.#giver() };
  }

  /** The statements as they were, with what is read of them as results. */
  #giver(): Entry {
    const results = [...this.#given].map(([value, { name }]) => ({ name, value }));
    const body: Body = { statements: this.#body.statements, results, penalties: [], reports: [] };
    return { name: 'given', kind: 'function', inputs: this.#entry.inputs, train: body, eval: body };
  }

  /** The value at new positions of its query, or at all positions of the one time that it has. */
  #of(id: ValueId, fresh: boolean): ValueId {
    const statement = this.#body.statements[id];
    const times = statement.axes.filter((axis) => this.#times.has(axis));
    if (this.#made[id] === 'given' && times.length === 0) return this.#brought(id, statement);
    if (fresh && times.length > 0) return this.#copied(id, statement, times[0]);
    const lies = this.#made[id] !== 'text' || this.#isGiven(statement);
    return lies ? this.#copied(id, statement, undefined) : this.#whole(id, statement, times[0]);
  }

  /** The text lies there whole: so does what is looked up in it by the position alone. */
  #isGiven({ expression: e }: Statement): boolean {
    if (e.is === 'input') return true;
    if (e.is === 'refit') return this.#isGiven(this.#body.statements[e.of]);
    const isInput = e.is === 'lookup' && this.#body.statements[e.of].expression.is === 'input';
    return (
      isInput &&
      e.at.every(
        ({ index, else: other }) => affine(this.#body, index) !== undefined && (other === undefined || this.#made[other] === 'fixed'),
      )
    );
  }

  #brought(id: ValueId, statement: Statement): ValueId {
    const input = this.#given.get(id) ?? { name: `given ${this.#given.size + 1}`, axes: statement.axes, type: statement.type };
    this.#given.set(id, input);
    return this.#copy.once(`given ${id}`, () => ({ ...statement, expression: { is: 'input', name: input.name } }));
  }

  /** What was kept, with the new positions written where they belong. */
  #whole(id: ValueId, statement: Statement, along: AxisId): ValueId {
    const key = `whole ${id}`;
    const value = this.#of(id, true);
    const plain = { path: statement.path, place: statement.place };
    const index = this.#copy.once(`distance ${along}`, () => {
      const at = this.#copy.once(`position ${along}`, () => position(along, plain));
      return { ...plain, name: 'distance', axes: [along], type: 'int', expression: { is: 'apply', f: 'sub', of: [at, this.#first()] } };
    });
    const name = this.#kept.get(key)?.input.name ?? `kept ${this.#kept.size + 1}`;
    const input: ModelInput = { name, axes: statement.axes, type: statement.type };
    const before = this.#copy.once(`kept ${id}`, () => ({ ...statement, expression: { is: 'input', name } }));
    const whole = this.#copy.once(key, () => ({
      ...statement,
      expression: { is: 'lookup', of: value, at: [{ axis: this.#fresh, index, else: before }] },
    }));
    this.#kept.set(key, { input, value: whole });
    return whole;
  }

  #first(): ValueId {
    const { path, place } = this.#body.statements[0];
    return this.#copy.once('first', () => ({ name: FIRST, axes: [], type: 'int', path, place, expression: { is: 'input', name: FIRST } }));
  }

  /** Of the new positions; the last one stands for what lies behind it. */
  #newPosition(): ValueId {
    const { path, place } = this.#body.statements[0];
    const plain = { path, place, type: 'int' } as const;
    const apply = (key: string, f: 'add' | 'sub' | 'min', of: readonly ValueId[], axes: readonly AxisId[]) =>
      this.#copy.once(key, () => ({ ...plain, name: key, axes, expression: { is: 'apply', f, of } }));
    const own = this.#copy.once('position new', () => position(this.#fresh, plain));
    const size = this.#copy.once('size', () => ({ ...plain, name: 'size', axes: [], expression: { is: 'size', axis: this.#time } }));
    const one = this.#copy.once('one', () => ({ ...plain, name: '1', axes: [], expression: { is: 'number', value: 1 } }));
    const last = apply('last', 'sub', [size, one], []);
    return apply('at', 'min', [apply('from first', 'add', [this.#first(), own], [this.#fresh]), last], [this.#fresh]);
  }

  /** A copy with the new positions in place of the axis `gone`. */
  #copied(id: ValueId, statement: Statement, gone: AxisId | undefined): ValueId {
    return this.#copy.once(`${id} ${gone ?? ''}`, () => {
      const axes = statement.axes.map((axis) => (axis === gone ? this.#fresh : axis));
      return { ...statement, axes, expression: this.#expression(statement.expression, gone) };
    });
  }

  #expression(e: Expression, gone: AxisId | undefined): Expression {
    const of = (id: ValueId) => this.#operand(id, gone);
    switch (e.is) {
      case 'input': {
        if (gone === undefined) return e;
        const id = this.#body.statements.findIndex(({ expression: other }) => other.is === 'input' && other.name === e.name);
        return { is: 'lookup', of: this.#of(id, false), at: [{ axis: this.#time, index: this.#newPosition() }] };
      }
      case 'position':
        return gone === undefined ? e : this.#copy.statements[this.#newPosition()].expression;
      case 'apply':
      case 'stack':
        return { ...e, of: e.of.map(of) };
      case 'product':
        return { ...e, factors: e.factors.map(of) };
      case 'reduce':
        return { ...e, of: of(e.of), ...(e.where === undefined ? {} : { where: of(e.where) }) };
      case 'refit': {
        const way = new Set<Move>();
        const source = e.moves.reduceRight((own, move) => {
          if (move.is !== 'rename' || move.to !== own) return own;
          way.add(move);
          return move.from;
        }, gone);
        return { ...e, of: this.#operand(e.of, source), moves: e.moves.filter((move) => !way.has(move)) };
      }
      case 'lookup': {
        const source = e.at.some(({ axis }) => axis === gone) ? undefined : gone;
        const at = e.at.map(({ axis, index, else: other }) => ({
          axis,
          index: of(index),
          ...(other === undefined ? {} : { else: of(other) }),
        }));
        return { ...e, of: this.#operand(e.of, source), at };
      }
      case 'top':
      case 'earlier':
      case 'window':
        return { ...e, of: of(e.of) };
      case 'join':
        return { ...e, parts: e.parts.map((part) => ({ ...part, of: of(part.of) })) };
      default:
        return e;
    }
  }

  /** At new positions where it has the axis that is gone, else at all of the one that it has. */
  #operand(id: ValueId, gone: AxisId | undefined): ValueId {
    const statement = this.#body.statements[id];
    const stands = gone !== undefined && statement.axes.includes(gone);
    return stands ? this.#copied(id, statement, gone) : this.#of(id, false);
  }
}

function position(axis: AxisId, { path, place }: Pick<Statement, 'path' | 'place'>): Statement {
  return { name: 'position', axes: [axis], type: 'int', path, place, expression: { is: 'position', axis } };
}
