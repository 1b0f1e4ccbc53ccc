// kernel f4ac9b253813d30e on persistent tables persistent scratch
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
  let b3_r_5 = arguments.words[2].z;
  var rest = block;
  let g_6 = rest % ((R_0 + R_block_1 - 1i) / R_block_1);
  rest /= ((R_0 + R_block_1 - 1i) / R_block_1);
  for (var r_7 = (g_6 * R_block_1); r_7 < min(R_0, ((g_6 * R_block_1) + R_block_1)); r_7 += 1i) {
    var t1_8 = f32(0.0);
    t1_8 = bitcast<f32>(space_persistent[base_2 + bitcast<i32>(space_tables[base_1 + b2_r_4 + r_7])]);
    for (var lane_9 = i32(thread); lane_9 < (I_2 - 0i); lane_9 += 64i) {
      let i_10 = 0i + lane_9;
      var t0_11 = f32(0.0);
      t0_11 = bitcast<f32>(space_persistent[base_0 + bitcast<i32>(space_tables[base_1 + b0_r_3 + r_7]) + i_10]);
      let t2_12 = (t0_11 * t1_8);
      space_scratch[base_3 + r_7 * b3_r_5 + i_10] = bitcast<u32>(t2_12);
    }
  }
}
