/**
 * A method: the statements and calls of one layer, or of the whole model, as lines. Variables have the names of the source and are used
 * again once their value is read no more, as a person does it: so equal layers become equal lines.
 */
import type { Body, ValueId } from '../../values/body.ts';
import type { AxisId, Model, Path } from '../../values/model.ts';
import { readsOf } from '../../values/reads.ts';
import { dense, netOf } from './contraction.ts';
import { type Call, type Item, isCall, isFree } from './outline.ts';
import { isNumber } from './pointwise.ts';
import { type Code, name, variable } from './python.ts';
import { NotSayable, rootOf, type Scope } from './scope.ts';
import { statementCode } from './statement.ts';

export interface FunctionRequest {
  readonly model: Model;
  readonly body: Body;
  readonly path: Path;
  readonly items: readonly Item[];
  readonly inputs: readonly { readonly name: string; readonly value: ValueId }[];
  readonly outputs: readonly ValueId[];
  readonly assumed: (axis: AxisId) => number;
  /** The expression that calls a layer's method: `self.block['1'].query`. */
  callee(call: Call): string;
  /** Of a tensor of the model, seen from `path`. */
  parameter(path: Path, name: Path): string;
}
export interface Written {
  readonly parameters: readonly string[];
  readonly lines: readonly string[];
}

/** An expression with a name of its own in the source is a line of its own; others join the expression that reads them, up to so many. */
const DEEPEST = 3;
const NAMELESS = /^(fit|product|lookup|stack|join|draw|top|window|earlier|weight|sum|mean|max|min|any|all|logsumexp|-?[\d.e+]+|@.*)$/;
const functionNames = new Set(
  (
    'add sub mul div neg pow idiv mod min max abs floor exp log sqrt tanh erf sin cos sigmoid relu gelu gelu_tanh silu lt le eq ne gt ge ' +
    'and or not select stop real int'
  ).split(' '),
);
const isNameless = (text: string): boolean => NAMELESS.test(text) || functionNames.has(text) || text.includes('.') || text.includes('[');

export function writeFunction(request: FunctionRequest): Written {
  return new Writer(request).write();
}

class Writer implements Scope {
  readonly model: Model;
  readonly body: Body;
  readonly path: Path;
  readonly assumed: (axis: AxisId) => number;
  readonly #request: FunctionRequest;
  readonly #lines: string[] = [];
  readonly #codes = new Map<ValueId, Code>();
  /** Who has a name at present. */
  readonly #holders = new Map<string, ValueId>();
  /** The last item that reads a value, through expressions that hold it too. */
  readonly #last = new Map<ValueId, number>();
  readonly #uses = new Map<ValueId, number>();
  readonly #depth = new Map<ValueId, number>();
  readonly #temporaries = new Set<string>();
  #now = 0;

  constructor(request: FunctionRequest) {
    this.#request = request;
    this.model = request.model;
    this.body = request.body;
    this.path = request.path;
    this.assumed = request.assumed;
    this.#count();
  }

  write(): Written {
    const parameters = this.#request.inputs.map(({ name: wanted, value }) => this.#define(value, variable(wanted)));
    for (const [k, item] of this.#request.items.entries()) {
      this.#now = k;
      this.#temporaries.clear();
      if (isCall(item)) this.#call(item);
      else this.#statement(item);
    }
    const results = this.#request.outputs.map((id) => this.code(id).text);
    this.#return(results);
    return { parameters, lines: this.#lines };
  }

  /** What the last line gives a name to and nothing else reads is returned as it is. */
  #return(results: readonly string[]): void {
    const last = this.#lines.at(-1);
    const [only] = results;
    if (results.length === 1 && last?.startsWith(`${only} = `))
      this.#lines[this.#lines.length - 1] = `return ${last.slice(only.length + 3)}`;
    else this.line(`return ${results.join(', ')}`);
  }

  #reads(item: Item): readonly ValueId[] {
    if (isCall(item)) return item.inputs;
    const expand = (id: ValueId): readonly ValueId[] => (isFree(this.body.statements[id].expression) ? [] : [id]);
    return readsOf(this.body.statements[item].expression).flatMap(expand);
  }
  /** Uses, last uses and whether an expression stays small enough to be part of another. */
  #count(): void {
    const { items, outputs } = this.#request;
    for (const [k, item] of items.entries())
      for (const id of this.#reads(item)) {
        this.#uses.set(id, (this.#uses.get(id) ?? 0) + 1);
        this.#last.set(id, k);
      }
    for (const id of outputs) {
      this.#uses.set(id, (this.#uses.get(id) ?? 0) + 2);
      this.#last.set(id, items.length);
    }
    for (let k = items.length - 1; k >= 0; k--) {
      const item = items[k];
      if (isCall(item) || !this.#joins(item)) continue;
      const end = this.#last.get(item) ?? k;
      for (const id of this.#reads(item)) this.#last.set(id, Math.max(this.#last.get(id)!, end));
    }
  }
  /** Is this value written where it is read? What only renames is, whoever reads it. */
  #joins(id: ValueId): boolean {
    const { expression, name: own } = this.body.statements[id];
    if (this.#renames(id) || isNumber(this, id)) return true;
    if ((this.#uses.get(id) ?? 0) > 1 || !isNameless(own) || expression.is === 'draw') return false;
    return this.#depthOf(id) <= DEEPEST;
  }
  #renames(id: ValueId): boolean {
    const { expression, axes } = this.body.statements[id];
    if (expression.is !== 'refit' || expression.moves.some((move) => move.is !== 'rename')) return false;
    const from = this.body.statements[expression.of].axes.map((axis) =>
      expression.moves.reduce((now, move) => (move.is === 'rename' && move.from === now ? move.to : now), axis),
    );
    return from.every((axis, k) => axis === axes[k]);
  }
  #depthOf(id: ValueId): number {
    const known = this.#depth.get(id);
    if (known !== undefined) return known;
    const inner = readsOf(this.body.statements[id].expression).map((read) =>
      isFree(this.body.statements[read].expression) || !this.#joins(read) ? 0 : this.#depthOf(read),
    );
    const depth = (this.#renames(id) ? 0 : 1) + Math.max(0, ...inner);
    this.#depth.set(id, depth);
    return depth;
  }

  #statement(id: ValueId): void {
    const statement = this.body.statements[id];
    if (this.#renames(id)) {
      const { expression } = statement;
      // A weight whose axes are renamed stays a weight.
      if (expression.is === 'refit' && netOf(this, id) === undefined) this.#codes.set(id, this.code(expression.of));
      return;
    }
    if (netOf(this, id) !== undefined) return;
    const wanted = variable(isNameless(statement.name) ? this.#nameFor(id) : statement.name);
    const code = statementCode(this, statement, wanted);
    if (this.#joins(id)) {
      this.#codes.set(id, code);
      return;
    }
    this.line(`${this.#define(id, wanted)} = ${code.text}`);
  }
  /** A nameless value has the name of the variable that it will become, if that is clear, else `x`. */
  #nameFor(id: ValueId): string {
    const { expression } = this.body.statements[id];
    if (expression.is === 'position') return this.model.axes[expression.axis].name;
    const reader = this.#request.items.find((item) => !isCall(item) && this.#reads(item).includes(id));
    if (reader === undefined || isCall(reader)) return 'x';
    const { name: next } = this.body.statements[reader];
    return isNameless(next) ? 'x' : next;
  }

  #call(call: Call): void {
    const args = call.inputs.map((id) => this.code(id).text);
    const text = `${this.#request.callee(call)}(${args.join(', ')})`;
    const [only] = call.outputs;
    if (call.outputs.length === 1 && this.#uses.get(only) === 1 && this.#last.get(only) === this.#now + 1) {
      this.#codes.set(only, name(text));
      return;
    }
    const names = call.outputs.map((id) => this.#define(id, variable(this.#nameAfter(id))));
    this.line(`${names.join(', ')} = ${text}`);
  }
  /** What a result of a call is called by who takes it. */
  #nameAfter(id: ValueId): string {
    const renamed = this.#request.items.find((item) => !isCall(item) && this.#renames(item) && this.#reads(item)[0] === id);
    const own = this.body.statements[id].name;
    const later = renamed === undefined ? own : this.body.statements[renamed as ValueId].name;
    return isNameless(later) ? (isNameless(own) ? 'x' : own) : later;
  }

  /** A name for a value: the one wanted, unless a value that is still read has it. */
  #define(id: ValueId, wanted: string): string {
    let chosen = wanted;
    for (let k = 2; this.#isTaken(chosen, id); k++) chosen = `${wanted}_${k}`;
    this.#holders.set(chosen, id);
    this.#codes.set(id, name(chosen));
    return chosen;
  }
  #isTaken(candidate: string, id: ValueId): boolean {
    const holder = this.#holders.get(candidate);
    return holder !== undefined && holder !== id && (this.#last.get(holder) ?? -1) > this.#now;
  }

  // Scope
  code(id: ValueId): Code {
    const known = this.#codes.get(id);
    if (known !== undefined) return known;
    const statement = this.body.statements[id];
    const net = netOf(this, id);
    if (net !== undefined) return dense(this, net, statement.axes);
    if (!isFree(statement.expression)) throw new Error(`value ${id} (${statement.name}) is read before it is written`);
    return statementCode(this, statement, 'w');
  }
  line(text: string): void {
    this.#lines.push(text);
  }
  /** For what the steps of one product hand to each other. */
  fresh(wanted: string): string {
    const isBusy = (candidate: string) => {
      const holder = this.#holders.get(candidate);
      return this.#temporaries.has(candidate) || (holder !== undefined && (this.#last.get(holder) ?? -1) >= this.#now);
    };
    let chosen = wanted;
    for (let k = 2; isBusy(chosen); k++) chosen = `${wanted}_${k}`;
    this.#temporaries.add(chosen);
    this.#holders.delete(chosen);
    return chosen;
  }
  device(): string {
    const [first] = this.#holders.keys();
    if (first === undefined) throw new NotSayable('a new tensor where no other is at hand');
    return `${first}.device`;
  }
  size(axis: AxisId): string {
    const { size } = this.model.axes[axis];
    if (typeof size === 'number') return String(size);
    const root = rootOf(this.model, axis);
    const found = [...this.#codes].find(
      ([id, { text }]) =>
        /^\w+$/.test(text) &&
        this.#holders.get(text) === id &&
        this.body.statements[id].axes.some((own) => rootOf(this.model, own) === root),
    );
    if (found === undefined) throw new NotSayable(`the size of an open axis: nothing at hand has the axis ${this.model.axes[axis].name}`);
    const [id, { text }] = found;
    return `${text}.shape[${this.body.statements[id].axes.findIndex((own) => rootOf(this.model, own) === root)}]`;
  }
  parameter(own: Path): string {
    return this.#request.parameter(this.path, own);
  }
}
