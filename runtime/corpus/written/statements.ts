/** The statements of bodies that are written at random: what each reads, and the axes of what it makes. Nothing where no value fits. */
import { inner, type Value, type Writer, without } from './writer.ts';

export type Step = (w: Writer) => void;

const acts = 'relu gelu gelu_tanh silu tanh sigmoid erf sin cos softplus elu selu mish abs leaky_relu softsign hardswish'.split(' ');
const isInner = ({ axes }: Value) => axes.length > 1;
const lastOf = ({ axes }: Value) => axes.at(-1)!;

/** Named after what stands in the text; the table of features counts what came of them. */
export const steps: Readonly<Record<string, Step>> = {
  product(w) {
    const x = w.read()!;
    const own = w.of([without(inner, x.axes), [...inner]]);
    const chosen = without(x.axes, ['batch']).filter(() => w.one(2));
    const summed = chosen.slice(0, 2);
    const kept = without(x.axes, ['batch', ...summed]);
    const fresh = own.length > 0 ? w.of(own) : 'a';
    const weight = w.weight([...new Set([...(kept.includes(fresh) ? [] : [fresh]), ...summed, ...kept.slice(0, w.random(2))])]);
    const axes = [...new Set(['batch', ...kept, ...weight.axes.filter((axis) => !summed.includes(axis))])];
    if (w.fits(axes)) w.make(axes, w.one(2) ? `${x.name} * ${weight.name}` : `${weight.name} * ${x.name} / 2`, true);
  },
  threefold(w) {
    const [x, y] = [w.read()!, w.read()!];
    const alone = [...without(x.axes, y.axes), ...without(y.axes, x.axes)];
    const shared = without(x.axes, ['batch']).filter((axis) => y.axes.includes(axis));
    const weight = w.weight([w.of([...alone, ...shared, 'a'])]);
    const axes = [...new Set(['batch', ...alone, ...(shared.includes(weight.axes[0]) && w.one(2) ? [] : weight.axes)])];
    if (w.fits([...axes, ...shared])) w.make(axes, `tanh(${x.name}) * ${y.name} * ${weight.name} / 4`, true);
  },
  /** One value twice, over an axis and its prime. */
  gram(w) {
    const x = w.read(isInner)!;
    if (x === undefined) return;
    const along = lastOf(x);
    const rest = without(x.axes, ['batch', along]);
    const twin = w.fresh('k');
    const axes = ['batch', along, `${along}'`];
    if (!w.fits(axes)) return;
    w.lines.push(`${twin}[${['batch', ...rest, `${along}'`].join(', ')}] = ${x.name}`);
    const gram = `g${twin}`;
    w.lines.push(`${gram}[${axes.join(', ')}] = ${x.name} * ${twin} / ${w.size(rest) + 1}`);
    const masked = w.of(['', ` where @${along}' <= @${along}`, ` where @${along}' != @${along} or @${along} == 0`]);
    const p = `p${twin}`;
    w.lines.push(`${p} = softmax[${along}'](${gram}${masked})`);
    w.make(['batch', along, ...rest], `${p} * ${twin}`, true);
  },
  act(w) {
    const x = w.read()!;
    w.make(x.axes, `${w.of(acts)}(${x.name})`);
  },
  arithmetic(w) {
    const x = w.read()!;
    const y = w.read((value) => value.axes.every((axis) => x.axes.includes(axis)))!;
    const forms = [
      'x + y',
      'x - y',
      'x * y',
      'x / (1 + y ^ 2)',
      'max(x, y)',
      'min(x, y)',
      'select(x > y, x, 0.5 * y)',
      '-x + 2 ^ tanh(y)',
      'sqrt(1 + x ^ 2) * exp(-abs(y))',
      'log(1 + abs(x)) - y',
      'x * stop(y)',
      'select(x < 0 and not (y < 0), y, x)',
      'floor(x) + y',
    ];
    w.make(x.axes, w.of(forms).replace(/\bx\b/g, x.name).replace(/\by\b/g, y.name));
  },
  reduction(w) {
    const x = w.read(isInner);
    if (x === undefined) return;
    const over = without(x.axes, ['batch'])
      .filter((_, k) => k === 0 || w.one(2))
      .slice(0, 2);
    w.make(without(x.axes, over), `${w.of(['sum', 'mean', 'max', 'min', 'logsumexp'])}[${over.join(', ')}](${x.name})`);
  },
  /** A reduction over the positions for which a condition holds; over none of them it is what the language says. */
  masked(w) {
    const x = w.read(isInner);
    if (x === undefined) return;
    const along = lastOf(x);
    const condition = w.of([`@${along} mod 2 == 0`, `@${along} < 3`, `@${along} >= ${along} - 2`]);
    w.make(without(x.axes, [along]), `${w.of(['sum', 'mean', 'max'])}[${along}](${x.name} where ${condition})`);
  },
  softmax(w) {
    const x = w.read(isInner);
    if (x !== undefined) w.make(x.axes, `${w.of(['softmax', 'log_softmax'])}[${lastOf(x)}](${x.name})`);
  },
  position(w) {
    const x = w.read(isInner);
    if (x !== undefined) w.make(x.axes, `${x.name} * (@${lastOf(x)} + 1) / ${lastOf(x)}`);
  },
  shift(w) {
    const x = w.read(isInner);
    if (x === undefined) return;
    const along = lastOf(x);
    w.make(x.axes, `${x.name} + ${x.name}[${along} = @${along} ${w.of(['-', '+'])} ${1 + w.random(2)} else 0]`);
  },
  lookup(w) {
    const x = w.read(isInner);
    if (x === undefined) return;
    const along = lastOf(x);
    const found = w.fresh('i');
    w.lines.push(`${found} = argmax[${along}](${x.name})`);
    const table = w.weight([
      along,
      w.of(
        inner
          .filter((axis) => !x.axes.includes(axis))
          .concat(along === 'a' ? ['b'] : ['a'])
          .slice(0, 1),
      ),
    ]);
    const axes = [...without(x.axes, [along]), ...without(table.axes, [along])];
    if (new Set(axes).size === axes.length && w.fits(axes)) w.make(axes, `${table.name}[${found}]`);
    w.make(without(x.axes, [along]), `${x.name}[${along} = ${found}]`);
  },
  /** A product of two axes, merged and split again. */
  merged(w) {
    const x = w.read(({ axes }) => axes.length === 3);
    if (x === undefined) return;
    const [, first, second] = x.axes;
    const whole = `${first}${second}`;
    if (first.length > 1 || second.length > 1 || w.size([first, second]) > 64) return;
    w.axes.set(whole, w.size([first, second]));
    const layer = w.member('m', `linear[${whole} -> ${whole}]${w.one(2) ? '(biased = false)' : ''}`);
    w.make([...x.axes], `${layer}(${x.name})`, true);
  },
  layer(w) {
    const x = w.read(isInner);
    if (x === undefined) return;
    const along = lastOf(x);
    const to = w.of(inner);
    const same = w.of(['layer_norm', 'rms_norm', 'mlp', 'gated_mlp']);
    if (w.one(2) || (x.axes.includes(to) && to !== along)) {
      const text = same.endsWith('norm') ? `${same}[${along}]` : `${same}[${along}, inner = ${2 + w.random(4)}]`;
      w.make(x.axes, `${w.member('n', text)}(${x.name})`);
    } else if (w.fits([...without(x.axes, [along]), to])) {
      w.make([...without(x.axes, [along]), to], `${w.member('n', `linear[${along} -> ${to}]`)}(${x.name})`);
    }
  },
  /** A family under a loop, now and then one without members. */
  family(w) {
    const x = w.read(isInner);
    if (x === undefined) return;
    const along = lastOf(x);
    const name = w.fresh('f');
    w.members.push(`${name}[l in 1..${w.of([0, 1, 2, 3])}] {\n    up: linear[${along} -> ${along}]\n    norm: rms_norm[${along}]\n  }`);
    const h = w.make(x.axes, x.name);
    w.lines.push(`for g in ${name} { ${h.name} = ${h.name} + tanh(g.up(g.norm(${h.name}))) / 2 }`);
  },
  repeated(w) {
    const x = w.read()!;
    const h = w.make(x.axes, x.name);
    w.lines.push(`for l in 1..${w.random(4)} { ${h.name} = ${h.name} / 2 + sin(${h.name}) }`);
  },
  draw(w) {
    const x = w.read()!;
    const r = w.fresh('r');
    const law = w.of(['bernoulli(0.75)', 'uniform']);
    w.lines.push(`${r}[${x.axes.join(', ')}] ~ ${law}`);
    w.make(x.axes, `if training then ${x.name} * ${r} else ${x.name} * 0.75`);
  },
  image(w) {
    const x = w.read(({ axes }) => axes.length === 4);
    if (x === undefined) return;
    const [, channel, row, col] = x.axes;
    const to = w.of(inner.filter((axis) => axis === channel || !x.axes.includes(axis)));
    const layer = w.member('q', `conv[${channel} -> ${to}, ${row}, ${col}](size = ${w.of([1, 2, 3])}, dilation = ${w.of([1, 2])})`);
    if (w.fits(['batch', to, row, col])) w.make(['batch', to, row, col], `${layer}(${x.name})`);
  },
  /** A function of the program's own, with axes of its own. */
  call(w) {
    const x = w.read(isInner);
    if (x === undefined) return;
    w.definitions.set('centred', 'fn centred[u](x[.., u], by = 2) -> y[.., u] {\n  c = x - mean[u](x)\n  y = c / (by + abs(c))\n}\n');
    w.make(x.axes, `centred[${lastOf(x)}](${x.name}${w.one(2) ? ', by = 3' : ''})`);
  },
  /** A layer of the program's own, with a weight and a penalty. */
  own(w) {
    const x = w.read(isInner);
    if (x === undefined) return;
    w.definitions.set(
      'gated',
      'layer gated[u](strong = true) {\n  let little = 1 / 128\n  gate: [u] ~ normal(0.5)\n  slope: [u] ~ ones if strong\n  forward(x[.., u]) -> y[.., u] {\n    s = sigmoid(gate * x)\n    penalty even = little * mean(s ^ 2)\n    used[u] = mean[..](s)\n    report share = used\n    if strong { y = s * slope * x } else { y = s * x }\n  }\n}\n',
    );
    w.make(x.axes, `${w.member('o', `gated[${lastOf(x)}]${w.one(2) ? '(strong = false)' : ''}`)}(${x.name})`);
  },
  joined(w) {
    const x = w.read(({ axes }) => axes.length === 2);
    const y = w.read(({ axes }) => axes.length === 2);
    if (x === undefined || y === undefined) return;
    const [first, second] = [x.axes[1], y.axes[1]];
    const axis = `j${first}${second}`;
    if (first.length > 1 || second.length > 1) return;
    w.axes.set(axis, w.size([first]) + w.size([second]));
    w.make(['batch', axis], `join[${axis}](${x.name}, ${y.name})`);
  },
  /** A family that is indexed by data. */
  experts(w) {
    const x = w.read(isInner);
    if (x === undefined) return;
    const along = lastOf(x);
    const [axis, gate, each] = [w.fresh('n'), w.fresh('gate'), w.fresh('each')];
    w.axes.set(axis, w.of([1, 2, 3]));
    w.members.push(`${gate}: linear[${along} -> ${axis}]`, `${each}[l in 1..${axis}]: linear[${along} -> ${along}]`);
    const choice = w.fresh('i');
    w.lines.push(`${choice} = argmax[${axis}](${gate}(${x.name}))`);
    w.make(x.axes, `${each}[${choice}](${x.name})`);
  },
};
