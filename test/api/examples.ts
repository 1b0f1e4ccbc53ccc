/** The program and the code of docs/api.md, as one module: for the tests that run it and that type-check it as a user's. */
import { readFileSync } from 'node:fs';

export const imagesProgram = `edition 1
model Images(rows = 4, cols = 4, width = 16, classes = 2) {
  axis batch, pixel = rows * cols
  input image[batch, rows, cols], label[batch] in classes
  first: linear[pixel -> width]
  second: linear[width -> width]
  last: linear[width -> classes]
  forward(image[batch, rows, cols]) -> scores[batch, classes] {
    scores = last(relu(second(relu(first(image)))))
  }
  loss wrong = mean(cross_entropy[classes](forward(image), label))
  metric accuracy = mean(argmax[classes](forward(image)) == label)
}
variant Small(bond = 4) of Images { decompose second as mpo[4*4, 4*4](b = bond) }
variant Lora(rank = 2) to target {
  adapt target with low_rank(r = rank)
  train only adapter of all
}
`;

/** Imports first, then everything in the order of the page; `from` is where the package is. */
export function apiExamples(from: string): string {
  const page = readFileSync(new URL('../../docs/api.md', import.meta.url), 'utf8');
  const lines = [...page.matchAll(/```ts\n([\s\S]*?)```/g)].flatMap(([, code]) => code.split('\n'));
  const isImport = (line: string) => line.startsWith('import ');
  return [
    ...lines.filter(isImport).map((line) => line.replace("'bondsmith'", JSON.stringify(from))),
    ...lines.filter((line) => !isImport(line)),
  ].join('\n');
}
