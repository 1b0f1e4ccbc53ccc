// kernel b79504672f3e484f on persistent scratch
struct Arguments { words: array<vec4<i32>, 2> }
@group(0) @binding(0) var<uniform> arguments: Arguments;
@group(0) @binding(1) var<storage, read_write> space_persistent: array<u32>;
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
  let R_0 = arguments.words[0].w;
  let R_block_1 = arguments.words[1].x;
  let I_2 = arguments.words[1].y;
  let b0_r_3 = arguments.words[1].z;
  let b1_r_4 = arguments.words[1].w;
  var rest = block;
  let g_5 = rest % ((R_0 + R_block_1 - 1i) / R_block_1);
  rest /= ((R_0 + R_block_1 - 1i) / R_block_1);
  for (var r_6 = (g_5 * R_block_1); r_6 < min(R_0, ((g_5 * R_block_1) + R_block_1)); r_6 += 1i) {
    for (var lane_7 = i32(thread); lane_7 < (I_2 - 0i); lane_7 += 64i) {
      let i_8 = 0i + lane_7;
      var t0_9 = f32(0.0);
      t0_9 = bitcast<f32>(space_persistent[base_0 + r_6 * b0_r_3 + i_8]);
      let t1_10 = select(f32(0.0), t0_9, select(0i, 1i, floor_div(r_6, 4i) == floor_div(i_8, 4i)) != 0i);
      space_scratch[base_1 + r_6 * b1_r_4 + i_8] = bitcast<u32>(t1_10);
    }
  }
}
