/** Appends nodes to a program: types are inferred, and an error of a shape rule says at which node it arose. */
import { AxisError, type Table } from '../values/operation.ts';
import type { Constant, Id, Node, Origin, Output, Program, Source, Type } from '../values/program.ts';
import { ScalarError } from '../values/scalar.ts';
import { printType, sameShape } from '../values/shape.ts';

export class Builder {
  readonly table: Table;
  readonly nodes: Node[];
  /** Of the nodes that are added without an origin of their own. */
  origin: Origin;
  /** Leaves by kind and name, among the first `#seen` nodes. */
  readonly #sources = new Map<string, Id>();
  #seen = 0;

  /** Starts from given nodes, which are not changed. */
  constructor(table: Table, nodes: readonly Node[] = [], origin: Origin = { path: '', section: 'forward' }) {
    this.table = table;
    this.nodes = [...nodes];
    this.origin = origin;
  }

  /** The new node's id. Throws AxisError where the operation's shape rule refuses the inputs. */
  add<A>(operation: string, inputs: readonly Id[], attributes: A, origin: Origin = this.origin): Id {
    const record = this.table.get(operation);
    if (record === undefined) throw new Error(`there is no operation ${operation}`);
    const types = inputs.map((input) => this.type(input));
    try {
      this.nodes.push({ operation, inputs, attributes, type: record.infer(attributes, types), origin });
    } catch (error) {
      if (!(error instanceof AxisError || error instanceof ScalarError)) throw error;
      const where = `%${this.nodes.length} = ${operation}${origin.path === '' ? '' : ` of ${origin.path}`}`;
      throw new AxisError(`${where} on (${inputs.map((id) => `%${id}: ${printType(this.type(id))}`).join(', ')}): ${error.message}`);
    }
    return this.nodes.length - 1;
  }

  type(id: Id): Type {
    const node = this.nodes[id];
    if (node === undefined) throw new Error(`%${id} is used before it is there; the program has ${this.nodes.length} nodes`);
    return node.type;
  }

  /** The leaf of this kind and name; one that is there already is found again. */
  source(source: Source, type: Type, origin: Origin = this.origin): Id {
    const known = this.#known(`${source.kind} ${source.name}`);
    if (known === undefined) return this.add('source', [], { kind: source.kind, name: source.name, rate: source.rate, type }, origin);
    if (!sameShape(this.type(known), type)) {
      throw new AxisError(`${source.kind} ${source.name} is ${printType(this.type(known))} and ${printType(type)}`);
    }
    return known;
  }
  /** Nodes are also added to the list as they are, so what is new is looked at here. */
  #known(key: string): Id | undefined {
    for (; this.#seen < this.nodes.length; this.#seen++) {
      const { operation, attributes } = this.nodes[this.#seen];
      const { kind, name } = attributes as Source;
      if (operation === 'source' && !this.#sources.has(`${kind} ${name}`)) this.#sources.set(`${kind} ${name}`, this.#seen);
    }
    return this.#sources.get(key);
  }

  constant(value: Constant['value'], type: Type, origin: Origin = this.origin): Id {
    return this.add('constant', [], { value, type }, origin);
  }

  program(name: string, outputs: readonly Output[]): Program {
    return { name, nodes: [...this.nodes], outputs };
  }
}
