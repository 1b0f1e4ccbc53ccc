/**
 * What addresses of 64 bits cost in the inner loop of a product: a tile of 6 x 8 sums over k, operands in the caches, with one memory of 32
 * bits (bounds by guard pages), one of 64 bits (bounds by comparison), and two of 32 bits. `node bench/memory64.ts`: GFLOP/s by processor
 * time, in turn, medians; results are compared first.
 */
import binaryen from 'binaryen';

const [ROWS, DEPTH, CALLS, TURNS] = [6, 256, 20_000, 15];
type Kind = 'one of 32 bits' | 'one of 64 bits' | 'two of 32 bits';

function textOf(kind: Kind): string {
  const t = kind === 'one of 64 bits' ? 'i64' : 'i32';
  const second = kind === 'two of 32 bits' ? '$m1 ' : '$m0 ';
  const memory = (name: string) => `(memory $${name} (export "${name}") ${t === 'i64' ? 'i64 ' : ''}64 64)`;
  const sums = Array.from({ length: ROWS }, (_, r) => [0, 1].map((c) => `$s${r}${c}`));
  const add = (pointer: string, bytes: number) => `(local.set ${pointer} (${t}.add (local.get ${pointer}) (${t}.const ${bytes})))`;
  const row = (r: number) => `(local.set $x (v128.load32_splat $m0 offset=${4 * r} (local.get $a)))
    ${[0, 1].map((c) => `(local.set ${sums[r]![c]} (f32x4.relaxed_madd (local.get $x) (local.get $y${c}) (local.get ${sums[r]![c]})))`).join('\n    ')}`;
  const step = `(local.set $y0 (v128.load ${second}(local.get $b))) (local.set $y1 (v128.load ${second}offset=16 (local.get $b)))
    ${Array.from({ length: ROWS }, (_, r) => row(r)).join('\n    ')}
    ${add('$a', 4 * ROWS)} ${add('$b', 32)}`;
  const stores = sums.map((pair, r) =>
    pair.map((sum, c) => `(v128.store $m0 offset=${32 * r + 16 * c} (local.get $c) (local.get ${sum}))`).join(' '),
  );
  return `(module ${memory('m0')} ${kind === 'two of 32 bits' ? memory('m1') : ''}
  (func (export "tile") (param $a ${t}) (param $b ${t}) (param $c ${t}) (param $k i32) (local $x v128) (local $y0 v128) (local $y1 v128)
    ${sums
      .flat()
      .map((sum) => `(local ${sum} v128)`)
      .join(' ')}
    (loop $next ${step} ${step}
      (br_if $next (local.tee $k (i32.sub (local.get $k) (i32.const 2)))))
    ${stores.join('\n    ')}))`;
}

interface Ready {
  readonly kind: Kind;
  readonly result: Float32Array;
  call(): void;
}

function ready(kind: Kind): Ready {
  const module = binaryen.parseText(textOf(kind));
  module.setFeatures(binaryen.Features.All);
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(module.emitBinary() as BufferSource));
  const { m0, m1 = m0 } = exports as Record<string, WebAssembly.Memory>;
  const at = { a: 0, b: 65536, c: 131072 };
  const fill = (memory: WebAssembly.Memory, from: number, count: number) => {
    new Float32Array(memory.buffer, from, count).forEach((_, k, all) => {
      all[k] = Math.sin(k + from);
    });
  };
  fill(m0!, at.a, ROWS * DEPTH);
  fill(m1!, at.b, 8 * DEPTH);
  const tile = exports.tile as (...given: (number | bigint)[]) => void;
  const big = kind === 'one of 64 bits';
  const pointers = [at.a, at.b, at.c].map((place) => (big ? BigInt(place) : place));
  const call = () => tile(...pointers, DEPTH);
  call();
  return { kind, call, result: new Float32Array(m0!.buffer, at.c, 8 * ROWS).slice() };
}

function seconds(call: () => void): number {
  const before = process.threadCpuUsage();
  for (let k = 0; k < CALLS; k++) call();
  const { user, system } = process.threadCpuUsage(before);
  return (user + system) / 1e6;
}

const all = (['one of 32 bits', 'one of 64 bits', 'two of 32 bits'] as const).map(ready);
for (const { kind, result } of all) if (result.some((value, k) => value !== all[0]!.result[k])) throw new Error(`${kind}: another result`);
for (const { call } of all) for (let warm = 0; warm < 5; warm++) seconds(call);
const samples = all.map((): number[] => []);
for (let turn = 0; turn < TURNS; turn++) all.forEach(({ call }, k) => void samples[k]!.push(seconds(call)));
console.log(`tiles of ${ROWS} x 8 over ${DEPTH}; Node ${process.version}`);
for (const [k, { kind }] of all.entries()) {
  const speeds = samples[k]!.map((one) => (2 * ROWS * 8 * DEPTH * CALLS) / one / 1e9).sort((x, y) => x - y);
  const [low, middle, high] = [0.25, 0.5, 0.75].map((share) => speeds[Math.floor(share * TURNS)]!.toFixed(1));
  console.log(`memory: ${kind.padEnd(15)} ${middle} GFLOP/s (half of the runs ${low} to ${high})`);
}
