/** Programs in few words, for tests of what kernels come of them. */
import { Builder } from '../../compiler/program/builder.ts';
import { table } from '../../compiler/program/operations/index.ts';
import { pickFrom, valuesFor } from '../../compiler/program/random-program.ts';
import type { Schedule } from '../../compiler/values/kernel.ts';
import type { Axis, Contract, Id, MapOp, Output, Scalar, Source } from '../../compiler/values/program.ts';
import { checkProgram } from './check.ts';

/** A program spelled in letters: sizes by letter, `bt` is an input or a value over b and t. */
export class Spell {
  readonly builder = new Builder(table, [], { path: 'spell', section: 'forward' });
  readonly values = new Map<string, Float64Array>();
  readonly sizes: Readonly<Record<string, number>>;
  constructor(sizes: Readonly<Record<string, number>>) {
    this.sizes = sizes;
  }
  axes(letters: string): Axis[] {
    return [...letters].map((name) => ({ name, size: this.sizes[name] }));
  }
  source(letters: string, kind: Source['kind'] = 'input', dtype: 'real' | 'int' | 'bit' = 'real', below = 4): Id {
    const name = `${letters}${this.builder.nodes.length}`;
    const type = { dtype, axes: this.axes(letters) };
    const fill = dtype === 'int' ? (pick: { integer(a: number, b: number): number }) => pick.integer(0, below - 1) : undefined;
    this.values.set(name, valuesFor(type, pickFrom(this.values.size), fill));
    return this.builder.source({ kind, name, rate: 'batch' }, type);
  }
  /** `bti,oi->bto` */
  contract(text: string, ...inputs: Id[]): Id {
    const [left, result] = text.split('->');
    const operands = left.split(',');
    const names = [...new Set(text.replace(/[^a-z]/g, ''))];
    const positions = (letters: string) => [...letters].map((letter) => names.indexOf(letter));
    const attributes: Contract = { letters: this.axes(names.join('')), operands: operands.map(positions), result: positions(result) };
    return this.builder.add('contract', inputs, attributes);
  }
  map(domain: string, reads: readonly string[], value: Scalar, ...inputs: Id[]): Id {
    const positions = reads.map((letters) => [...letters].map((letter) => domain.indexOf(letter)));
    return this.builder.add<MapOp>('map', inputs, { domain: this.axes(domain), reads: positions, value });
  }
  max(letters: string, over: string, input: Id): Id {
    return this.builder.add('reduce', [input], { combine: 'max', over: [...over].map((letter) => letters.indexOf(letter)) });
  }
  check(...outputs: (Id | Output)[]): Schedule {
    const named = outputs.map(
      (output, k): Output => (typeof output === 'number' ? { kind: 'result', name: `y${k}`, value: output } : output),
    );
    return checkProgram(this.builder.program('spell', named), this.values);
  }
}
