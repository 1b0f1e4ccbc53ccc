/**
 * The flat list that a body becomes. Equal expressions are one statement (a mask is made once, not once for each block); what nothing
 * reads is dropped at the end.
 */
import type { Place } from '../../../grammar/diagnostic.ts';
import type { AxisId, Body, ElementType, Expression, Path, Statement, ValueId, WeightId } from '../../values/model.ts';
import { readsOf } from '../../values/reads.ts';
import { refuse } from '../refuse.ts';
import { silently } from './value.ts';

const mostStatements = 50_000;
type Told = 'penalty' | 'report';

/** What was asked of a builder, in order: bodies of equal layers ask the same again (template.ts). */
export type Step =
  | { readonly is: 'emit'; readonly id: ValueId; readonly statement: Statement }
  /** As `emit`; its stream is made of the path and the loops. */
  | { readonly is: 'draw'; readonly id: ValueId; readonly statement: Statement; readonly loops: readonly number[] }
  | { readonly is: 'rename'; readonly value: ValueId; readonly name: string; readonly since: Mark }
  | { readonly is: 'spend'; readonly steps: number }
  | { readonly is: 'tell'; readonly kind: Told; readonly path: Path; readonly loops: readonly number[]; readonly value: ValueId };
/** A moment: how many statements and steps there were. */
export interface Mark {
  readonly statements: number;
  readonly steps: number;
}
type Draw = Omit<Expression & { readonly is: 'draw' }, 'site'>;

export class Builder {
  readonly steps: Step[] = [];
  private readonly told: Record<Told, { path: Path; value: ValueId }[]> = { penalty: [], report: [] };
  private readonly statements: Statement[] = [];
  private readonly names: string[] = [];
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
    const statement = { name, axes, type, path: this.path, place: this.place, expression };
    const id = this.add(statement);
    this.steps.push({ is: 'emit', id, statement });
    return id;
  }

  /** The stream of a draw: path, loop indices, number of the site in its body. */
  draw(draw: Draw, loops: readonly number[], axes: readonly AxisId[], name: string): ValueId {
    const body = `${this.path}@${loops.join(',')}`;
    const count = (this.sites.get(body) ?? 0) + 1;
    this.sites.set(body, count);
    const expression: Expression = { ...draw, site: `${body}#${count}` };
    const statement = { name, axes, type: 'real' as const, path: this.path, place: this.place, expression };
    const id = this.add(statement);
    this.steps.push({ is: 'draw', id, statement, loops });
    return id;
  }

  private add(statement: Statement): ValueId {
    const key = keyOf(statement);
    const known = this.known.get(key);
    if (known !== undefined) return known;
    this.count(1);
    const id = this.statements.length;
    this.statements.push(statement);
    this.names.push(statement.name);
    this.known.set(key, id);
    return id;
  }

  /** A penalty or a report; a second one of a path in a loop gets the numbers of the loop. */
  tell(kind: Told, path: Path, loops: readonly number[], value: ValueId): void {
    const known = this.told[kind];
    const numbered = loops.length > 0 && known.some((other) => other.path === path);
    known.push({ path: numbered ? `${path}@${loops.join(',')}` : path, value });
    this.steps.push({ is: 'tell', kind, path, loops, value });
  }

  mark(): Mark {
    return { statements: this.statements.length, steps: this.steps.length };
  }

  /** The name in the source replaces the description that a value made since then was made with. */
  rename(value: ValueId, name: string, since: Mark): void {
    if (value >= since.statements) this.names[value] = name;
    this.steps.push({ is: 'rename', value, name, since });
  }

  expression(value: ValueId): Expression {
    return this.statements[value].expression;
  }

  number(value: number, type: ElementType): ValueId {
    return this.emit({ is: 'number', value }, [], type, String(value));
  }

  weight(weight: WeightId, axes: readonly AxisId[], path: Path): ValueId {
    return this.emit({ is: 'weight', weight }, axes, 'real', path);
  }

  /** Counts iterations and statements, so that no loop runs away: a loop asks for all of its own before it begins. */
  spend(steps = 1): void {
    this.steps.push({ is: 'spend', steps });
    this.count(steps);
  }

  /** How much may still be spent. */
  get left(): number {
    return mostStatements - this.work;
  }

  private count(steps: number): void {
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

  /** Whether penalties or reports make training and evaluation differ. */
  get tells(): boolean {
    return this.told.penalty.length + this.told.report.length > 0;
  }

  /** The body that computes these results, without statements that they do not need. Penalties are of training, reports of evaluation. */
  finish(results: Body['results'], training: boolean): Body {
    const [penalties, reports] = training ? [this.told.penalty, []] : [[], this.told.report];
    const used = new Uint8Array(this.statements.length);
    for (const { value } of [...results, ...penalties, ...reports]) used[value] = 1;
    for (let id = used.length - 1; id >= 0; id--)
      if (used[id]) for (const operand of readsOf(this.statements[id].expression)) used[operand] = 1;
    const renumbered = new Int32Array(used.length);
    let count = 0;
    for (let id = 0; id < used.length; id++) renumbered[id] = used[id] ? count++ : -1;
    const to = (id: ValueId) => renumbered[id];
    // Up to the first that is dropped numbers stay.
    const still = used.indexOf(0) < 0 ? used.length : used.indexOf(0);
    const statements: Statement[] = [];
    for (const [id, statement] of this.statements.entries()) {
      if (!used[id]) continue;
      const name = this.names[id];
      if (id < still && name === statement.name) statements.push(statement);
      else statements.push({ ...statement, name, expression: id < still ? statement.expression : mapOperands(statement.expression, to) });
    }
    return {
      statements,
      results: results.map((result) => ({ ...result, value: to(result.value) })),
      penalties: penalties.map((penalty) => ({ ...penalty, value: to(penalty.value) })),
      reports: reports.map((report) => ({ ...report, value: to(report.value) })),
    };
  }
}

/** Equal keys are one statement: what is computed, its axes and its type. */
function keyOf({ expression, axes, type }: Statement): string {
  return `${saidOf(expression)} ${axes.join()} ${type}`;
}

/** As JSON would, for most of a body without its price. */
function saidOf(expression: Expression): string {
  if (expression.is === 'apply') return `${expression.f} ${expression.of.join()}`;
  if (expression.is === 'product') return `* ${expression.factors.join()}`;
  if (expression.is === 'weight') return `w ${expression.weight}`;
  return JSON.stringify(expression);
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
