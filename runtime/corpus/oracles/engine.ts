/** The kernels in WebAssembly, in single precision. */
import type { Engine } from '../../engine/engine.ts';
import { runProgram } from '../../engine/run-program.ts';
import { formDistance } from '../expected.ts';
import { context } from '../instance.ts';
import type { Oracle } from './oracle.ts';

export function onEngine(engine: Engine): Oracle {
  return async ({ instance: { forms, values }, expected }) => {
    const given = new Map([...values].map(([name, { data }]) => [name, data]));
    let most = 0;
    for (const form of forms.filter(({ name, gives }) => name === gives))
      most = Math.max(most, formDistance(form, await runProgram(engine, form.program, given, context), expected));
    return most;
  };
}
