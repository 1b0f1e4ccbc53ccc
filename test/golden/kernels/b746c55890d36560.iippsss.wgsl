// kernel b746c55890d36560 on inputs inputs persistent persistent scratch scratch scratch
struct Arguments { words: array<vec4<i32>, 4> }
@group(0) @binding(0) var<uniform> arguments: Arguments;
@group(0) @binding(1) var<storage, read> space_inputs: array<u32>;
@group(0) @binding(2) var<storage, read_write> space_persistent: array<u32>;
@group(0) @binding(3) var<storage, read_write> space_scratch: array<u32>;
var<workgroup> partial_f32: array<f32, 64>;
@compute @workgroup_size(64) fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) thread: u32) {
  let block = i32(group.x + group.y * 32768u);
  if (block >= arguments.words[0].x) { return; }
  let base_0 = arguments.words[0].y;
  let base_1 = arguments.words[0].z;
  let base_2 = arguments.words[0].w;
  let base_3 = arguments.words[1].x;
  let base_4 = arguments.words[1].y;
  let base_5 = arguments.words[1].z;
  let base_6 = arguments.words[1].w;
  let R_0 = arguments.words[2].x;
  let R_block_1 = arguments.words[2].y;
  let I_2 = arguments.words[2].z;
  let b0_r_3 = arguments.words[2].w;
  let b1_r_4 = arguments.words[3].x;
  let b4_r_5 = arguments.words[3].y;
  let b5_r_6 = arguments.words[3].z;
  let b6_r_7 = arguments.words[3].w;
  var rest = block;
  let g_8 = rest % ((R_0 + R_block_1 - 1i) / R_block_1);
  rest /= ((R_0 + R_block_1 - 1i) / R_block_1);
  for (var r_9 = (g_8 * R_block_1); r_9 < min(R_0, ((g_8 * R_block_1) + R_block_1)); r_9 += 1i) {
    var partial_10 = f32(0.0);
    if (thread < 16u) {
      for (var lane_11 = i32(thread); lane_11 < (I_2 - 0i); lane_11 += 16i) {
        let i_12 = 0i + lane_11;
        var t0_13 = f32(0.0);
        t0_13 = bitcast<f32>(space_inputs[base_0 + r_9 * b0_r_3 + i_12]);
        partial_10 = partial_10 + t0_13;
      }
    }
    partial_f32[thread] = partial_10;
    workgroupBarrier();
    for (var half = 8u; half > 0u; half /= 2u) {
      if (thread < half) {
        partial_f32[thread] = partial_f32[thread] + partial_f32[thread + half];
      }
      workgroupBarrier();
    }
    let t1_14 = partial_f32[0];
    workgroupBarrier();
    var partial_15 = f32(0.0);
    if (thread < 16u) {
      for (var lane_16 = i32(thread); lane_16 < (I_2 - 0i); lane_16 += 16i) {
        let i_17 = 0i + lane_16;
        var t0_18 = f32(0.0);
        t0_18 = bitcast<f32>(space_inputs[base_0 + r_9 * b0_r_3 + i_17]);
        let t2_19 = (t0_18 - (f32(0.1666666716337204) * t1_14));
        let t3_20 = (t2_19 * t2_19);
        partial_15 = partial_15 + t3_20;
      }
    }
    partial_f32[thread] = partial_15;
    workgroupBarrier();
    for (var half = 8u; half > 0u; half /= 2u) {
      if (thread < half) {
        partial_f32[thread] = partial_f32[thread] + partial_f32[thread + half];
      }
      workgroupBarrier();
    }
    let t4_21 = partial_f32[0];
    workgroupBarrier();
    let t5_22 = sqrt(((f32(0.1666666716337204) * t4_21) + f32(0.000009999999747378752)));
    for (var lane_23 = i32(thread); lane_23 < (I_2 - 0i); lane_23 += 64i) {
      let i_24 = 0i + lane_23;
      var t0_25 = f32(0.0);
      t0_25 = bitcast<f32>(space_inputs[base_0 + r_9 * b0_r_3 + i_24]);
      let t2_26 = (t0_25 - (f32(0.1666666716337204) * t1_14));
      var t6_27 = f32(0.0);
      t6_27 = bitcast<f32>(space_inputs[base_1 + r_9 * b1_r_4 + i_24]);
      var t7_28 = f32(0.0);
      t7_28 = bitcast<f32>(space_persistent[base_2 + i_24]);
      var t8_29 = f32(0.0);
      t8_29 = bitcast<f32>(space_persistent[base_3 + i_24]);
      let t9_30 = ((((t8_29 * t2_26) / t5_22) + t7_28) - t6_27);
      space_scratch[base_4 + r_9 * b4_r_5 + i_24] = bitcast<u32>(t9_30);
      let t10_31 = (f32(0.1111111119389534) * t9_30);
      space_scratch[base_5 + r_9 * b5_r_6 + i_24] = bitcast<u32>(t10_31);
      let t11_32 = ((t2_26 / t5_22) * t10_31);
      space_scratch[base_6 + r_9 * b6_r_7 + i_24] = bitcast<u32>(t11_32);
    }
  }
}
