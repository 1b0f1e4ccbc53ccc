/**
 * The flat list that a body becomes. Equal expressions are one statement (a mask is made once, not once for each block); what nothing
 * reads is dropped at the end.
 */
import type { Place } from '../../../grammar/diagnostic.ts';
import type { AxisId, Body, ElementType, Expression, Path, Statement, ValueId, WeightId } from '../../values/model.ts';
import { refuse } from '../refuse.ts';
import { silently } from './value.ts';

const mostStatements = 50_000;
type Open = { -readonly [Key in keyof Statement]: Statement[Key] };

export class Builder {
  readonly penalties: { path: Path; value: ValueId }[] = [];
  readonly reports: { path: Path; value: ValueId }[] = [];
  private readonly statements: Open[] = [];
  private readonly known = new Map<string, ValueId>();
  private readonly sites = new Map<string, number>();
  private work = 0;
  /** Where the statements that are emitted now come from. */
  path: Path = '';
  place: Place;

  constructor(place: Place) {
    this.place = place;
  }

  emit(expression: Expression, axes: readonly AxisId[], type: ElementType, name: string): ValueId {
    const key = `${JSON.stringify(expression)} ${axes.join()} ${type}`;
    const known = this.known.get(key);
    if (known !== undefined) return known;
    this.spend();
    const id = this.statements.length;
    this.statements.push({ name, axes, type, path: this.path, place: this.place, expression });
    this.known.set(key, id);
    return id;
  }

  /** The name in the source replaces the description that a fresh value was made with. */
  rename(value: ValueId, name: string, before: ValueId): void {
    if (value >= before) this.statements[value].name = name;
  }

  expression(value: ValueId): Expression {
    return this.statements[value].expression;
  }

  get length(): number {
    return this.statements.length;
  }

  number(value: number, type: ElementType): ValueId {
    return this.emit({ is: 'number', value }, [], type, String(value));
  }

  weight(weight: WeightId, axes: readonly AxisId[], path: Path): ValueId {
    return this.emit({ is: 'weight', weight }, axes, 'real', path);
  }

  /** The stream of the next draw: path, loop indices, number of the site in its body. */
  site(path: Path, loops: readonly number[]): string {
    const body = `${path}@${loops.join(',')}`;
    const count = (this.sites.get(body) ?? 0) + 1;
    this.sites.set(body, count);
    return `${body}#${count}`;
  }

  /** Counts iterations and statements, so that no loop runs away: a loop asks for all of its own before it begins. */
  spend(steps = 1): void {
    const told = this.work > mostStatements;
    this.work += steps;
    if (this.work <= mostStatements) return;
    if (told) silently();
    refuse({
      code: 'B218',
      message: `this body unrolls to more than ${mostStatements} statements`,
      at: this.place,
      label: 'here',
      hint: 'loops are unrolled; a family of layers is applied by few iterations over large tensors',
    });
  }

  /** The body that computes these results, without statements that they do not need. Penalties are of training, reports of evaluation. */
  finish(results: Body['results'], training: boolean): Body {
    const [penalties, reports] = training ? [this.penalties, []] : [[], this.reports];
    const used = new Uint8Array(this.statements.length);
    for (const { value } of [...results, ...penalties, ...reports]) used[value] = 1;
    for (let id = used.length - 1; id >= 0; id--)
      if (used[id]) for (const operand of operands(this.statements[id].expression)) used[operand] = 1;
    const renumbered = new Int32Array(used.length);
    let count = 0;
    for (let id = 0; id < used.length; id++) renumbered[id] = used[id] ? count++ : -1;
    const to = (id: ValueId) => renumbered[id];
    return {
      statements: this.statements.filter((_, id) => used[id]).map((s) => ({ ...s, expression: mapOperands(s.expression, to) })),
      results: results.map((result) => ({ ...result, value: to(result.value) })),
      penalties: penalties.map((penalty) => ({ ...penalty, value: to(penalty.value) })),
      reports: reports.map((report) => ({ ...report, value: to(report.value) })),
    };
  }
}

function operands(expression: Expression): ValueId[] {
  const found: ValueId[] = [];
  mapOperands(expression, (id) => {
    found.push(id);
    return id;
  });
  return found;
}

/** The expression with every value it reads replaced. */
export function mapOperands(expression: Expression, to: (id: ValueId) => ValueId): Expression {
  switch (expression.is) {
    case 'apply':
    case 'stack':
      return { ...expression, of: expression.of.map(to) };
    case 'product':
      return { ...expression, factors: expression.factors.map(to) };
    case 'reduce':
      return { ...expression, of: to(expression.of), ...(expression.where === undefined ? {} : { where: to(expression.where) }) };
    case 'refit':
    case 'top':
    case 'earlier':
    case 'window':
      return { ...expression, of: to(expression.of) };
    case 'lookup': {
      const at = expression.at.map((item) => ({
        ...item,
        index: to(item.index),
        ...(item.else === undefined ? {} : { else: to(item.else) }),
      }));
      return { ...expression, of: to(expression.of), at };
    }
    case 'draw':
      return expression.probability === undefined ? expression : { ...expression, probability: to(expression.probability) };
    case 'join':
      return { ...expression, parts: expression.parts.map((part) => ({ ...part, of: to(part.of) })) };
    default:
      return expression;
  }
}
