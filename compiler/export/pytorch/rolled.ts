/** Lines that repeat for member after member of a family become a loop over it. */
import { indented } from './python.ts';

const MEMBER = /self((?:\.\w+)*)\.(\w+)\['(\d+)'\]/g;

/** Longest repeats first; lines that name two members, or none, stay. */
export function rolled(lines: readonly string[], parameters: readonly string[]): string[] {
  const words = new Set([...parameters, ...lines.flatMap((line) => line.match(/\w+/g) ?? [])]);
  const unused = (...candidates: string[]) => candidates.find((candidate) => !words.has(candidate))!;
  const blank = lines.map((line) => line.replace(MEMBER, "self$1.$2['#']"));
  const indexOf = lines.map((line) =>
    [...line.matchAll(MEMBER)].map(([, before, family, k]) => ({ family: `${before}.${family}`, k: Number(k) })),
  );
  const result: string[] = [];
  for (let at = 0; at < lines.length; ) {
    const found = repeatAt(at);
    if (found === undefined) {
      result.push(lines[at++]);
      continue;
    }
    const { period, count, family, first } = found;
    const member = family.slice(family.lastIndexOf('.') + 1);
    const inOthers = lines.some((line) => new RegExp(`(?<![.\\w'])${member}\\b`).test(line)) || parameters.includes(member);
    const variable = inOthers ? unused(`${member}_`, `${member}_member`, `${member}_member_`) : member;
    const index = unused('k', 'n', 'index', 'index_of_member');
    const body = lines.slice(at, at + period).map((line) => line.replaceAll(`self${family}['${first}']`, variable));
    result.push(`for ${index} in range(${first}, ${first + count}):`, ...indented([`${variable} = self${family}[str(${index})]`, ...body]));
    at += period * count;
  }
  return result;

  function repeatAt(start: number): { period: number; count: number; family: string; first: number } | undefined {
    const [named] = indexOf[start];
    if (named === undefined && !blank.slice(start, start + 64).some((line) => line.includes("['#']"))) return undefined;
    let best: { period: number; count: number; family: string; first: number } | undefined;
    for (let period = 1; start + 2 * period <= lines.length && period <= 256; period++) {
      if (blank[start] !== blank[start + period]) continue;
      const members = indexOf.slice(start, start + period).flat();
      const [one] = members;
      if (one === undefined || members.some(({ family, k }) => family !== one.family || k !== one.k)) continue;
      let count = 1;
      while (repeats(start, period, count, one.family, one.k)) count++;
      if (count > 1 && (best === undefined || count * period > best.count * best.period))
        best = { period, count, family: one.family, first: one.k };
    }
    return best;
  }
  function repeats(start: number, period: number, turn: number, family: string, first: number): boolean {
    const from = start + period * turn;
    if (from + period > lines.length) return false;
    for (let k = 0; k < period; k++) {
      if (blank[from + k] !== blank[start + k]) return false;
      if (indexOf[from + k].some((own) => own.family !== family || own.k !== first + turn)) return false;
      if (indexOf[from + k].length !== indexOf[start + k].length) return false;
    }
    return true;
  }
}
