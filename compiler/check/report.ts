/**
 * Collects what is wrong with a program. One mistake is told once: a place that was already reported under the same code is not
 * reported again, since loops are unrolled, layers inlined and every body elaborated twice.
 */
import type { Diagnostic } from '../../grammar/diagnostic.ts';

export class Report {
  readonly diagnostics: Diagnostic[] = [];
  private readonly seen = new Set<string>();

  get failed(): boolean {
    return this.diagnostics.some((d) => d.severity === 'error');
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

/** The candidate that a writer most likely meant: least edits (with swaps), at most a third of the length; ties go to the first. */
export function nearest(name: string, candidates: Iterable<string>): string | undefined {
  if (name.length > 64) return undefined;
  let best: string | undefined;
  let least = Math.max(1, Math.floor(name.length / 3)) + 1;
  for (const candidate of candidates) {
    if (candidate === name || Math.abs(candidate.length - name.length) >= least) continue;
    const edits = distance(name, candidate);
    if (edits < least && edits < Math.max(name.length, candidate.length)) {
      least = edits;
      best = candidate;
    }
  }
  return best;
}

/** "did you mean `x`?", or what else is said where nothing is near. */
export function meant(name: string, candidates: Iterable<string>, otherwise?: string): string | undefined {
  const near = nearest(name, candidates);
  return near === undefined ? otherwise : `did you mean \`${near}\`?${otherwise ? ` ${otherwise}` : ''}`;
}

/** `a, b and 12 more`: lists in messages stay on one line. */
export function listed(names: readonly string[], most = 12): string {
  if (names.length === 0) return 'none';
  return names.length <= most ? names.join(', ') : `${names.slice(0, most).join(', ')} and ${names.length - most} more`;
}

/** Optimal string alignment distance: insert, delete, replace, swap of neighbours. */
function distance(a: string, b: string): number {
  const rows = Array.from({ length: a.length + 1 }, (_, i) => [i, ...new Array<number>(b.length).fill(0)]);
  for (let j = 1; j <= b.length; j++) rows[0][j] = j;
  for (let i = 1; i <= a.length; i++) {
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1] ? 0 : 1;
      rows[i][j] = Math.min(rows[i - 1][j] + 1, rows[i][j - 1] + 1, rows[i - 1][j - 1] + same);
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) rows[i][j] = Math.min(rows[i][j], rows[i - 2][j - 2] + 1);
    }
  }
  return rows[a.length][b.length];
}
