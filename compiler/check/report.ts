/**
 * Collects what is wrong with a program. One mistake is told once: a place that was already reported under the same code is not
 * reported again, since loops are unrolled, layers inlined and every body elaborated twice.
 */
import type { Diagnostic } from '../../grammar/diagnostic.ts';
import { didYouMean } from '../../grammar/nearest.ts';
import { knownAs } from './known-as.ts';

export class Report {
  readonly diagnostics: Diagnostic[] = [];
  private readonly seen = new Set<string>();
  private readonly outset: boolean;

  /** `failed`: something is wrong already that is told elsewhere. */
  constructor(failed = false) {
    this.outset = failed;
  }

  get failed(): boolean {
    return this.outset || this.diagnostics.some((d) => d.severity === 'error');
  }

  take(diagnostics: readonly Diagnostic[]): void {
    for (const diagnostic of diagnostics) {
      const { place } = diagnostic.primary;
      const key = `${diagnostic.code} ${place.file} ${place.from} ${place.to}`;
      if (this.seen.has(key)) continue;
      this.seen.add(key);
      this.diagnostics.push(diagnostic);
    }
  }
}

/** "did you mean `x`?", or what else is said where nothing is near. */
export function meant(name: string, candidates: Iterable<string>, otherwise?: string): string | undefined {
  const all = [...candidates];
  const known = knownAs(name, new Set(all));
  if (known !== undefined) return known;
  const near = didYouMean(name, all);
  return near === undefined ? otherwise : `${near}${otherwise ? ` ${otherwise}` : ''}`;
}

/** `a, b and 12 more`: lists in messages stay on one line. */
export function listed(names: readonly string[], most = 12): string {
  if (names.length === 0) return 'none';
  return names.length <= most ? names.join(', ') : `${names.slice(0, most).join(', ')} and ${names.length - most} more`;
}
