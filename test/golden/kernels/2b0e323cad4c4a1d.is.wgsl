// kernel 2b0e323cad4c4a1d on inputs scratch
struct Arguments { words: array<vec4<i32>, 1> }
@group(0) @binding(0) var<uniform> arguments: Arguments;
@group(0) @binding(1) var<storage, read> space_inputs: array<u32>;
@group(0) @binding(2) var<storage, read_write> space_scratch: array<u32>;
fn floor_div(x: i32, y: i32) -> i32 {
  if (y == 0i) { return 0i; }
  let q = x / y;
  return q - select(0i, 1i, (x % y != 0i) && ((x < 0i) != (y < 0i)));
}
@compute @workgroup_size(64) fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) thread: u32) {
  let block = i32(group.x + group.y * 32768u);
  if (block >= arguments.words[0].x) { return; }
  let base_0 = arguments.words[0].y;
  let base_1 = arguments.words[0].z;
  let I_0 = arguments.words[0].w;
  var rest = block;
  let gi_1 = rest % ((I_0 + 4096i - 1i) / 4096i);
  rest /= ((I_0 + 4096i - 1i) / 4096i);
  for (var lane_2 = i32(thread); lane_2 < min(4096i, (I_0 - (gi_1 * 4096i))); lane_2 += 64i) {
    let i_3 = (gi_1 * 4096i) + lane_2;
    var t0_4 = 0i;
    t0_4 = bitcast<i32>(space_inputs[base_0 + i_3]);
    let t1_5 = floor_div(t0_4, 4i);
    space_scratch[base_1 + i_3] = bitcast<u32>(t1_5);
  }
}
