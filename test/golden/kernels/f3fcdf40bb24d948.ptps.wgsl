// kernel f3fcdf40bb24d948 on persistent tables persistent scratch
struct Arguments { words: array<vec4<i32>, 3> }
@group(0) @binding(0) var<uniform> arguments: Arguments;
@group(0) @binding(1) var<storage, read_write> space_persistent: array<u32>;
@group(0) @binding(2) var<storage, read_write> space_scratch: array<u32>;
@group(0) @binding(3) var<storage, read> space_tables: array<u32>;
@compute @workgroup_size(64) fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) thread: u32) {
  let block = i32(group.x + group.y * 32768u);
  if (block >= arguments.words[0].x) { return; }
  let base_0 = arguments.words[0].y;
  let base_1 = arguments.words[0].z;
  let base_2 = arguments.words[0].w;
  let base_3 = arguments.words[1].x;
  let R_0 = arguments.words[1].y;
  let R_block_1 = arguments.words[1].z;
  let I_2 = arguments.words[1].w;
  let b0_r_3 = arguments.words[2].x;
  let b2_r_4 = arguments.words[2].y;
  let b2_i_5 = arguments.words[2].z;
  let b3_r_6 = arguments.words[2].w;
  var rest = block;
  let g_7 = rest % ((R_0 + R_block_1 - 1i) / R_block_1);
  rest /= ((R_0 + R_block_1 - 1i) / R_block_1);
  for (var r_8 = (g_7 * R_block_1); r_8 < min(R_0, ((g_7 * R_block_1) + R_block_1)); r_8 += 1i) {
    var t0_9 = f32(0.0);
    t0_9 = bitcast<f32>(space_persistent[base_0 + bitcast<i32>(space_tables[base_1 + b0_r_3 + r_8])]);
    for (var lane_10 = i32(thread); lane_10 < (I_2 - 0i); lane_10 += 64i) {
      let i_11 = 0i + lane_10;
      var t1_12 = f32(0.0);
      t1_12 = bitcast<f32>(space_persistent[base_2 + bitcast<i32>(space_tables[base_1 + b2_r_4 + r_8]) + i_11 * b2_i_5]);
      let t2_13 = (t0_9 * t1_12);
      space_scratch[base_3 + r_8 * b3_r_6 + i_11] = bitcast<u32>(t2_13);
    }
  }
}
