/**
 * Python expressions as text with the strength of their outermost operator, so that brackets stand where Python needs them and nowhere
 * else; and names: what Python or `nn.Module` keeps for itself gets an underscore, here and nowhere else.
 */

/** Stronger binds tighter: `or` of bits 1, `and` 2, comparison 3, sum 5, product 6, sign 7, power 8, call or name 9. */
export interface Code {
  readonly text: string;
  readonly strength: number;
  /** A number of Python, no tensor: how it takes part in functions of torch differs. */
  readonly scalar?: true;
}
export const NAME = 9;

export const name = (text: string): Code => ({ text, strength: NAME });
export const call = (f: string, ...args: readonly string[]): Code => ({ text: `${f}(${args.join(', ')})`, strength: NAME });
export function literal(value: number): Code {
  if (!Number.isFinite(value)) return { text: `float('${value > 0 ? 'inf' : value < 0 ? '-inf' : 'nan'}')`, strength: NAME, scalar: true };
  const text = Object.is(value, -0) ? '-0.0' : String(value).replace('e+', 'e');
  return { text, strength: text.startsWith('-') ? 7 : NAME, scalar: true };
}
/** `text`, in brackets where its operator is weaker than `least`. */
export const within = (code: Code, least: number): string => (code.strength < least ? `(${code.text})` : code.text);

const operators = new Map<string, readonly [symbol: string, strength: number]>([
  ['or', ['|', 1]],
  ['and', ['&', 2]],
  ['lt', ['<', 3]],
  ['le', ['<=', 3]],
  ['eq', ['==', 3]],
  ['ne', ['!=', 3]],
  ['gt', ['>', 3]],
  ['ge', ['>=', 3]],
  ['add', ['+', 5]],
  ['sub', ['-', 5]],
  ['mul', ['*', 6]],
  ['div', ['/', 6]],
  ['idiv', ['//', 6]],
  ['mod', ['%', 6]],
]);
/** `a + b`; undefined where Python has no operator of that name. `&` and `|` bind tighter than comparisons in Python, so those get brackets. */
export function infix(f: string, a: Code, b: Code): Code | undefined {
  const found = operators.get(f);
  if (found === undefined) return undefined;
  const [symbol, strength] = found;
  const bits = f === 'and' || f === 'or';
  const left = within(a, bits ? NAME : strength === 3 ? 4 : strength);
  const right = within(b, bits ? NAME : strength === 3 ? 4 : strength + 1);
  const scalar = a.scalar && b.scalar ? { scalar: true as const } : {};
  return { text: `${left} ${symbol} ${right}`, strength, ...scalar };
}

const keywords =
  'False None True and as assert async await break class continue def del elif else except finally for from global if import in is ' +
  'lambda nonlocal not or pass raise return try while with yield';
/** What the written file uses by these names. */
const used =
  'self torch nn re F super range str int float max min tuple list dict getattr setattr isinstance real earlier load_file save_file RENAMED ' +
  'bond_name weights save_weights load_weights parent share freeze keep zero_outside step_only normal uniform zeros ones orthogonal given';
/** Attributes of nn.Module and of the class that is written. */
const members =
  'add_module apply bfloat16 buffers call_super_init children compile cpu cuda double dump_patches eval extra_repr float forward ' +
  'get_buffer get_extra_state get_parameter get_submodule half ipu load_state_dict modules mtia named_buffers named_children ' +
  'named_modules named_parameters parameters register_backward_hook register_buffer register_forward_hook ' +
  'register_forward_pre_hook register_full_backward_hook register_full_backward_pre_hook register_load_state_dict_post_hook ' +
  'register_load_state_dict_pre_hook register_module register_parameter register_state_dict_post_hook ' +
  'register_state_dict_pre_hook requires_grad_ set_extra_state set_submodule share_memory state_dict T_destination to to_empty ' +
  'train training type xpu zero_grad keys values items get pop update clear reset_parameters';
const reserved = new Set([...keywords.split(' '), ...used.split(' ')]);
const reservedMembers = new Set([...keywords.split(' '), ...members.split(' ')]);

/** A variable or parameter of a function. `time'` becomes `time_1`. */
export function variable(text: string): string {
  const plain = text.replace(/'+/g, (ticks) => `_${ticks.length}`).replace(/[^A-Za-z0-9_]/g, '_');
  const safe = /^[A-Za-z_]/.test(plain) ? plain : `_${plain}`;
  return reserved.has(safe) ? `${safe}_` : safe;
}
/** A member of a module. */
export function attribute(text: string): string {
  return reservedMembers.has(text) || text.startsWith('_') ? `${text}_` : text;
}
/** A class: `layer_norm` becomes `LayerNorm`. */
export function className(text: string): string {
  const parts = text.split('_').filter((part) => part !== '');
  const whole = parts.map((part) => part[0].toUpperCase() + part.slice(1)).join('');
  return reserved.has(whole) || whole === '' ? `${whole}_` : whole;
}
export const quoted = (text: string): string => `'${text.replace(/\\/g, '\\\\').replace(/'/g, "\\'")}'`;
export const indented = (lines: readonly string[]): string[] => lines.map((line) => (line === '' ? '' : `    ${line}`));
