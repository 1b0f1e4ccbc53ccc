/** With this imported, every model that a test checks is verified after each statement of its variants, not only when it is done. */
import { resolved } from '../compiler/check/finish.ts';
import { watchStatements } from '../compiler/check/variant/index.ts';
import { ModelError, structureComplaints } from '../compiler/values/verify-model.ts';

watchStatements((draft) => {
  // After a statement that was refused, and may have stopped halfway, nothing is promised.
  if (draft.report.failed) return;
  const complaints = structureComplaints(resolved(draft, draft.name, []));
  if (complaints.length > 0) throw new ModelError(draft.name, complaints);
});
