/** Programs that the grammar refuses; `fix` is a replacement that makes the program acceptable, as its hint says. */
export interface Refusal {
  readonly name: string;
  readonly source: string;
  readonly fix?: readonly [string, string];
}

const body = (...lines: string[]): string => ['fn f(x[..]) -> y[..] {', ...lines.map((line) => `  ${line}`), '}', ''].join('\n');
const variant = (...lines: string[]): string => ['variant Small of Model {', ...lines.map((line) => `  ${line}`), '}', ''].join('\n');
const layer = (...lines: string[]): string => ['layer block[width] {', ...lines.map((line) => `  ${line}`), '}', ''].join('\n');

export const refusals: readonly Refusal[] = [
  // B001: brackets and words -------------------------------------------------------------------------------------------------
  {
    name: 'bracket-family',
    source: layer('part[l in 1..depth {', '  up: linear[width -> width]', '}', 'norm: layer_norm[width]'),
    fix: ['part[l in 1..depth {', 'part[l in 1..depth] {'],
  },
  { name: 'bracket-call', source: body('y = relu(f(x)', 'z = y'), fix: ['relu(f(x)', 'relu(f(x))'] },
  { name: 'bracket-other', source: body('y = relu(x]'), fix: ['relu(x]', 'relu(x)'] },
  { name: 'bracket-axes', source: body('y = softmax[a(x where on)'), fix: ['softmax[a(', 'softmax[a]('] },
  { name: 'bracket-open-list', source: body('y = [1, 2]') },
  { name: 'reserved-name', source: layer('rest: linear[width -> width]'), fix: ['rest:', 'rest_:'] },
  { name: 'reserved-axis', source: 'layer of[width] {}\n', fix: ['layer of', 'layer of_'] },
  { name: 'reserved-leg', source: 'topology of_all[at, out](r) {\n  core A (layer, out)\n}\n', fix: ['layer', 'at'] },
  { name: 'reserved-option', source: 'model Small(only = 3) {}\n', fix: ['only', 'only_'] },
  { name: 'chained-comparison', source: body('y = select(0 < x < 3, x, 0)'), fix: ['0 < x < 3', '0 < x and x < 3'] },
  { name: 'equals-in-condition', source: body('if n = 3 { y = x }'), fix: ['n = 3', 'n == 3'] },
  { name: 'double-equals', source: body('y == x'), fix: ['==', '='] },
  { name: 'plus-equals', source: body('y += x'), fix: ['y += x', 'y = y + x'] },
  { name: 'times-equals', source: body('y[.., a] *= x'), fix: ['y[.., a] *= x', 'y[.., a] = y * x'] },
  { name: 'power', source: body('y = x ** 2'), fix: ['**', '^'] },
  { name: 'number-touches-name', source: body('y = 2x + 1'), fix: ['2x', '2 * x'] },
  { name: 'unfinished-sum', source: body('z = x +', 'y = z'), fix: ['x +', 'x'] },
  { name: 'unfinished-value', source: body('z =', 'y = z') },
  { name: 'doubled-sign', source: body('y = = x') },
  { name: 'missing-comma', source: body('y = select(x > 0 x, 0)') },
  { name: 'two-arrows', source: 'layer l[a -> b -> c] {}\n' },
  { name: 'empty-parenthesis', source: body('y = () + 1') },
  { name: 'call-without-brackets', source: body('y = relu x', 'z = y'), fix: ['relu x', 'relu(x)'] },
  { name: 'return', source: body('return x'), fix: ['return x', 'y = x'] },
  { name: 'def', source: 'def f(x[..]) -> [..] = x\n', fix: ['def', 'fn'] },
  { name: 'class', source: 'class Linear {\n}\n', fix: ['class', 'layer'] },
  { name: 'import', source: 'import "./models.bond"\nmodel A {}\n', fix: ['import "./models.bond"', 'use "./models.bond" { Bert }'] },
  { name: 'elif', source: body('if a { y = x } elif b { y = 0 }'), fix: ['elif b { y = 0 }', 'else { if b { y = 0 } }'] },
  { name: 'while-loop', source: body('while loss > 0 { y = x }'), fix: ['while loss > 0', 'for l in 1..3'] },
  { name: 'misspelt-definition', source: 'modle Small {\n  axis batch\n}\nlayer good {}\n', fix: ['modle', 'model'] },
  { name: 'misspelt-change', source: variant('decompse all as mpo', 'freeze all'), fix: ['decompse', 'decompose'] },
  { name: 'misspelt-item', source: layer('fowrard(x[.., width]) -> y[.., width] { y = x }'), fix: ['fowrard', 'forward'] },
  { name: 'misspelt-core', source: 'topology t[out, in](r) {\n  croe U (out, r)\n  core V (r, in)\n}\n', fix: ['croe', 'core'] },
  { name: 'missing-arrow', source: 'fn f(x[..]) { y = x }\n', fix: ['(x[..])', '(x[..]) -> y[..]'] },
  { name: 'missing-result', source: 'fn f(x[..]) -> { y = x }\n', fix: ['-> {', '-> y[..] {'] },
  { name: 'missing-options', source: 'topology t[out, in] { core W (out, in) }\n', fix: ['[out, in] {', '[out, in]() {'] },
  { name: 'missing-colon', source: layer('up linear[width -> width]'), fix: ['up linear', 'up: linear'] },
  { name: 'missing-as', source: variant('decompose all mpo[4^5, 4^5]'), fix: ['all mpo', 'all as mpo'] },
  { name: 'missing-over', source: variant('share central of block[l]'), fix: ['block[l]', 'block[l] over l'] },
  { name: 'missing-selection', source: variant('freeze', 'train head'), fix: ['freeze', 'freeze block[*].up'] },
  { name: 'missing-else', source: body('y = if a then x'), fix: ['then x', 'then x else 0'] },
  { name: 'state-statement', source: layer('state mean: [width]') },
  { name: 'statement-in-layer', source: layer('y = 3'), fix: ['y = 3', 'let y = 3'] },
  { name: 'definition-in-layer', source: layer('layer inner {}', 'norm: layer_norm[width]') },
  {
    name: 'broken-head',
    source: 'model Small(width == 3) {\n  axis batch,\n  axis time\n}\n',
    fix: ['== 3) {\n  axis batch,', '= 3) {\n  axis batch'],
  },
  {
    name: 'several',
    source: body('a = (1, 2', 'b = x $ 3', 'c = relu x', 'd = 4', 'y = = d'),
    fix: ['(1, 2\n  b = x $ 3\n  c = relu x\n  d = 4\n  y = =', '(1, 2)\n  b = x * 3\n  c = relu(x)\n  d = 4\n  y ='],
  },
  // B002, B003, B004: particular mistakes ------------------------------------------------------------------------------------
  { name: 'time-without-unit', source: variant('squeeze b of embed by 1 every 10', 'freeze all'), fix: ['every 10', 'every 10 steps'] },
  { name: 'time-in-turn', source: variant('train T[k] of all in turn over k every 200'), fix: ['every 200', 'every 200 steps'] },
  { name: 'time-of-ramp', source: variant('train all where @b < (8 to 64 by 8 every 500)'), fix: ['every 500', 'every 500 steps'] },
  { name: 'option-as-prose', source: layer('up: linear[width -> width] no bias'), fix: [' no bias', '(biased = false)'] },
  { name: 'option-with', source: layer('up: linear[width -> width] with biased'), fix: [' with biased', '(biased = true)'] },
  { name: 'axes-in-parentheses', source: body("y = softmax(x over time')"), fix: ["softmax(x over time')", "softmax[time'](x)"] },
  // B005: braces and the end of the file -------------------------------------------------------------------------------------
  { name: 'brace-missing-at-end', source: 'variant Mpop of Albert {\n  freeze all\n' },
  { name: 'brace-missing-inside', source: body('for l in 1..3 {', '  y = x', 'z = y'), fix: ['  y = x', '  y = x }'] },
  { name: 'brace-missing-between', source: 'layer a[w] {\n  axis t\n\nlayer b[w] {\n  axis t\n}\n', fix: ['axis t\n\n', 'axis t\n}\n'] },
  { name: 'brace-missing-opener', source: body('for l in 1..3', '  y = x', '}'), fix: ['1..3', '1..3 {'] },
  { name: 'brace-too-many', source: layer('axis t', '}', 'axis u'), fix: ['  }\n  axis u', '  axis u'] },
  { name: 'cut-in-item', source: 'variant Mpop of Albert {\n  freeze all\n  decompose embed as' },
  { name: 'cut-in-head', source: 'layer a {}\nmodel Small(width =' },
  // B006, B007, B009 ---------------------------------------------------------------------------------------------------------
  { name: 'nested-too-deep', source: body(`y = ${'('.repeat(300)}x${')'.repeat(300)}`) },
  { name: 'unclosed-text', source: 'use "./models.bond { Bert }\nmodel A {}\n', fix: ['"./models.bond', '"./models.bond"'] },
  { name: 'semicolon', source: body('y = x;'), fix: [';', ''] },
  { name: 'hash-comment', source: '# a comment\nmodel A {}\n', fix: ['#', '//'] },
  { name: 'percent', source: body('y = x % 2'), fix: ['%', 'mod'] },
  { name: 'ampersands', source: body('y = a && b'), fix: ['&&', 'and'] },
  { name: 'exclamation', source: body('y = !a'), fix: ['!a', 'not a'] },
  { name: 'single-quotes', source: "use './models.bond' { Bert }\n", fix: ["'./models.bond'", '"./models.bond"'] },
  { name: 'letters', source: body('y = \u03b1 * x'), fix: ['\u03b1', 'a'] },
  { name: 'unicode-prime', source: body('y = x[time\u2032]'), fix: ['\u2032', "'"] },
  { name: 'control-character', source: body('y = x \u0007') },
];
