/** What stands beside every corpus, for people who meet it without the rest. */

export function corpusReadme({ seed, count, size }: { readonly seed: number; readonly count: number; readonly size: number }): string {
  return `# Programs of tensors, with what they give

Made by \`bondsmith corpus --seed ${seed} --count ${count} --size ${size}\`; the same command makes the same corpus.

| file | what it holds |
|---|---|
| \`programs/*/program.bond\` | the text: a model, and a variant over it |
| \`programs/*/program.json\` | the same as nodes, one result each, in forms: entries as built and after all passes, losses with gradients |
| \`programs/*/inputs.safetensors\`, \`weights.safetensors\` | values by the names of sources; real ones are numbers of f32 |
| \`programs/*/expected.safetensors\` | what forms give in f64: \`FORM/result NAME\`, \`FORM/gradient PARAMETER\` |
| \`programs/*/about.json\` | seed, sizes, counts, tolerances, features, and how far away each oracle is |
| \`refused/*\` | a program that must be refused, with the code and the place (offsets) that a message has to have |
| \`features.md\`, \`corpus.json\` | the table of features against oracles |

The operations and the layout of \`program.json\` are told in docs/corpus.md of bondsmith. MIT licence.
`;
}
