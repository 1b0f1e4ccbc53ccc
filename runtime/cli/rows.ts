/** A table for a terminal: the first column to the left, numbers to the right. */
export function rows(head: readonly string[], lines: readonly (readonly string[])[]): string[] {
  const all = [head, ...lines];
  const widths = head.map((_, k) => Math.max(...all.map((line) => (line[k] ?? '').length)));
  return all.map((line) =>
    line
      .map((cell, k) => (k === 0 ? cell.padEnd(widths[k]!) : cell.padStart(widths[k]!)))
      .join('  ')
      .trimEnd(),
  );
}
