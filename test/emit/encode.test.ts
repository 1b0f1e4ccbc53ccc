/** Our encoder against binaryen: the same module, instruction by instruction, for every kernel of samples and of whole steps. */
import binaryen from 'binaryen';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { assemble, printMicroKernels, printModule } from '../../compiler/emit/wasm/index.ts';
import { walkModule } from '../../compiler/emit/wasm/walk.ts';
import { compileStep } from '../../compiler/index.ts';
import type { Kernel } from '../../compiler/values/kernel.ts';
import { wasm } from '../../compiler/values/target.ts';
import { tinyModel } from '../engine/tiny.ts';
import { samples } from '../kernel/samples.ts';

const { SIMD128, RelaxedSIMD, BulkMemory, BulkMemoryOpt, ReferenceTypes, MutableGlobals, Atomics: atomics } = binaryen.Features;
const features = SIMD128 | RelaxedSIMD | BulkMemory | BulkMemoryOpt | ReferenceTypes | MutableGlobals | atomics;

/** The text that binaryen makes of valid bytes. It writes `unreachable` behind a loop that never ends, which nobody reaches: left out. */
function readBack(bytes: Uint8Array): string {
  const module = binaryen.readBinary(bytes);
  module.setFeatures(features);
  try {
    assert.ok(module.validate(), 'binaryen finds the module not valid');
    return module.emitText().replaceAll(/^ *\(unreachable\)\n/gm, '');
  } finally {
    module.dispose();
  }
}
function reference(text: string): Uint8Array {
  const module = binaryen.parseText(text);
  module.setFeatures(features);
  try {
    return module.emitBinary();
  } finally {
    module.dispose();
  }
}

function isSame(text: string): void {
  const bytes = assemble(text);
  assert.ok(WebAssembly.validate(bytes), 'the host finds the module not valid');
  assert.ok(readBack(bytes) === readBack(reference(text)), 'another module than binaryen makes of the text');
}

const targets = [{ fused: true }, { fused: false }, { fused: true, wide: true }, { fused: true, wide: true, shared: true }] as const;

test('the loop over launches and the micro-kernels', () => {
  for (const shared of [false, true]) isSame(walkModule(shared));
  for (const target of targets) for (const twin of [0, 1, 70]) isSame(printMicroKernels(target, twin));
});

test('kernels written by hand', () => {
  const kernels = samples().map(({ kernel }) => kernel);
  for (const target of targets) isSame(printModule(kernels, target));
});

test('kernels of training steps', () => {
  const steps = ['', 'decompose block[*].up as mpo[8*8, 4*4](b = 3)\ntrain central of block[*] with probability 0.5'].map((changes) => {
    const model = tinyModel(changes);
    const optimiser = { kind: 'adamw', clip: true, groups: [{ name: 'all', parameters: model.parameters.map(({ id }) => id) }] } as const;
    return compileStep(model, { entries: [{ name: 'next_token', weight: 1 }], sizes: { batch: 2, time: 16 }, mode: 'train', optimiser });
  });
  const kernels = new Map(
    steps.flatMap(({ batch }) => batch.schedule(wasm).kernels).map((kernel): [string, Kernel] => [kernel.key, kernel]),
  );
  assert.ok(kernels.size > 30, `${kernels.size} kernels`);
  for (const target of targets) isSame(printModule([...kernels.values()], target));
});

test('numbers at the ends of their bytes', () => {
  const ints = [0, 1, -1, 63, 64, -64, -65, 127, 128, 8191, 8192, -8192, -8193, 2 ** 31 - 1, -(2 ** 31)];
  const longs = [0n, -1n, 64n, -65n, 2n ** 62n, 2n ** 63n - 1n, -(2n ** 63n)];
  const body = [
    ...ints.map((value) => `(local.set $i (i32.const ${value}))`),
    ...longs.map((value) => `(local.set $l (i64.const ${value}))`),
    ...[0, -0, 1e-40, 0.1, -3.4028234663852886e38].map((value) => `(local.set $f (f32.const ${Object.is(value, -0) ? '-0' : value}))`),
    ...[127, 128, 16383, 16384, 2 ** 21].map((offset) => `(local.set $i (i32.load offset=${offset} (local.get $i)))`),
  ];
  isSame(
    `(module (import "host" "memory" (memory 1 65536)) (func (export "f") (local $i i32) (local $l i64) (local $f f32) ${body.join(' ')}))`,
  );
});

test('what it does not know is said', () => {
  const refused = (body: string) => () => assemble(`(module (func (export "f") ${body}))`);
  assert.throws(refused('(i32.dance (i32.const 1))'), /i32.dance is an instruction that the encoder does not know/);
  assert.throws(refused('(local.set $x (i32.const 1))'), /\$x has no declaration/);
  assert.throws(refused('(i8x16.shuffle 1 2 (i32.const 1) (i32.const 1))'), /with 2 lanes/);
  assert.throws(() => assemble('(module'), /a parenthesis is missing/);
});

test.run();
