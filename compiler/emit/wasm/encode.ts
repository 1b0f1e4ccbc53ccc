/**
 * The bytes of a module from its folded text: the part of the format that kernels use, in one walk. binaryen, which is the reference of the
 * tests for it, is 14.8 MB and takes 0.8 s to be loaded; V8 optimises what it gets.
 */
import { joined, section, signed } from './bytes.ts';
import { instructions, unsigned } from './opcodes.ts';
import { headOf, isList, parse, type SExpression } from './s-expression.ts';

const types: Readonly<Record<string, number>> = { i32: 0x7f, i64: 0x7e, f32: 0x7d, f64: 0x7c, v128: 0x7b, funcref: 0x70 };

/** Throws Error for text that it does not know. What is no valid module is found by whoever compiles it. */
export function encode(text: string): Uint8Array<ArrayBuffer> {
  const [module] = parse(text);
  if (headOf(module) !== 'module') throw new Error('the text of a module begins with (module');
  return new Encoder(module.slice(1) as SExpression[][]).bytes();
}

interface Function_ {
  readonly type: number;
  readonly code: readonly number[];
}

/** Names of one kind in the order of their numbers. */
class Names {
  private readonly numbers = new Map<string, number>();
  private count = 0;
  add(name: string | undefined): number {
    if (name !== undefined) this.numbers.set(name, this.count);
    return this.count++;
  }
  get(name: string): number {
    const found = this.numbers.get(name);
    if (found === undefined) throw new Error(`${name} has no declaration in the text of a module`);
    return found;
  }
}

class Encoder {
  private readonly signatures = new Map<string, number>();
  private readonly named = new Map<string, number>();
  private readonly functions = new Names();
  private readonly globals = new Names();
  private readonly sections = { imports: [] as number[][], globals: [] as number[][], exports: [] as number[][] };
  private readonly fields: readonly SExpression[][];

  constructor(fields: readonly SExpression[][]) {
    this.fields = fields;
  }

  bytes(): Uint8Array<ArrayBuffer> {
    for (const field of this.fields)
      if (field[0] === 'type') this.named.set(String(field[1]), this.signature(field[2] as SExpression[]).type);
    for (const field of this.fields) if (field[0] === 'import') this.import(field);
    const own = this.fields.filter(([head]) => head === 'func');
    const numbers = new Map(own.map((field) => [field, this.functions.add(nameOf(field))]));
    for (const field of this.fields) {
      if (field[0] === 'func') this.exported(field, 0, numbers.get(field)!);
      if (field[0] === 'global') this.global(field);
    }
    const made = own.map((field): Function_ => this.function(field));
    const signatures = [...this.signatures.keys()].map((key) => key.split(',').map(Number));
    const code = made.map(({ code }) => joined([unsigned(code.length), code]));
    const { imports, globals, exports } = this.sections;
    const sections = [
      section(1, signatures),
      section(2, imports),
      section(
        3,
        made.map(({ type }) => unsigned(type)),
      ),
      section(6, globals),
      section(7, exports),
      section(10, code),
    ];
    return Uint8Array.from(joined([[0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0], ...sections]));
  }

  /** Parameters and results of a function's head, and the number of its type. */
  private signature(head: readonly SExpression[]): { readonly type: number; readonly parameters: readonly (string | undefined)[] } {
    const parameters: { readonly name?: string; readonly type: string }[] = [];
    const results: string[] = [];
    for (const part of head) {
      if (!isList(part)) continue;
      const own = part.slice(1) as string[];
      if (part[0] === 'result') results.push(...own);
      else if (part[0] === 'param' && own[0]?.startsWith('$')) parameters.push({ name: own[0], type: own[1] });
      else if (part[0] === 'param') parameters.push(...own.map((type) => ({ type })));
    }
    const list = (all: readonly string[]) => [...unsigned(all.length), ...all.map(typeOf)];
    const key = [0x60, ...list(parameters.map(({ type }) => type)), ...list(results)].join();
    if (!this.signatures.has(key)) this.signatures.set(key, this.signatures.size);
    return { type: this.signatures.get(key)!, parameters: parameters.map(({ name }) => name) };
  }

  private import([, module, name, what]: readonly SExpression[]): void {
    const item = what as SExpression[];
    const rest = item.slice(1).filter((part) => typeof part !== 'string' || !part.startsWith('$')) as SExpression[];
    const described = (): number[] => {
      switch (item[0]) {
        case 'func':
          this.functions.add(nameOf(item));
          return [0, ...unsigned(this.signature(rest).type)];
        case 'table':
          return [1, typeOf(String(rest[1])), 0, ...unsigned(Number(rest[0]))];
        case 'memory':
          return [2, rest[2] === 'shared' ? 3 : 1, ...unsigned(Number(rest[0])), ...unsigned(Number(rest[1]))];
        case 'global':
          this.globals.add(nameOf(item));
          return [3, typeOf(String(rest[0])), 0];
        default:
          throw new Error(`a module imports ${headOf(item)}, which the encoder does not know`);
      }
    };
    this.sections.imports.push([...quoted(module), ...quoted(name), ...described()]);
  }

  private exported(field: readonly SExpression[], kind: number, number: number): void {
    const named = field.find((part) => isList(part) && part[0] === 'export');
    if (named !== undefined) this.sections.exports.push([...quoted(named[1]), kind, ...unsigned(number)]);
  }

  private global(field: readonly SExpression[]): void {
    this.exported(field, 3, this.globals.add(nameOf(field)));
    const [type, value] = field.filter((part) => part !== 'global' && !(isList(part) && part[0] === 'export') && !isName(part));
    const body = new Body(this.functions, this.globals, this.named, new Names());
    body.expression(value);
    this.sections.globals.push([typeOf(String(type)), 0, ...body.code, 0x0b]);
  }

  private function(field: readonly SExpression[]): Function_ {
    const { type, parameters } = this.signature(field);
    const locals = new Names();
    for (const name of parameters) locals.add(name);
    const lists = field.filter(isList);
    // Those of one type stand together, which is a few bytes for all of them.
    const groups = new Map<number, string[]>();
    for (const [head, name, own] of lists) {
      if (head !== 'local') continue;
      const code = typeOf(String(own));
      if (!groups.has(code)) groups.set(code, []);
      groups.get(code)!.push(String(name));
    }
    for (const name of [...groups.values()].flat()) locals.add(name);
    const body = new Body(this.functions, this.globals, this.named, locals);
    for (const part of lists) if (!['local', 'param', 'result', 'export'].includes(String(part[0]))) body.expression(part);
    const declared = [...groups].flatMap(([own, names]) => [...unsigned(names.length), own]);
    return { type, code: joined([unsigned(groups.size), declared, body.code, [0x0b]]) };
  }
}

/** Instructions of one function. */
class Body {
  readonly code: number[] = [];
  private readonly functions: Names;
  private readonly globals: Names;
  private readonly signatures: ReadonlyMap<string, number>;
  private readonly locals: Names;
  /** Labels of the blocks around, outermost first. */
  private readonly labels: string[] = [];

  constructor(functions: Names, globals: Names, signatures: ReadonlyMap<string, number>, locals: Names) {
    this.functions = functions;
    this.globals = globals;
    this.signatures = signatures;
    this.locals = locals;
  }

  expression(part: SExpression): void {
    if (!isList(part)) throw new Error(`${part} is no instruction`);
    const { code } = this;
    const [head, ...rest] = part as [string, ...SExpression[]];
    const numbered = this.numbered(head);
    if (numbered !== undefined) {
      for (const operand of rest.slice(1)) this.expression(operand);
      code.push(numbered.opcode, ...unsigned(numbered.names.get(String(rest[0]))));
      return;
    }
    switch (head) {
      case 'call_indirect':
        for (const operand of rest.slice(1)) this.expression(operand);
        code.push(0x11, ...unsigned(this.signatures.get(String((rest[0] as SExpression[])[1]))!), 0);
        return;
      case 'if':
        this.branch(rest);
        return;
      case 'block':
        this.labelled(0x02, rest);
        return;
      case 'loop':
        this.labelled(0x03, rest);
        return;
      case 'br':
        code.push(0x0c, ...this.depthOf(rest[0]));
        return;
      case 'br_if':
        this.expression(rest[1]);
        code.push(0x0d, ...this.depthOf(rest[0]));
        return;
      default:
        if (head.endsWith('.const')) this.constant(head, rest as string[]);
        else this.plain(head, rest);
    }
  }

  /** Instructions whose first word is the name of a local, a global or a function. */
  private numbered(head: string): { readonly opcode: number; readonly names: Names } | undefined {
    const local = ['local.get', 'local.set', 'local.tee'].indexOf(head);
    if (local >= 0) return { opcode: 0x20 + local, names: this.locals };
    if (head === 'global.get') return { opcode: 0x23, names: this.globals };
    return head === 'call' ? { opcode: 0x10, names: this.functions } : undefined;
  }

  private branch(rest: readonly SExpression[]): void {
    const [first] = rest;
    const isTyped = isList(first) && first[0] === 'result';
    const [condition, yes, no] = (isTyped ? rest.slice(1) : rest) as SExpression[][];
    this.expression(condition);
    this.code.push(0x04, isTyped ? typeOf(String(first[1])) : 0x40);
    this.labels.push('');
    for (const part of yes.slice(1)) this.expression(part);
    if (no !== undefined) {
      this.code.push(0x05);
      for (const part of no.slice(1)) this.expression(part);
    }
    this.labels.pop();
    this.code.push(0x0b);
  }

  private depthOf(label: SExpression): number[] {
    const at = this.labels.lastIndexOf(String(label));
    if (at < 0) throw new Error(`${label} is no label of a block around it`);
    return unsigned(this.labels.length - 1 - at);
  }

  private labelled(opcode: number, [label, ...body]: readonly SExpression[]): void {
    this.code.push(opcode, 0x40);
    this.labels.push(String(label));
    for (const part of body) this.expression(part);
    this.labels.pop();
    this.code.push(0x0b);
  }

  private constant(head: string, values: readonly string[]): void {
    const bytes = (size: number, write: (view: DataView) => void): number[] => {
      const view = new DataView(new ArrayBuffer(size));
      write(view);
      return [...new Uint8Array(view.buffer)];
    };
    const { code } = this;
    if (head === 'i32.const') code.push(0x41, ...signed(BigInt(Number(values[0]) | 0)));
    else if (head === 'i64.const') code.push(0x42, ...signed(BigInt.asIntN(64, BigInt(values[0]))));
    else if (head === 'f32.const') code.push(0x43, ...bytes(4, (view) => view.setFloat32(0, Number(values[0]), true)));
    else if (head === 'f64.const') code.push(0x44, ...bytes(8, (view) => view.setFloat64(0, Number(values[0]), true)));
    else if (head === 'v128.const' && values[0] === 'i32x4') {
      const fill = (view: DataView) => values.slice(1).forEach((value, k) => void view.setInt32(4 * k, Number(value) | 0, true));
      code.push(0xfd, 0x0c, ...bytes(16, fill));
    } else throw new Error(`${head} ${values[0]} is a constant that the encoder does not know`);
  }

  /** Operands, the instruction, and what stands behind it: an offset and lanes, which come before the operands in the text. */
  private plain(head: string, rest: readonly SExpression[]): void {
    const known = instructions.get(head);
    if (known === undefined) throw new Error(`${head} is an instruction that the encoder does not know`);
    const words = rest.filter((part) => !isList(part)) as string[];
    for (const operand of rest) if (isList(operand)) this.expression(operand);
    const offset = words.find((word) => word.startsWith('offset='))?.slice('offset='.length) ?? '0';
    const lanes = words.filter((word) => !word.startsWith('offset=')).map(Number);
    const { code, immediate, align } = known;
    if (lanes.length !== (immediate === 'shuffle' ? 16 : immediate === 'lane' || immediate === 'memory-lane' ? 1 : 0)) {
      throw new Error(`${head} with ${lanes.length} lanes`);
    }
    this.code.push(...code);
    if (align !== undefined) this.code.push(align, ...unsigned(Number(offset)));
    this.code.push(...lanes);
  }
}

function nameOf(field: readonly SExpression[]): string | undefined {
  const [, name] = field;
  return isName(name) ? name : undefined;
}
function isName(part: SExpression | undefined): part is string {
  return typeof part === 'string' && part.startsWith('$');
}
function typeOf(name: string): number {
  const code = types[name];
  if (code === undefined) throw new Error(`${name} is no type of a value`);
  return code;
}
function quoted(part: SExpression): number[] {
  const bytes = [...new TextEncoder().encode(String(part).slice(1))];
  return [...unsigned(bytes.length), ...bytes];
}
