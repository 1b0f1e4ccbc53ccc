// kernel 54b3823321b304b1 on persistent scratch tables scratch
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
  let K_3 = arguments.words[2].x;
  let b1_r_4 = arguments.words[2].y;
  let b1_k_5 = arguments.words[2].z;
  let b3_i_6 = arguments.words[2].w;
  var rest = block;
  let gi_8 = rest % ((I_2 + 256i - 1i) / 256i);
  rest /= ((I_2 + 256i - 1i) / 256i);
  let g_7 = rest % ((R_0 + R_block_1 - 1i) / R_block_1);
  rest /= ((R_0 + R_block_1 - 1i) / R_block_1);
  for (var r_9 = (g_7 * R_block_1); r_9 < min(R_0, ((g_7 * R_block_1) + R_block_1)); r_9 += 1i) {
    for (var lane_10 = i32(thread); lane_10 < min(256i, (I_2 - (gi_8 * 256i))); lane_10 += 64i) {
      let i_11 = (gi_8 * 256i) + lane_10;
      var t0_12 = f32(0.0);
      for (var k_13 = 0i; k_13 < K_3; k_13 += 1i) {
        var t1_14 = f32(0.0);
        t1_14 = bitcast<f32>(space_persistent[base_0 + k_13]);
        var t2_15 = f32(0.0);
        t2_15 = bitcast<f32>(space_scratch[base_1 + bitcast<i32>(space_tables[base_2 + b1_r_4 + r_9]) + bitcast<i32>(space_tables[base_2 + b1_k_5 + k_13]) + i_11]);
        let t3_16 = (t1_14 * t2_15);
        t0_12 = t0_12 + t3_16;
      }
      space_scratch[base_3 + r_9 + i_11 * b3_i_6] = bitcast<u32>(t0_12);
    }
  }
}
