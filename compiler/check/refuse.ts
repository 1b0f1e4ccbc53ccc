/**
 * How a check says no: one diagnostic, thrown. Whoever runs a unit of checking (one statement of a variant, one body) catches it,
 * keeps the diagnostic and goes on with the next unit, so that many errors are found in one run and none is a consequence of another.
 */
import { type Diagnostic, type Label, type Place, Refused, type Severity } from '../../grammar/diagnostic.ts';
import type { Report } from './report.ts';

export interface Complaint {
  readonly code: string;
  readonly message: string;
  readonly at: Place;
  /** What is said under the primary place. */
  readonly label: string;
  readonly also?: readonly Label[];
  readonly hint?: string;
  readonly severity?: Severity;
}

export function diagnostic(complaint: Complaint): Diagnostic {
  return {
    code: complaint.code,
    severity: complaint.severity ?? 'error',
    message: complaint.message,
    primary: { place: complaint.at, text: complaint.label },
    secondary: complaint.also ?? [],
    ...(complaint.hint === undefined ? {} : { hint: complaint.hint }),
  };
}

/** Throws `Refused` with the one diagnostic. */
export function refuse(complaint: Complaint): never {
  throw new Refused([diagnostic(complaint)]);
}

/** Runs one unit of checking; what it refuses is reported and the result is undefined. */
export function attempt<Result>(report: Report, unit: () => Result): Result | undefined {
  try {
    return unit();
  } catch (thrown) {
    if (!(thrown instanceof Refused)) throw thrown;
    report.take(thrown.diagnostics);
    return undefined;
  }
}
