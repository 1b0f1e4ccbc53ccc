/** `docs/results/long.md`: one row for each figure that a long run told. A run of some files replaces the rows of these. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';

const page = new URL('../docs/results/long.md', import.meta.url);
const head = `# Long runs

\`npm run test:long\` runs every test with the counts in full, and writes this page. \`npm test\` takes a sample of each.

| Test | What | Figure |
|---|---|---|
`;

export function keepFigures(figures: ReadonlyMap<string, readonly string[]>): void {
  const before = existsSync(page) ? readFileSync(page, 'utf8').split('\n') : [];
  const kept = before.filter((line) => line.startsWith('| test/') && !figures.has(line.split(' | ')[0].slice(2)));
  const rows = [...figures].flatMap(([file, lines]) => lines.map((line) => `| ${file} | ${line} |`));
  writeFileSync(page, `${head}${[...kept, ...rows].sort().join('\n')}\n`);
}
