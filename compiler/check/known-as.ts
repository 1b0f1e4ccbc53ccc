/** What things are called elsewhere, and here. Where a name is not known, its hint says so. */
const noStatistics = 'there are no running statistics, so that a row does not depend on its batch';
const others: ReadonlyMap<string, readonly [here: string, why?: string]> = new Map([
  ['tt', ['mpo']],
  ['ttm', ['mpo']],
  ['ttmatrix', ['mpo']],
  ['mps', ['mpo']],
  ['tensortrain', ['mpo']],
  ['tensorring', ['ring']],
  ['tr', ['ring']],
  ['lora', ['low_rank']],
  ['svd', ['low_rank']],
  ['parafac', ['cp']],
  ['candecomp', ['cp']],
  ['canonical', ['cp']],
  ['hosvd', ['tucker']],
  ['kron', ['kronecker']],
  ['monarch', ['btt', 'with `r = 1` it is Monarch']],
  ['hierarchicaltucker', ['tree']],
  ['dense', ['linear']],
  ['fc', ['linear']],
  ['layernorm', ['layer_norm']],
  ['rmsnorm', ['rms_norm']],
  ['groupnorm', ['group_norm']],
  ['instancenorm', ['instance_norm']],
  ['batchnorm', ['layer_norm', noStatistics]],
  ['avgpool', ['mean_pool']],
  ['averagepool', ['mean_pool']],
  ['maxpool', ['max_pool']],
  ['conv', ['conv']],
  ['mha', ['attention']],
  ['multiheadattention', ['attention']],
  ['moe', ['mixture']],
  ['swiglu', ['gated_mlp']],
  ['geglu', ['gated_mlp', 'with `act = gelu`']],
  ['glu', ['gated_mlp', 'with `act = sigmoid`']],
  ['swish', ['silu']],
  ['logistic', ['sigmoid']],
  ['gelunew', ['gelu_tanh']],
  ['gelufast', ['gelu_tanh']],
  ['scaleddotproductattention', ['attend']],
  ['where', ['select']],
  ['concat', ['join']],
  ['concatenate', ['join']],
  ['cat', ['join']],
  ['detach', ['stop']],
  ['stopgradient', ['stop']],
  ['topk', ['top']],
  ['dropout', ['dropout_along', 'it drops all positions of an axis together']],
  ['mse', ['squared_error']],
  ['l1', ['absolute_error']],
  ['mae', ['absolute_error']],
  ['smoothl1', ['huber']],
  ['bce', ['binary_cross_entropy']],
  ['kldiv', ['kl_divergence']],
  ['kl', ['kl_divergence']],
  ['nll', ['cross_entropy']],
  ['labelsmoothing', ['cross_entropy', 'with `smooth = 0.1`']],
]);
/** Without underscores, the number of dimensions, and what kind of thing it is: `MaxPool2d` and `mse_loss` are `maxpool` and `mse`. */
const bare = (name: string) =>
  name
    .toLowerCase()
    .replaceAll('_', '')
    .replace(/[123]d$/, '')
    .replace(/(?<=.)(loss|withlogits)/g, '');

const sayings: ReadonlyMap<string, string> = new Map([
  [
    'sparse',
    'the largest entries that others miss are a term of a sum, `decompose w as mpo[...] + sparse(share = 0.01)`; `keep w where ...` masks a dense weight by positions',
  ],
  ['stride', '`strided_conv` has a stride and a padding, and a result with axes of its own'],
  ['padding', '`strided_conv` has a stride and a padding, and a result with axes of its own'],
  ['embedding', 'a table is a weight, looked up by positions: `embed: [vocab, width] ~ normal(0.02)` and `embed[ids]`'],
  ...['f16', 'bf16', 'f32', 'f64', 'fp16', 'float', 'int8', 'i8'].map(
    (name) =>
      [
        name,
        'values are real numbers, `in int`, `in bool` or positions `in` an axis; how wide they are stored is no part of a program',
      ] as const,
  ),
  ...['quantise', 'quantize', 'quantised', 'int4'].map(
    (name) => [name, 'there is no quantisation: structure is `decompose`, `keep w where ...` and `share`'] as const,
  ),
]);

/** The hint for a name that is known elsewhere, if what it means here is among the candidates. */
export function knownAs(name: string, candidates: ReadonlySet<string>): string | undefined {
  const [here, why] = others.get(bare(name)) ?? [];
  if (here !== undefined && candidates.has(here)) return `here that is \`${here}\`${why === undefined ? '' : `: ${why}`}`;
  return sayings.get(bare(name));
}
