/** Words and signs of other languages that people write first, and what is written here instead. */

export const foreignWords: ReadonlyMap<string, string> = new Map([
  ...['def', 'function', 'func', 'lambda'].map((other) => [other, 'a function is `fn name(x[..]) -> [..] = ...`'] as const),
  ...['class', 'struct', 'module', 'type'].map((other) => [other, 'a layer is `layer name[in -> out] { ... }`'] as const),
  ['return', 'a body sets its results by name: `y = ...`'],
  ['import', 'write `use "./file.bond" { Name }`'],
  ['elif', 'write `else { if ... { } }`'],
  ['var', 'a body needs no word before `x = ...`; a constant of a layer is `let x = ...`'],
  ['const', 'a body needs no word before `x = ...`; a constant of a layer is `let x = ...`'],
  ['while', 'loops have static bounds: `for l in 1..depth { ... }`'],
  ['state', 'running statistics are not part of the language'],
  ...['quantise', 'quantize'].map(
    (other) => [other, 'there is no quantisation: structure is `decompose`, `keep w where ...` and `share`'] as const,
  ),
  ...['compress', 'factorise', 'factorize', 'tensorise', 'tensorize'].map(
    (other) => [other, 'write `decompose w as mpo[8*8, 8*8](b = 8)`'] as const,
  ),
  ...['prune', 'sparsify'].map((other) => [other, '`keep w where ...` holds the other entries at zero'] as const),
  ...['finetune', 'fine_tune'].map((other) => [other, 'write `train only ...`, or `adapt w with low_rank(r = 8)`'] as const),
  ['merge', 'networks are merged by the command `bondsmith merge`'],
  ['None', 'leave the option out'],
  ['True', 'write `true`'],
  ['False', 'write `false`'],
]);

/** Words of this language in a list where they begin nothing. */
const top = 'it stands at the top of a file, in no other definition';
export const misplacedWords: ReadonlyMap<string, string> = new Map([
  ...['model', 'layer', 'topology', 'variant', 'use'].map((own) => [own, top] as const),
  ['edition', 'it stands first in the file'],
  ...['core', 'reuse', 'role'].map((own) => [own, 'it stands in a topology'] as const),
  ...['axis', 'input'].map((own) => [own, 'it stands in a layer or a model'] as const),
  ...['for', 'if', 'penalty', 'report'].map((own) => [own, 'it stands in the body of a function'] as const),
  ['else', 'it follows the `}` of its `if`'],
]);

export const foreignCharacters: ReadonlyMap<string, string> = new Map([
  [';', 'no sign ends a statement: leave it out'],
  ['#', 'a comment begins with `//`'],
  ["'", 'a text stands in double quotes'],
  ['`', 'a text stands in double quotes'],
  ['&', 'write `and`'],
  ['|', 'write `or`'],
  ['!', 'write `not`'],
  ['%', 'write `mod`'],
  ['?', 'write `if condition then a else b`'],
  ['\\', 'a line may go on without a sign'],
  ['\u2192', 'write `->`'],
  ['\u00b7', 'write `*`'],
  ['\u00d7', 'write `*`'],
  ['\u2212', 'write `-`'],
  ['\u2264', 'write `<=`'],
  ['\u2265', 'write `>=`'],
  ['\u2032', "a prime is the ASCII sign `'`"],
  ['\u2019', "a prime is the ASCII sign `'`"],
  ['\u201c', 'a text stands in straight double quotes'],
  ['\u201d', 'a text stands in straight double quotes'],
]);
