/** `bondsmith new`: a folder to start from, with a program, data, settings and the commands to type. */
import { FileProblem } from '../checkpoint/files.ts';
import type { Context } from './context.ts';
import { command } from './context.ts';

export const newCommand = command({
  name: 'new',
  argument: '<folder>',
  summary: 'Make a folder to start from: a program, data in a few lines, settings, the commands to type',
  options: {},
  examples: ['bondsmith new shapes'],
  run: ([folder], _given, context) => run(folder, context),
});

const program = `edition 1

// Two spirals: which one does a point lie on?
model Spirals(width = 64, classes = 2) {
  axis batch, place = 2
  input point[batch, place], label[batch] in classes
  first: linear[place -> width]
  second: linear[width -> width]
  last: linear[width -> classes]
  forward(point[batch, place]) -> scores[batch, classes] {
    scores = last(relu(second(relu(first(point)))))
  }
  loss wrong = mean(cross_entropy[classes](forward(point), label))
  metric accuracy = mean(argmax[classes](forward(point)) == label)
}

// The large matrix as a matrix product operator.
variant Small(bond = 8) of Spirals {
  decompose second as mpo[4*4*4, 4*4*4](b = bond)
}
`;
const data = `// Writes spirals.csv: 600 points of two spirals. Run it with: node data.mjs
import { writeFileSync } from 'node:fs';

const rows = Array.from({ length: 600 }, (_, k) => {
  const [turn, side] = [(3 * Math.PI * ((k * 7919) % 600)) / 600, k % 2];
  return [turn * Math.cos(turn + side * Math.PI) / 5, turn * Math.sin(turn + side * Math.PI) / 5, side === 0 ? 'inner' : 'outer'];
});
writeFileSync('spirals.csv', ['point[1],point[2],label', ...rows.map((row) => row.join(','))].join('\\n'));
`;
const settings = `${JSON.stringify({ $schema: './node_modules/bondsmith/run.schema.json', optimiser: { kind: 'adamw', rate: 0.005 }, evaluate: { every: 100, rows: 0 } }, null, 2)}\n`;
const readme = `# Spirals

    node data.mjs                                  # writes spirals.csv
    npx bondsmith check spirals.bond               # is the program right?
    npx bondsmith explain spirals.bond --variant Small
    npx bondsmith train spirals.bond --variant Small --data spirals.csv --config run.json --out runs/small --steps 500
    npx bondsmith eval runs/small
    npx bondsmith predict runs/small --data spirals.csv --out answers.jsonl
`;

function run(folder: string, context: Context): number {
  const { files } = context;
  if (files.size(folder) !== undefined) throw new FileProblem(folder, 'it is there already; give a new name');
  files.makeFolder(folder);
  const contents = { 'spirals.bond': program, 'data.mjs': data, 'run.json': settings, 'README.md': readme };
  for (const [name, text] of Object.entries(contents)) files.replace(`${folder}/${name}`, [new TextEncoder().encode(text)]);
  context.out(
    `${folder}: ${Object.keys(contents).join(', ')}\n\n  cd ${folder}\n  node data.mjs\n${readme
      .split('\n')
      .filter((line) => line.includes('train '))
      .map((line) => `  ${line.trim()}\n`)
      .join('')}`,
  );
  return 0;
}
