/** Ten programs with one token removed or doubled, for every token: where the first error stands. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { parse } from '../../grammar/parse.ts';
import { damages, lineOf, tenPrograms, tokensOf } from './corpus.ts';

const programs = tenPrograms();

/** Line of the damage; for a brace that is gone, the line of its partner is as good. */
function linesOf(program: string, from: number): number[] {
  const lines = [lineOf(program, from)];
  if (program[from] !== '}') return lines;
  const open: number[] = [];
  for (const token of tokensOf(program)) {
    if (program[token.from] === '{') open.push(token.from);
    if (token.from === from) lines.push(lineOf(program, open.at(-1) ?? 0));
    if (program[token.from] === '}') open.pop();
  }
  return lines;
}

for (const [kind, damage] of damages) {
  test(`one token ${kind}: the first error lies within two lines of it`, () => {
    let refused = 0;
    let near = 0;
    let accepted = 0;
    const far: string[] = [];
    for (const program of programs) {
      for (const { from, to } of tokensOf(program)) {
        const { diagnostics } = parse(damage(program, from, to), 'program.bond');
        if (diagnostics.length === 0) accepted += 1;
        else {
          refused += 1;
          const line = lineOf(program, diagnostics[0].primary.place.from);
          const isNear = linesOf(program, from).some((expected) => Math.abs(line - expected) <= 2);
          if (isNear) near += 1;
          else
            far.push(`${lineOf(program, from)} ${JSON.stringify(program.slice(from - 20, to + 20))} -> ${line} ${diagnostics[0].message}`);
        }
      }
    }
    console.log(
      `one token ${kind}: ${near} of ${refused} refused are near (${((100 * near) / refused).toFixed(1)} %), ${accepted} accepted`,
    );
    if (process.env.VERBOSE) console.log(far.join('\n'));
    assert.ok(near / refused >= 0.9);
  });
}

test.run();
