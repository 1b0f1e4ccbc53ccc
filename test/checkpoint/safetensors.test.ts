/** Safetensors: what is written is read back; hostile, cut off and mislabelled files are refused by name. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { FileProblem } from '../../runtime/checkpoint/files.ts';
import { encodeTensors, openTensors } from '../../runtime/checkpoint/safetensors.ts';
import { rounding } from '../../runtime/checkpoint/types.ts';
import { nodeFiles } from '../../runtime/cli/host.ts';

const folder = mkdtempSync(join(tmpdir(), 'bondsmith-'));
const file = join(folder, 'a.safetensors');
const files = nodeFiles();
test.after(() => rmSync(folder, { recursive: true }));

function bytesOf(header: string, data = new Uint8Array(0), length = new TextEncoder().encode(header).length): Uint8Array {
  const text = new TextEncoder().encode(header);
  const result = new Uint8Array(8 + text.length + data.length);
  new DataView(result.buffer).setBigUint64(0, BigInt(length), true);
  result.set(text, 8);
  result.set(data, 8 + text.length);
  return result;
}

function refuses(bytes: Uint8Array, reason: RegExp): void {
  writeFileSync(file, bytes);
  assert.throws(
    () => openTensors(files, file),
    (error: Error) => error instanceof FileProblem && error.message.startsWith(file) && reason.test(error.message),
  );
}

const entry = (shape: unknown, offsets: unknown, dtype: unknown = 'F32') => JSON.stringify({ dtype, shape, data_offsets: offsets });

test('what is written is read back, exactly', () => {
  const values = fc.array(fc.double(), { maxLength: 20 });
  fc.assert(
    fc.property(values, values, fc.array(fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }), { maxLength: 9 }), (a, b, c) => {
      const tensors = [
        { name: 'block[1].up.T[2]', shape: [1, a.length], data: Float64Array.from(a) },
        { name: 'f', shape: [b.length], data: Float32Array.from(b) },
        { name: 'ids', shape: [c.length, 1, 1], data: Int32Array.from(c) },
      ];
      files.replace(file, encodeTensors(tensors, { note: 'é "quoted" }' }));
      const opened = openTensors(files, file);
      assert.is(opened.metadata.note, 'é "quoted" }');
      for (const { name, shape, data } of tensors) {
        assert.equal(opened.tensors.get(name)!.shape, shape);
        const found = opened.read(name);
        assert.ok(data.every((value, k) => Object.is(found[k], value)));
      }
    }),
    { numRuns: 50 },
  );
});

test('half, brain and small types', () => {
  const data = new Uint8Array([0x00, 0x3c, 0x01, 0x80, 0x00, 0xfc, 0x80, 0x3f, 0xc0, 0xbf, 0xff, 0x01]);
  const header = `{"h":${entry([3], [0, 6], 'F16')},"b":${entry([2], [6, 10], 'BF16')},"i":${entry([2], [10, 12], 'I8')}}`;
  writeFileSync(file, bytesOf(header, data));
  const opened = openTensors(files, file);
  assert.equal([...opened.read('h')], [1, -(2 ** -24), -Infinity]);
  assert.equal([...opened.read('b')], [1, -1.5]);
  assert.equal([...opened.read('i')], [-1, 1]);
  assert.throws(() => opened.read('none'), /no tensor none/);
});

test('hostile headers are refused', () => {
  const eight = new Uint8Array(8);
  refuses(new Uint8Array(5), /at least 8 bytes, this one has 5/);
  refuses(bytesOf('{}', eight, 2 ** 60), /header says that it has 115292150460684\d{4} bytes, at most 100000000/);
  refuses(bytesOf('{}', eight, 5000), /cut off/);
  refuses(bytesOf('[1]'), /not a JSON object/);
  refuses(bytesOf('{"a":'), /not JSON/);
  refuses(bytesOf('null'), /not a JSON object/);
  refuses(bytesOf(`{"a":${entry([2], [0, 8])},"a":${entry([2], [0, 8])}}`, eight), /name "a" twice/);
  refuses(bytesOf('{"a":{"dtype":"F32","dtype":"F64","shape":[1],"data_offsets":[0,8]}}', eight), /"dtype" twice/);
  refuses(bytesOf('{"a":3}'), /tensor a: its entry is not an object/);
  refuses(bytesOf(`{"a":${entry([2], [0, 8], 3)}}`, eight), /type 3 is not a name/);
  refuses(bytesOf(`{"a":${entry([-2], [0, 8])}}`, eight), /not a shape/);
  refuses(bytesOf(`{"a":${entry([1.5], [0, 6])}}`, eight), /not a shape/);
  refuses(bytesOf(`{"a":${entry([2 ** 40, 2 ** 40], [0, 8])}}`, eight), /too large/);
  refuses(bytesOf(`{"a":${entry([3], [0, 8])}}`, eight), /has 12 bytes, its offsets give 8/);
  refuses(bytesOf(`{"a":${entry([2], [8, 0])}}`, eight), /offsets give -8/);
  refuses(bytesOf(`{"a":${entry([2], [0, 8, 9])}}`, eight), /not a pair/);
  refuses(bytesOf(`{"a":${entry([4], [0, 16])}}`, eight), /cut off/);
  refuses(bytesOf(`{"a":${entry([1], [0, 4])},"b":${entry([1], [2, 6])}}`, eight), /overlaps/);
  refuses(bytesOf(`{"a":${entry([1], [4, 8])}}`, eight), /4 bytes before tensor a belong to no tensor/);
  refuses(bytesOf(`{"a":${entry([1], [0, 4])}}`, eight), /4 bytes at the end/);
  refuses(bytesOf('{"__metadata__":{"a":1}}'), /object of strings/);
  assert.throws(() => openTensors(files, join(folder, 'none')), /no such file/);
});

test('a tensor of a type that is not known is refused when it is read; the others are read', () => {
  const types = ['F8_E4M3', 'F8_E5M2', 'C64', 'F3', 'toString', '__proto__'];
  const unknown = types.map((type, k) => `"t${k}":${entry([3], [8 + 5 * k, 13 + 5 * k], type)}`);
  writeFileSync(file, bytesOf(`{"f":${entry([2], [0, 8])},${unknown.join()}}`, new Uint8Array(8 + 5 * types.length)));
  const opened = openTensors(files, file);
  assert.equal([...opened.read('f')], [0, 0]);
  for (const [k, type] of types.entries()) {
    assert.is(opened.tensors.get(`t${k}`)!.type, type);
    assert.throws(() => opened.read(`t${k}`), new RegExp(`tensor t${k} is of type ${type}, read are F64, F32`));
  }
});

test('unsigned types, and integers that no number holds', () => {
  const data = new Uint8Array(22);
  const view = new DataView(data.buffer);
  view.setUint16(0, 65535, true);
  view.setUint32(2, 2 ** 32 - 1, true);
  view.setBigUint64(6, 2n ** 53n - 1n, true);
  view.setBigUint64(14, 2n ** 63n + 1n, true);
  const header = [`"a":${entry([1], [0, 2], 'U16')}`, `"b":${entry([1], [2, 6], 'U32')}`, `"c":${entry([1], [6, 14], 'U64')}`];
  writeFileSync(file, bytesOf(`{${header.join()},"d":${entry([1], [14, 22], 'U64')}}`, data));
  const opened = openTensors(files, file);
  assert.equal(
    ['a', 'b', 'c'].map((name) => opened.read(name)[0]),
    [65535, 2 ** 32 - 1, 2 ** 53 - 1],
  );
  assert.throws(() => opened.read('d'), /integer 9223372036854775809, which is beyond 2\^53/);
});

test('real numbers are written to the nearest of their type, of two to the even one', () => {
  const given = Float64Array.of(
    1,
    1 + 2 ** -11,
    1 + 3 * 2 ** -11,
    65504,
    65520,
    -(2 ** -24),
    2 ** -25,
    2 ** -25 * 1.01,
    -0,
    1 + 2 ** -8,
    1 + 3 * 2 ** -8,
  );
  const nearest = {
    F16: [1, 1, 1 + 2 ** -9, 65504, Infinity, -(2 ** -24), 0, 2 ** -24, -0, 1 + 2 ** -8, 1 + 3 * 2 ** -8],
    BF16: [1, 1, 1, 65536, 65536, -(2 ** -24), 2 ** -25, 2 ** -25 * (1 + 2 ** -7), -0, 1, 1 + 2 ** -6],
  };
  for (const type of ['F16', 'BF16'] as const) {
    files.replace(file, encodeTensors([{ name: 'a', shape: [given.length], data: given, type }]));
    const found = openTensors(files, file).read('a');
    assert.equal([...found], nearest[type], type);
    assert.equal([...given].map(rounding(type)), nearest[type]);
  }
});

test('a file cut off anywhere is refused', () => {
  const tensors = [{ name: 'a', shape: [2, 2], data: Float32Array.of(1, 2, 3, 4) }];
  const whole = Buffer.concat([...encodeTensors(tensors)]);
  for (let length = 0; length < whole.length; length++) {
    writeFileSync(file, whole.subarray(0, length));
    assert.throws(
      () => openTensors(files, file),
      (error: Error) => error instanceof FileProblem,
    );
  }
});

test('random bytes never crash the reader', () => {
  fc.assert(
    fc.property(fc.string({ maxLength: 80 }), fc.uint8Array({ maxLength: 16 }), (header, data) => {
      writeFileSync(file, bytesOf(header, data));
      try {
        openTensors(files, file);
      } catch (error) {
        assert.instance(error, FileProblem);
      }
    }),
    { numRuns: 200 },
  );
});

test('the writer refuses shapes that do not fit and names that occur twice', () => {
  const data = Float32Array.of(1, 2);
  assert.throws(() => [...encodeTensors([{ name: 'a', shape: [3], data }])], /2 values do not fill/);
  const one = { name: 'a', shape: [2], data };
  assert.throws(() => [...encodeTensors([one, one])], /two tensors are called a/);
});

test('a full disk while writing leaves the old file and no temporary one', () => {
  writeFileSync(file, 'old bytes');
  let written = 0;
  const full = nodeFiles({
    write(_, bytes) {
      written += bytes.length;
      if (written > 100) throw Object.assign(new Error('no space'), { code: 'ENOSPC' });
      return bytes.length;
    },
  });
  const tensors = [{ name: 'a', shape: [1000], data: new Float32Array(1000) }];
  assert.throws(() => full.replace(file, encodeTensors(tensors)), /disk is full; nothing was written over/);
  assert.is(readFileSync(file, 'utf8'), 'old bytes');
  assert.is(files.size(`${file}.partial`), undefined);
});

test.run();
