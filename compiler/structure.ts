/** What statements make of a model, without the bodies: what the next statement of a program that is being composed may speak of. */

import type { Diagnostic } from '../grammar/diagnostic.ts';
import { resolveChain } from './check/chain.ts';
import { resolved } from './check/finish.ts';
import { instantiateModel } from './check/instantiate.ts';
import { attempt } from './check/refuse.ts';
import { Report } from './check/report.ts';
import { Program } from './check/scope.ts';
import { applyVariants } from './check/variant/index.ts';
import type { Model } from './values/model.ts';
import { ModelError, structureComplaints } from './values/verify-model.ts';

export interface Structure {
  readonly errors: readonly Diagnostic[];
  /** Without entries. */
  readonly model?: Model;
}

/** `last`: the variant asked for. The verifier looks at what the statements leave: of a program that grows by one at a time, each of them. */
export function structureOf(text: string, last: string): Structure {
  const report = new Report();
  const program = new Program({ file: 'main.bond', text, load: () => undefined }, report);
  const item = program.main.names.get(last)?.item;
  const draft = attempt(report, () => {
    if (item?.kind !== 'variant') throw new Error(`${last} is no variant`);
    const { model, options, variants } = resolveChain(program, item, {}, new Set());
    const made = instantiateModel(program, model, options, report, {});
    if (made !== undefined) applyVariants(made, variants);
    return made;
  });
  const errors = report.diagnostics.filter(({ severity }) => severity === 'error');
  if (errors.length > 0 || draft === undefined) return { errors };
  const model = resolved(draft, last, []);
  const complaints = structureComplaints(model);
  if (complaints.length > 0) throw new ModelError(last, complaints);
  return { errors, model };
}
