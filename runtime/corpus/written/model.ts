/** A model whose body is drawn from a seed, and a variant over it with networks that are drawn too: one text that stands alone. */
import { check, structureOf } from '../../../compiler/index.ts';
import type { Model } from '../../../compiler/values/model.ts';
import type { Written } from '../instance.ts';
import { randomFrom } from '../random.ts';
import { decompositionOf, drawnTopology, matricesOf } from './networks.ts';
import { steps } from './statements.ts';
import { inner, Writer, without } from './writer.ts';

const names = Object.keys(steps);
/** A step that is tried first, so that as many seeds in a row try each as there are. */
const aimOf = (seed: number) => steps[names[seed % names.length]];

/** `size`: statements of the body. */
export function write(seed: number, size: number): Written {
  const w = new Writer(randomFrom(seed * 6151 + 3));
  begin(w);
  for (let k = 0; k < size; k++) (k === 0 ? aimOf(seed) : steps[w.of(names)])(w);
  const { loss, label } = end(w);
  const model = modelText(w, loss, label);
  const { text, name } = varied(w, model);
  return { text, name, model: sound(text, name), sizes: { batch: w.axes.get('batch')! }, statements: [] };
}

/** Inputs: one of reals or more, now and then one that indexes a table, and a truth value for each position. */
function begin(w: Writer): void {
  const shapes = [['a'], ['a', 'b'], ['b', 'c', 'd'], ['c']].filter((axes) => w.fits(['batch', ...axes]));
  for (const [k, axes] of [w.of(shapes), w.of(shapes)].slice(0, 1 + w.random(2)).entries()) {
    const value = { name: `x${k}`, axes: ['batch', ...axes] };
    w.inputs.push(`${value.name}[${value.axes.join(', ')}]`);
    w.keep(value);
  }
  if (w.one(3)) {
    w.inputs.push('ids[batch, d] in c');
    const table = w.weight(['c', 'a']);
    if (w.fits(['batch', 'd', 'a'])) w.make(['batch', 'd', 'a'], `${table.name}[ids]`);
    else w.make(['batch', 'a'], `mean[d](${table.name}[ids])`);
  }
  if (w.one(4)) {
    w.inputs.push('real[batch, b] in bool');
    const x = w.read()!;
    if (x.axes.includes('b')) w.make(without(x.axes, ['b']), `max[b](${x.name} where real)`);
    else w.make(['batch'], 'mean[b](select(real, 1, -1) * (@b + 1) / b)');
    w.keep(x);
  }
}

/** Scores from all that nothing reads yet, and a loss of them. */
function end(w: Writer): { readonly loss: string; readonly label: string } {
  const left = w.leftOver();
  const means = (left.length > 0 ? left : w.values.slice(-1)).map(({ name, axes }) => {
    const over = without(axes, ['batch']);
    return over.length === 0 ? name : `mean[${over.join(', ')}](${name})`;
  });
  const head = w.weight(['classes']);
  w.lines.push(`t = ${means.join(' + ')}`, `s[batch, classes] = tanh(t) * ${head.name}`);
  const hinge = ['cross_entropy[classes](F, label)', 'focal[classes](F, label)', 'cross_entropy[classes](F, label, smooth = 0.1)'];
  const whole = [
    'squared_error(F, goal)',
    'huber(F, goal)',
    'absolute_error(F, goal)',
    'kl_divergence[classes](F, softmax[classes](goal))',
  ];
  return w.one(2) ? { loss: w.of(hinge), label: 'label[batch] in classes' } : { loss: w.of(whole), label: 'goal[batch, classes]' };
}

function modelText(w: Writer, loss: string, label: string): string {
  const own = [...w.axes].filter(([name]) => inner.includes(name as never)).map(([name, size]) => `${name} = ${size}`);
  const made = [...w.axes.keys()].flatMap((name) => {
    if (/^n\d/.test(name)) return [`${name} = ${w.axes.get(name)}`];
    if (/^[a-d]{2}$/.test(name)) return [`${name} = ${name[0]} * ${name[1]}`];
    return name.startsWith('j') ? [`${name} = ${name[1]} + ${name[2]}`] : [];
  });
  const call = `forward(${w.inputs.map((input) => input.split('[')[0]).join(', ')})`;
  const metric = label.startsWith('label') ? `\n  metric hits = mean(argmax[classes](${call}) == label)` : '';
  return `${[...w.definitions.values()].join('')}model Drawn(classes = ${w.axes.get('classes')}) {
  axis batch, ${[...own, ...made].join(', ')}
  input ${[...w.inputs, label].join(', ')}
  ${w.members.join('\n  ')}
  forward(${w.inputs.join(', ')}) -> s[batch, classes] {
    ${w.lines.join('\n    ')}
  }
  loss wrong = mean(${loss.replace('F', call)})${metric}
}
`;
}

/** The model under a variant, each of whose statements is kept where it is accepted. */
function varied(w: Writer, model: string): { readonly text: string; readonly name: string } {
  let text = `edition 1\n\n${model}`;
  if (w.one(4)) return { text, name: 'Drawn' };
  const dense = sound(text, 'Drawn');
  const kept: string[] = [];
  const topologies: string[] = [];
  const attempt = (statement: string | undefined, topology: string | undefined) => {
    if (statement === undefined) return;
    const tried = `edition 1\n\n${[...topologies, ...(topology === undefined ? [] : [topology])].join('')}${model}\nvariant Net of Drawn {\n${[...kept, statement].map((line) => `  ${line}\n`).join('')}}\n`;
    if (structureOf(tried, 'Net').model === undefined) return;
    kept.push(statement);
    if (topology !== undefined) topologies.push(topology);
    text = tried;
  };
  for (const weight of matricesOf(dense)) {
    if (w.one(3)) continue;
    let topology: string | undefined;
    const statement = decompositionOf(weight, w.random, (rank) => {
      const name = `net${topologies.length + 1}`;
      const drawn = drawnTopology(name, rank, w.random);
      topology = drawn.text;
      return { name, bonds: drawn.bonds };
    });
    attempt(statement, topology !== undefined && statement?.includes(`net${topologies.length + 1}(`) ? topology : undefined);
  }
  const one = dense.weights.length === 0 ? undefined : w.of(dense.weights).path;
  if (one !== undefined)
    attempt(
      w.of([
        `freeze ${one}`,
        `train only ${one}`,
        `init ${one} scaled by 0.5`,
        `train ${one} with probability 0.5`,
        `learn mask of ${one} keep 0.5`,
      ]),
      undefined,
    );
  return kept.length === 0 ? { text, name: 'Drawn' } : { text, name: 'Net' };
}

function sound(text: string, name: string): Model {
  const { model, diagnostics } = check({ file: 'program.bond', text, name, load: () => undefined });
  const wrong = diagnostics.find(({ severity }) => severity === 'error');
  if (model === undefined || wrong !== undefined)
    throw new Error(`${wrong?.code} ${wrong?.message}: ${wrong && text.slice(wrong.primary.place.from, wrong.primary.place.to)}\n${text}`);
  return model;
}
