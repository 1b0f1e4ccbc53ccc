/** Networks over families: the programs of families.bond in numbers. */
import { readFileSync } from 'node:fs';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { Model } from '../../compiler/values/model.ts';
import { checkText } from '../check/program.ts';
import { load } from '../check/variants.ts';
import { trainBoth } from '../composed/train.ts';
import '../verified.ts';

const text = readFileSync(new URL('./families.bond', import.meta.url), 'utf8');
const transformer = { vocab: 11, width: 8, heads: 2, inner: 16, context: 4, depth: 2 };
const bases = {
  Bert: { set: { ...transformer, classes: 3 }, batch: 2, open: { time: 4 } },
  CharGpt: { set: transformer, batch: 2, open: { time: 4 } },
  Deep: { set: {}, batch: 3, open: {} },
} as const;
const programs: Record<string, keyof typeof bases> = {
  Meta: 'Bert',
  MetaAdapter: 'Bert',
  Lotr: 'CharGpt',
  Lorta: 'Bert',
  Experts: 'Deep',
  Digits: 'Deep',
  Untied: 'Bert',
  Again: 'Bert',
  Tied: 'Deep',
};

function modelOf(name: string, dense = false): Model {
  const { set } = bases[programs[name]!];
  const { model, diagnostics } = checkText(text, { name, set, load, dense });
  assert.ok(model !== undefined, diagnostics.map(({ code, message }) => `${code} ${message}`).join('; '));
  return model;
}

for (const [name, of] of Object.entries(programs)) {
  test(`${name}: four steps are the same in both engines, and the merged weights have the same loss`, async () => {
    const { batch, open } = bases[of];
    const base = { name, of, loss: '', batch, open, wraps: [], unties: [], replaces: [] };
    const [model, dense] = [modelOf(name), modelOf(name, true)];
    // The model without a mixture has other weights, so that theirs are no oracle.
    const wraps = model.weights.length !== dense.weights.length;
    const drawn = wraps ? ([{ kind: 'wrap', text: 'wrap' }] as const) : [];
    await trainBoth({ seed: 0, base, text: name, drawn, model, dense });
  });
}

test.run();
