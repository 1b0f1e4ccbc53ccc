/** Codes of the instructions that kernels use (WebAssembly 3.0, chapter 5.4), and which immediate numbers stand behind them. */

/** memory: alignment and offset; lane: one byte; memory-lane: both. Alignments are those of the size that is read, as a power of two. */
export interface Instruction {
  readonly code: readonly number[];
  readonly immediate?: 'memory' | 'lane' | 'memory-lane' | 'shuffle';
  readonly align?: number;
}

/** Names of one prefix whose codes follow one another. */
function run(prefix: string, first: number, names: string, behind: readonly number[] = []): [string, Instruction][] {
  return names.split(' ').map((name, k) => [`${prefix}.${name}`, { code: coded(first + k, behind) }]);
}
function coded(code: number, behind: readonly number[]): number[] {
  return behind.length === 0 ? [code] : [...behind, ...unsigned(code)];
}
/** Little-endian, seven bits a byte. */
export function unsigned(value: number): number[] {
  const bytes: number[] = [];
  let rest = value >>> 0;
  do {
    bytes.push((rest & 0x7f) | (rest > 0x7f ? 0x80 : 0));
    rest >>>= 7;
  } while (rest > 0);
  return bytes;
}

const vector = [0xfd];
const v = (prefix: string, first: number, names: string) => run(prefix, first, names, vector);
const memory = (name: string, code: number, align: number, behind: readonly number[] = []): [string, Instruction] => [
  name,
  { code: coded(code, behind), immediate: 'memory', align },
];
const lane = (name: string, code: number): [string, Instruction] => [name, { code: coded(code, vector), immediate: 'lane' }];
const memoryLane = (name: string, code: number, align: number): [string, Instruction] => [
  name,
  { code: coded(code, vector), immediate: 'memory-lane', align },
];

const atomic = (name: string, code: number): [string, Instruction] => memory(name, code, 2, [0xfe]);

const comparisons = 'eq ne lt_s lt_u gt_s gt_u le_s le_u ge_s ge_u';
const orders = 'eq ne lt gt le ge';
const integers = 'add sub mul div_s div_u rem_s rem_u and or xor shl shr_s shr_u';
const floats = 'abs neg ceil floor trunc nearest sqrt add sub mul div min max';

export const instructions: ReadonlyMap<string, Instruction> = new Map<string, Instruction>([
  ['unreachable', { code: [0x00] }],
  ['return', { code: [0x0f] }],
  ['drop', { code: [0x1a] }],
  ['select', { code: [0x1b] }],
  ['memory.copy', { code: [0xfc, 0x0a, 0, 0] }],
  ['memory.fill', { code: [0xfc, 0x0b, 0] }],
  atomic('memory.atomic.notify', 0x00),
  atomic('memory.atomic.wait32', 0x01),
  atomic('i32.atomic.load', 0x10),
  atomic('i32.atomic.store', 0x17),
  atomic('i32.atomic.rmw.add', 0x1e),
  atomic('i32.atomic.rmw.sub', 0x25),
  memory('i32.load', 0x28, 2),
  memory('i64.load', 0x29, 3),
  memory('f32.load', 0x2a, 2),
  memory('f64.load', 0x2b, 3),
  memory('i32.store', 0x36, 2),
  memory('i64.store', 0x37, 3),
  memory('f32.store', 0x38, 2),
  memory('f64.store', 0x39, 3),
  ...run('i32', 0x46, comparisons),
  ...run('i64', 0x51, comparisons),
  ...run('f32', 0x5b, orders),
  ...run('f64', 0x61, orders),
  ...run('i32', 0x6a, integers),
  ...run('i64', 0x7c, integers),
  ...run('f32', 0x8b, floats),
  ...run('f64', 0x99, floats),
  ['i32.wrap_i64', { code: [0xa7] }],
  ...run('i64', 0xac, 'extend_i32_s extend_i32_u'),
  ...run('f32', 0xb2, 'convert_i32_s convert_i32_u convert_i64_s convert_i64_u demote_f64'),
  ...run('f64', 0xb7, 'convert_i32_s convert_i32_u convert_i64_s convert_i64_u promote_f32'),
  ['i32.reinterpret_f32', { code: [0xbc] }],
  ['i64.reinterpret_f64', { code: [0xbd] }],
  ['f32.reinterpret_i32', { code: [0xbe] }],
  ['f64.reinterpret_i64', { code: [0xbf] }],
  memory('v128.load', 0x00, 4, vector),
  memory('v128.load32_splat', 0x09, 2, vector),
  memory('v128.load64_splat', 0x0a, 3, vector),
  memory('v128.store', 0x0b, 4, vector),
  ['i8x16.shuffle', { code: [0xfd, 0x0d], immediate: 'shuffle' }],
  ['i32x4.splat', { code: [0xfd, 0x11] }],
  ['f32x4.splat', { code: [0xfd, 0x13] }],
  ['f64x2.splat', { code: [0xfd, 0x14] }],
  lane('i32x4.extract_lane', 0x1b),
  lane('i32x4.replace_lane', 0x1c),
  lane('f32x4.extract_lane', 0x1f),
  lane('f32x4.replace_lane', 0x20),
  ...v('i32x4', 0x37, comparisons),
  ...v('f32x4', 0x41, orders),
  ...v('f64x2', 0x47, orders),
  ...v('v128', 0x4d, 'not and andnot or xor bitselect any_true'),
  memoryLane('v128.load32_lane', 0x56, 2),
  memoryLane('v128.load64_lane', 0x57, 3),
  memoryLane('v128.store32_lane', 0x5a, 2),
  memoryLane('v128.store64_lane', 0x5b, 3),
  memory('v128.load32_zero', 0x5c, 2, vector),
  memory('v128.load64_zero', 0x5d, 3, vector),
  ...v('f32x4', 0x5e, 'demote_f64x2_zero'),
  ...v('f64x2', 0x5f, 'promote_low_f32x4'),
  ...v('f32x4', 0x67, 'ceil floor trunc nearest'),
  ...v('f64x2', 0x74, 'ceil floor'),
  ...v('f64x2', 0x7a, 'trunc'),
  ...v('f64x2', 0x94, 'nearest'),
  ...v('i32x4', 0xa0, 'abs neg'),
  ...v('i32x4', 0xab, 'shl shr_s shr_u add'),
  ...v('i32x4', 0xb1, 'sub'),
  ...v('i32x4', 0xb5, 'mul min_s min_u max_s max_u'),
  ...v('f32x4', 0xe0, 'abs neg'),
  ...v('f32x4', 0xe3, 'sqrt add sub mul div min max pmin pmax'),
  ...v('f64x2', 0xec, 'abs neg'),
  ...v('f64x2', 0xef, 'sqrt add sub mul div min max pmin pmax'),
  ...v('i32x4', 0xf8, 'trunc_sat_f32x4_s trunc_sat_f32x4_u'),
  ...v('f32x4', 0xfa, 'convert_i32x4_s convert_i32x4_u'),
  ...v('i32x4', 0xfc, 'trunc_sat_f64x2_s_zero trunc_sat_f64x2_u_zero'),
  ...v('f64x2', 0xfe, 'convert_low_i32x4_s convert_low_i32x4_u'),
  ...v('f32x4', 0x105, 'relaxed_madd relaxed_nmadd'),
]);
