// kernel b6a5e3eaac368c07 on scratch scratch scratch
struct Arguments { words: array<vec4<i32>, 3> }
@group(0) @binding(0) var<uniform> arguments: Arguments;
@group(0) @binding(1) var<storage, read_write> space_scratch: array<u32>;
var<workgroup> partial_f32: array<f32, 64>;
@compute @workgroup_size(64) fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) thread: u32) {
  let block = i32(group.x + group.y * 32768u);
  if (block >= arguments.words[0].x) { return; }
  let base_0 = arguments.words[0].y;
  let base_1 = arguments.words[0].z;
  let base_2 = arguments.words[0].w;
  let R_0 = arguments.words[1].x;
  let R_block_1 = arguments.words[1].y;
  let I_2 = arguments.words[1].z;
  let K_3 = arguments.words[1].w;
  let b0_k_4 = arguments.words[2].x;
  let b1_r_5 = arguments.words[2].y;
  let b1_k_6 = arguments.words[2].z;
  var rest = block;
  let g_7 = rest % ((R_0 + R_block_1 - 1i) / R_block_1);
  rest /= ((R_0 + R_block_1 - 1i) / R_block_1);
  for (var r_8 = (g_7 * R_block_1); r_8 < min(R_0, ((g_7 * R_block_1) + R_block_1)); r_8 += 1i) {
    var t0_9 = f32(0.0);
    for (var k_10 = 0i; k_10 < K_3; k_10 += 1i) {
      var partial_11 = f32(0.0);
      if (thread < 16u) {
        for (var lane_12 = i32(thread); lane_12 < (I_2 - 0i); lane_12 += 16i) {
          let i_13 = 0i + lane_12;
          var t1_14 = f32(0.0);
          t1_14 = bitcast<f32>(space_scratch[base_0 + k_10 * b0_k_4 + i_13]);
          var t2_15 = f32(0.0);
          t2_15 = bitcast<f32>(space_scratch[base_1 + r_8 * b1_r_5 + k_10 * b1_k_6 + i_13]);
          let t3_16 = (t1_14 * t2_15);
          partial_11 = partial_11 + t3_16;
        }
      }
      partial_f32[thread] = partial_11;
      workgroupBarrier();
      for (var half = 8u; half > 0u; half /= 2u) {
        if (thread < half) {
          partial_f32[thread] = partial_f32[thread] + partial_f32[thread + half];
        }
        workgroupBarrier();
      }
      let t4_17 = partial_f32[0];
      workgroupBarrier();
      t0_9 = t0_9 + t4_17;
    }
    if (thread == 0u) {
      space_scratch[base_2 + r_8] = bitcast<u32>(t0_9);
    }
  }
}
