/** A statement that training does not act on is named when a run begins. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { smallProgram, smallText, workplace } from './command.ts';

const work = workplace();
test.after(() => work.remove());
const squeezed = 'variant Squeezed of Mpo { squeeze b of up by 1 every 10 steps while loss < reference + 0.03 }';
const file = work.write('squeezed.bond', `${smallProgram}${squeezed}\n`);
const text = work.write('text.txt', smallText);
const train = (variant: string) =>
  work.run('train', file, '--variant', variant, '--text', text, '--out', work.path(variant), '--steps', '2', '--batch', '2');

test('squeeze is warned of, and nothing else is', async () => {
  const [squeezing, plain] = [await train('Squeezed'), await train('Mpo')];
  assert.equal([squeezing.code, plain.code], [0, 0], squeezing.err + plain.err);
  assert.match(squeezing.err, /warning: this version does not act on `squeeze` while training/);
  assert.not.match(plain.err, /does not act/);
});

test.run();
