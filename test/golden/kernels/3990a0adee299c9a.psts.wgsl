// kernel 3990a0adee299c9a on persistent scratch tables scratch
struct Arguments { words: array<vec4<i32>, 4> }
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
  let K_3 = arguments.words[2].x;
  let b1_r_4 = arguments.words[2].y;
  let b1_k_5 = arguments.words[2].z;
  let b1_i_6 = arguments.words[2].w;
  let b3_r_7 = arguments.words[3].x;
  var rest = block;
  let gi_9 = rest % ((I_2 + 256i - 1i) / 256i);
  rest /= ((I_2 + 256i - 1i) / 256i);
  let g_8 = rest % ((R_0 + R_block_1 - 1i) / R_block_1);
  rest /= ((R_0 + R_block_1 - 1i) / R_block_1);
  for (var r_10 = (g_8 * R_block_1); r_10 < min(R_0, ((g_8 * R_block_1) + R_block_1)); r_10 += 1i) {
    for (var lane_11 = i32(thread); lane_11 < min(256i, (I_2 - (gi_9 * 256i))); lane_11 += 64i) {
      let i_12 = (gi_9 * 256i) + lane_11;
      var t0_13 = f32(0.0);
      for (var k_14 = 0i; k_14 < K_3; k_14 += 1i) {
        var t1_15 = f32(0.0);
        t1_15 = bitcast<f32>(space_persistent[base_0 + k_14]);
        var t2_16 = f32(0.0);
        t2_16 = bitcast<f32>(space_scratch[base_1 + bitcast<i32>(space_tables[base_2 + b1_r_4 + r_10]) + bitcast<i32>(space_tables[base_2 + b1_k_5 + k_14]) + i_12 * b1_i_6]);
        let t3_17 = (t1_15 * t2_16);
        t0_13 = t0_13 + t3_17;
      }
      space_scratch[base_3 + r_10 * b3_r_7 + i_12] = bitcast<u32>(t0_13);
    }
  }
}
