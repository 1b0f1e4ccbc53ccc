/** What things are called elsewhere, and here. Where a name is not known, its hint says so. */
const others: ReadonlyMap<string, readonly [here: string, why?: string]> = new Map([
  ['tt', ['mpo']],
  ['ttm', ['mpo']],
  ['mps', ['mpo']],
  ['tensor_train', ['mpo']],
  ['tensortrain', ['mpo']],
  ['tensor_ring', ['ring']],
  ['tr', ['ring']],
  ['lora', ['low_rank']],
  ['svd', ['low_rank']],
  ['parafac', ['cp']],
  ['candecomp', ['cp']],
  ['canonical', ['cp']],
  ['hosvd', ['tucker']],
  ['kron', ['kronecker']],
  ['monarch', ['btt', 'with `r = 1` it is Monarch']],
  ['hierarchical_tucker', ['tree']],
  ['dense', ['linear']],
  ['fc', ['linear']],
  ['layernorm', ['layer_norm']],
  ['rmsnorm', ['rms_norm']],
  ['batch_norm', ['layer_norm', 'there are no running statistics, so that a row does not depend on its batch']],
  ['batchnorm', ['layer_norm', 'there are no running statistics, so that a row does not depend on its batch']],
  ['conv2d', ['conv']],
  ['mha', ['attention']],
  ['moe', ['mixture']],
  ['swish', ['silu']],
  ['logistic', ['sigmoid']],
  ['where', ['select']],
  ['concat', ['join']],
  ['concatenate', ['join']],
  ['detach', ['stop']],
  ['stop_gradient', ['stop']],
  ['topk', ['top']],
  ['mse', ['squared_error']],
  ['nll', ['cross_entropy']],
]);
const sayings: ReadonlyMap<string, string> = new Map([
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
  const [here, why] = others.get(name.toLowerCase()) ?? [];
  if (here !== undefined && candidates.has(here)) return `here that is \`${here}\`${why === undefined ? '' : `: ${why}`}`;
  return sayings.get(name.toLowerCase());
}
