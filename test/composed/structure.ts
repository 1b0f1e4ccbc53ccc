/** What statements make of a model, without the bodies: the step between two statements of a composed program. */
import { resolveChain } from '../../compiler/check/chain.ts';
import { resolved } from '../../compiler/check/finish.ts';
import { instantiateModel } from '../../compiler/check/instantiate.ts';
import { attempt } from '../../compiler/check/refuse.ts';
import { Report } from '../../compiler/check/report.ts';
import { Program } from '../../compiler/check/scope.ts';
import { applyVariants, watchStatements } from '../../compiler/check/variant/index.ts';
import type { Model } from '../../compiler/values/model.ts';
import { ModelError, structureComplaints } from '../../compiler/values/verify-model.ts';
import type { Diagnostic } from '../../grammar/diagnostic.ts';

export interface Structure {
  readonly errors: readonly Diagnostic[];
  /** Without entries. */
  readonly model?: Model;
}

/** `last`: the variant asked for. The verifier looks at what each statement leaves. */
export function structureOf(text: string, last: string, load: (path: string) => string): Structure {
  const report = new Report();
  const program = new Program({ file: 'main.bond', text, load }, report);
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
  return { errors, model: resolved(draft, last, []) };
}

/** From now on, or no longer, the verifier looks at what each statement leaves. */
export function verifyStatements(on: boolean): void {
  watchStatements(
    on
      ? (draft) => {
          // After a statement that was refused, and may have stopped halfway, nothing is promised.
          if (draft.report.failed) return;
          const complaints = structureComplaints(resolved(draft, draft.name, []));
          if (complaints.length > 0) throw new ModelError(draft.name, complaints);
        }
      : undefined,
  );
}
