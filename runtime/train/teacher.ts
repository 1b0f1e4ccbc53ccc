/**
 * A teacher in the training step: a second model, dense or not, whose functions read the same inputs. It is part of the step's program, with
 * parameters that are constants, so that its networks are rebuilt once and nothing of it has a gradient. What it says becomes losses beside
 * those of the model: logits by the Kullback-Leibler divergence at a temperature, times its square (Hinton, Vinyals and Dean, 2015), other
 * results by mean squares.
 */
import type {
  AxisId,
  Body,
  Entry,
  Expression,
  Model,
  ModelAxis,
  Parameter,
  Statement,
  ValueId,
  Weight,
} from '../../compiler/values/model.ts';
import { renumberTerm } from '../../compiler/values/term.ts';
import { BondsmithError } from '../../grammar/error.ts';
import type { HostTensor } from '../weights/tensor.ts';
import type { TrainConfig } from './config.ts';
import { withMoved } from './moved.ts';

export interface Teacher {
  readonly model: Model;
  /** By parameter id. */
  readonly values: readonly HostTensor[];
}
/** Teacher and model cannot be compared: what of which. */
export class TeacherError extends BondsmithError {
  constructor(message: string) {
    super('teacher', message);
    this.name = 'TeacherError';
  }
}

const PREFIX = 'teacher/';
export const isOfTeacher = (parameter: string): boolean => parameter.startsWith(PREFIX);
/** What a parameter of the teacher is called in the step. */
export const nameInStep = ({ names }: Parameter): string => `${PREFIX}${names[0]}`;

/** The model with losses that compare it with its teacher, and their weights. Throws TeacherError. */
export function taughtModel(
  model: Model,
  teacher: Model,
  config: TrainConfig,
): { model: Model; losses: { name: string; weight: number }[] } {
  const { temperature = 2, weight = 1, logits, hidden = {} } = config.teacher ?? {};
  const parts = [
    { ...resultOf(model, logits), weight, temperature },
    ...Object.entries(hidden).map(([name, own]) => ({ ...resultOf(model, name), weight: own, temperature: undefined })),
  ];
  const joined = new Joined(model, teacher);
  const losses = parts.map(({ entry, result, weight: own, temperature: at }) => ({ name: joined.compare(entry, result, at), weight: own }));
  return { model: joined.model(), losses };
}

/** `scores` of `forward`, `FUNCTION.RESULT` of any; without a name the only real result of `forward`. */
function resultOf(model: Model, name: string | undefined): { entry: Entry; result: string } {
  const functions = model.entries.filter(({ kind }) => kind === 'function');
  const all = functions.flatMap((entry) =>
    entry.train.results
      .filter(({ value }) => entry.train.statements[value].type === 'real')
      .map((result) => ({ entry, result: result.name, said: `${entry.name}.${result.name}` })),
  );
  const has = all.length === 0 ? 'it has no function with a result of numbers' : `it has ${all.map(({ said }) => said).join(', ')}`;
  const found = all.filter(({ entry, result, said }) =>
    name === undefined ? entry.name === 'forward' : said === name || (entry.name === 'forward' && result === name),
  );
  if (found.length === 1) return found[0];
  if (name !== undefined) throw new TeacherError(`${model.name} has no result ${name} that a teacher could be compared in; ${has}`);
  throw new TeacherError(`which result of ${model.name} are the logits must be said, "teacher": {"logits": "FUNCTION.RESULT"}; ${has}`);
}

class Joined {
  readonly #own: Model;
  readonly #teacher: Model;
  readonly #axes: ModelAxis[];
  readonly #added: Entry[] = [];
  /** Open axes of the teacher are those of the model. */
  readonly #axisOf = new Map<AxisId, AxisId>();

  constructor(model: Model, teacher: Model) {
    this.#own = model;
    this.#teacher = teacher;
    this.#axes = [...model.axes];
  }

  model(): Model {
    const [axes, first, weight] = [this.#axes, this.#own.parameters.length, this.#own.weights.length];
    const parameters = this.#teacher.parameters.map((parameter): Parameter => {
      const [path] = [nameInStep(parameter)];
      const { legs, positions } = parameter;
      const of = positions === undefined ? {} : { positions };
      const init = { law: { is: 'zeros' }, scale: 1 } as const;
      return { id: first + parameter.id, names: [path], legs, ...of, origin: { is: 'fresh', path }, init, update: { frozen: true } };
    });
    const weights = this.#teacher.weights.map((own): Weight => {
      const terms = own.terms.map((term) => renumberTerm(term, (id) => first + id));
      return {
        ...own,
        id: weight + own.id,
        path: `${PREFIX}${own.path}`,
        axes: own.axes.map((axis) => ({ ...axis, axis: this.#axis(axis.axis) })),
        terms,
      };
    });
    return {
      ...this.#own,
      axes,
      parameters: [...this.#own.parameters, ...parameters],
      weights: [...this.#own.weights, ...weights],
      entries: [...this.#own.entries, ...this.#added],
    };
  }

  /** Adds a loss; `temperature` undefined: of mean squares. Gives its name. */
  compare(entry: Entry, result: string, temperature: number | undefined): string {
    const said = `${entry.name}.${result}`;
    const theirs = this.#teacher.entries.find(({ kind, name }) => kind === 'function' && name === entry.name);
    if (theirs === undefined) throw new TeacherError(`the teacher ${this.#teacher.name} has no function ${entry.name}`);
    for (const { name } of entry.inputs)
      if (!this.#own.inputs.some((input) => input.name === name))
        throw new TeacherError(
          `${entry.name} takes ${name}, which is no input of ${this.#own.name}: call it as the input that it is given`,
        );
    this.#meet(entry, theirs);
    const name = `teacher.${result}`;
    if (this.#own.entries.some((one) => one.name === name) || this.#added.some((one) => one.name === name))
      throw new TeacherError(`${said} is compared twice`);
    const body = (own: Body) => this.#body(own, theirs.eval, entry, result, temperature);
    this.#added.push({ name, kind: 'loss', inputs: entry.inputs, train: body(entry.train), eval: body(entry.eval) });
    return name;
  }

  /** Inputs of the same name are the same; their open axes are one. */
  #meet(entry: Entry, theirs: Entry): void {
    for (const input of theirs.inputs) {
      const own = entry.inputs.find(({ name }) => name === input.name);
      if (own === undefined) throw new TeacherError(`the teacher's ${theirs.name} takes ${input.name}, which ${this.#own.name}'s does not`);
      this.#sameShape(`the input ${input.name}`, own.axes, input.axes);
      const [mine, other] = [
        own.index === undefined ? 0 : this.#own.axes[own.index].size,
        input.index === undefined ? 0 : this.#teacher.axes[input.index].size,
      ];
      if (typeof mine === 'number' && typeof other === 'number' && mine !== other)
        throw new TeacherError(
          `the input ${input.name} counts to ${mine} in ${this.#own.name}, to ${other} in its teacher ${this.#teacher.name}`,
        );
    }
  }

  #sameShape(what: string, own: readonly AxisId[], theirs: readonly AxisId[]): void {
    const text = ({ axes }: Model, ids: readonly AxisId[]) =>
      `[${ids.map((id) => (typeof axes[id].size === 'number' ? axes[id].size : axes[id].name)).join(', ')}]`;
    const differ = () => {
      const [mine, other] = [text(this.#own, own), text(this.#teacher, theirs)];
      return new TeacherError(`${what} is ${mine} in ${this.#own.name} and ${other} in its teacher ${this.#teacher.name}`);
    };
    if (own.length !== theirs.length) throw differ();
    for (const [k, id] of own.entries()) {
      const [mine, other] = [this.#own.axes[id].size, this.#teacher.axes[theirs[k]].size];
      if (typeof mine !== typeof other || (typeof mine === 'number' && mine !== other)) throw differ();
      if (typeof other === 'number') continue;
      const root = (mine as { open: AxisId }).open;
      const known = this.#axisOf.get(other.open);
      if (known !== undefined && known !== root) throw differ();
      this.#axisOf.set(other.open, root);
    }
  }

  /** An axis of the teacher in the model of both. */
  #axis(id: AxisId): AxisId {
    const known = this.#axisOf.get(id);
    if (known !== undefined) return known;
    const { name, size, products, primeOf } = this.#teacher.axes[id];
    const own = this.#axes.length;
    this.#axisOf.set(id, own);
    this.#axes.push({ id: own, name, size: own, products: [] });
    this.#axes[own] = {
      id: own,
      name,
      size: typeof size === 'number' ? size : { ...size, open: size.open === id ? own : this.#axis(size.open) },
      products: products.map((product) => product.map((axis) => this.#axis(axis))),
      ...(primeOf === undefined ? {} : { primeOf: this.#axis(primeOf) }),
    };
    return own;
  }

  #body(own: Body, theirs: Body, entry: Entry, result: string, temperature: number | undefined): Body {
    const statements: Statement[] = [...own.statements];
    const { path, place } = own.statements[own.results[0].value];
    const add = (axes: readonly AxisId[], expression: Expression): ValueId =>
      statements.push({ name: 'teacher', axes, type: 'real', path, place, expression }) - 1;
    const places = new Map<ValueId, ValueId>();
    for (const [id, statement] of theirs.statements.entries()) places.set(id, this.#copied(statement, entry, places, statements));
    const mine = own.results.find(({ name }) => name === result)!.value;
    const other = theirs.results.find(({ name }) => name === result)?.value;
    if (other === undefined) throw new TeacherError(`the teacher's ${entry.name} has no result ${result}`);
    const { axes } = own.statements[mine];
    this.#sameShape(`${entry.name}.${result}`, axes, theirs.statements[other].axes);
    const from = theirs.statements[other].axes.map((axis) => this.#axis(axis));
    const moves = from.flatMap((axis, k) => (axis === axes[k] ? [] : [{ is: 'rename' as const, from: axis, to: axes[k] }]));
    const told = moves.length === 0 ? places.get(other)! : add(axes, { is: 'refit', of: places.get(other)!, moves });
    const value = temperature === undefined ? squares(add, axes, mine, told) : divergence(add, axes, mine, told, temperature);
    return { statements, results: [{ name: 'loss', value }], penalties: [], reports: [] };
  }

  /** A statement of the teacher, behind what is there; an input is the model's, under the teacher's axes. */
  #copied(statement: Statement, entry: Entry, places: ReadonlyMap<ValueId, ValueId>, statements: Statement[]): ValueId {
    const axes = statement.axes.map((axis) => this.#axis(axis));
    const { expression } = statement;
    const path = `${PREFIX}${statement.path}`;
    if (expression.is !== 'input') {
      const moved = withMoved(expression, {
        value: (id) => places.get(id)!,
        axis: (id) => this.#axis(id),
        weight: (id) => this.#own.weights.length + id,
      });
      return statements.push({ ...statement, path, axes, expression: moved }) - 1;
    }
    const of = entry.inputs.findIndex(({ name }) => name === expression.name);
    const own = statements[of].axes;
    const moves = own.flatMap((axis, k) => (axis === axes[k] ? [] : [{ is: 'rename' as const, from: axis, to: axes[k] }]));
    return moves.length === 0 ? of : statements.push({ ...statement, path, axes, expression: { is: 'refit', of, moves } }) - 1;
  }
}

type Add = (axes: readonly AxisId[], expression: Expression) => ValueId;

function squares(add: Add, axes: readonly AxisId[], mine: ValueId, told: ValueId): ValueId {
  const apart = add(axes, { is: 'apply', f: 'sub', of: [mine, told] });
  const square = add(axes, { is: 'apply', f: 'mul', of: [apart, apart] });
  return add([], { is: 'reduce', combine: 'mean', over: axes, of: square });
}

/** temperature^2 * mean over rows of sum p (log p - log q) along the last axis, p of the teacher. */
function divergence(add: Add, axes: readonly AxisId[], mine: ValueId, told: ValueId, temperature: number): ValueId {
  const rows = axes.slice(0, -1);
  const over = axes.slice(-1);
  const number = (value: number) => add([], { is: 'number', value });
  const softened = (of: ValueId) => {
    const scaled = add(axes, { is: 'apply', f: 'div', of: [of, number(temperature)] });
    const whole = add(rows, { is: 'reduce', combine: 'logsumexp', over, of: scaled });
    return add(axes, { is: 'apply', f: 'sub', of: [scaled, whole] });
  };
  const [q, p] = [softened(mine), softened(told)];
  const shares = add(axes, { is: 'apply', f: 'exp', of: [p] });
  const each = add(rows, { is: 'product', factors: [shares, add(axes, { is: 'apply', f: 'sub', of: [p, q] })] });
  const mean = rows.length === 0 ? each : add([], { is: 'reduce', combine: 'mean', over: rows, of: each });
  return add([], { is: 'apply', f: 'mul', of: [mean, number(temperature ** 2)] });
}
