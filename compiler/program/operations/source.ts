/** A named leaf whose value comes from outside: parameter, state, input, cotangent, saved or folded value, sum. Its type is given, not inferred. */
import type { Operation } from '../../values/operation.ts';
import type { Source, Type } from '../../values/program.ts';
import { sampleAxes, type } from '../sample.ts';

/** What the node itself carries: `Source`, and the type that `infer` gives back. */
export interface TypedSource extends Source {
  readonly type: Type;
}

export const source: Operation<TypedSource> = {
  name: 'source',
  infer: (a) => a.type,
  print: (a) => `source ${a.kind} ${a.name} ${a.rate}`,
  gradient: 'none',
  reference(a) {
    throw new Error(`the value of ${a.kind} ${a.name} comes from the caller, not from the operation`);
  },
  lower: () => 'leaf',
  spell(a) {
    throw new Error(`${a.kind} ${a.name} is known by its name, not spelt`);
  },
  sample: (pick) => ({
    attributes: {
      kind: 'input',
      name: 'x',
      rate: 'batch',
      type: type(pick.of(['real', 'int', 'bit']), sampleAxes(pick, pick.integer(0, 3))),
    },
    inputs: [],
  }),
};
