/** "Did you mean": the candidates that a misspelt name is close to. */

/**
 * Candidates within about a third of the name's length, closest first, at most three. Distance: insertions, deletions,
 * replacements and exchanges of neighbours (optimal string alignment), whatever the case. The beginning of a word is close to it.
 */
export function nearest(name: string, candidates: Iterable<string>): string[] {
  const limit = Math.max(1, Math.floor(name.length / 3));
  const scored: [number, string][] = [];
  for (const candidate of new Set(candidates)) {
    if (candidate === name) continue;
    const [a, b] = [name.toLowerCase(), candidate.toLowerCase()];
    if (isPart(a, b)) scored.push([Math.min(limit, Math.abs(a.length - b.length)), candidate]);
    if (isPart(a, b) || Math.abs(candidate.length - name.length) > limit) continue;
    const distance = distanceOf(a, b);
    // A name of one letter is close to every other one: only its case says something.
    if (distance <= limit && distance < Math.min(name.length, candidate.length)) scored.push([distance, candidate]);
  }
  scored.sort((a, b) => a[0] - b[0] || (a[1] < b[1] ? -1 : 1));
  return scored.slice(0, 3).map(([, candidate]) => candidate);
}

/** A word cut short or drawn out: `bias` for `biased`, `normalised` for `norm`. */
function isPart(a: string, b: string): boolean {
  const [short, long] = a.length < b.length ? [a, b] : [b, a];
  return short.length >= 4 && long.startsWith(short);
}

/** The hint that goes with it; `undefined` if nothing is near. */
export function didYouMean(name: string, candidates: Iterable<string>): string | undefined {
  const names = nearest(name, candidates).map((candidate) => `\`${candidate}\``);
  return names.length === 0 ? undefined : `did you mean ${names.join(' or ')}?`;
}

function distanceOf(a: string, b: string): number {
  let before: number[] = [];
  let previous = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let row = 1; row <= a.length; row++) {
    const current = [row];
    for (let column = 1; column <= b.length; column++) {
      const replaced = previous[column - 1] + (a[row - 1] === b[column - 1] ? 0 : 1);
      let best = Math.min(replaced, previous[column] + 1, current[column - 1] + 1);
      const exchanged = row > 1 && column > 1 && a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1];
      if (exchanged) best = Math.min(best, before[column - 2] + 1);
      current.push(best);
    }
    before = previous;
    previous = current;
  }
  return previous[b.length];
}
