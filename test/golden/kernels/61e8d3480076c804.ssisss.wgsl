// kernel 61e8d3480076c804 on scratch scratch inputs scratch scratch scratch
struct Arguments { words: array<vec4<i32>, 4> }
@group(0) @binding(0) var<uniform> arguments: Arguments;
@group(0) @binding(1) var<storage, read> space_inputs: array<u32>;
@group(0) @binding(2) var<storage, read_write> space_scratch: array<u32>;
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
  let R_0 = arguments.words[1].w;
  let R_block_1 = arguments.words[2].x;
  let I_2 = arguments.words[2].y;
  let b0_r_3 = arguments.words[2].z;
  let b2_r_4 = arguments.words[2].w;
  let b3_r_5 = arguments.words[3].x;
  let b5_r_6 = arguments.words[3].y;
  var rest = block;
  let g_7 = rest % ((R_0 + R_block_1 - 1i) / R_block_1);
  rest /= ((R_0 + R_block_1 - 1i) / R_block_1);
  for (var r_8 = (g_7 * R_block_1); r_8 < min(R_0, ((g_7 * R_block_1) + R_block_1)); r_8 += 1i) {
    var t1_9 = f32(0.0);
    t1_9 = bitcast<f32>(space_scratch[base_1 + r_8]);
    for (var lane_10 = i32(thread); lane_10 < (I_2 - 0i); lane_10 += 64i) {
      let i_11 = 0i + lane_10;
      var t0_12 = f32(0.0);
      t0_12 = bitcast<f32>(space_scratch[base_0 + r_8 * b0_r_3 + i_11]);
      let t2_13 = select((t0_12 / t1_9), f32(0.0), select(0i, 1i, t1_9 == f32(0.0)) != 0i);
      var t3_14 = f32(0.0);
      t3_14 = bitcast<f32>(space_inputs[base_2 + r_8 * b2_r_4 + i_11]);
      let t4_15 = (f32(0.02083333395421505) * (t2_13 - t3_14));
      let t5_16 = ((t2_13 - t3_14) * (t2_13 - t3_14));
      space_scratch[base_3 + r_8 * b3_r_5 + i_11] = bitcast<u32>(t5_16);
      let t6_17 = select((-(((t0_12 / t1_9) / t1_9) * t4_15)), f32(0.0), select(0i, 1i, t1_9 == f32(0.0)) != 0i);
    }
    var partial_18 = f32(0.0);
    if (thread < 16u) {
      for (var lane_19 = i32(thread); lane_19 < (I_2 - 0i); lane_19 += 16i) {
        let i_20 = 0i + lane_19;
        var t0_21 = f32(0.0);
        t0_21 = bitcast<f32>(space_scratch[base_0 + r_8 * b0_r_3 + i_20]);
        let t2_22 = select((t0_21 / t1_9), f32(0.0), select(0i, 1i, t1_9 == f32(0.0)) != 0i);
        var t3_23 = f32(0.0);
        t3_23 = bitcast<f32>(space_inputs[base_2 + r_8 * b2_r_4 + i_20]);
        let t4_24 = (f32(0.02083333395421505) * (t2_22 - t3_23));
        let t6_25 = select((-(((t0_21 / t1_9) / t1_9) * t4_24)), f32(0.0), select(0i, 1i, t1_9 == f32(0.0)) != 0i);
        partial_18 = partial_18 + t6_25;
      }
    }
    partial_f32[thread] = partial_18;
    workgroupBarrier();
    for (var half = 8u; half > 0u; half /= 2u) {
      if (thread < half) {
        partial_f32[thread] = partial_f32[thread] + partial_f32[thread + half];
      }
      workgroupBarrier();
    }
    let t7_26 = partial_f32[0];
    workgroupBarrier();
    if (thread == 0u) {
      space_scratch[base_4 + r_8] = bitcast<u32>(t7_26);
    }
    for (var lane_27 = i32(thread); lane_27 < (I_2 - 0i); lane_27 += 64i) {
      let i_28 = 0i + lane_27;
      var t0_29 = f32(0.0);
      t0_29 = bitcast<f32>(space_scratch[base_0 + r_8 * b0_r_3 + i_28]);
      let t2_30 = select((t0_29 / t1_9), f32(0.0), select(0i, 1i, t1_9 == f32(0.0)) != 0i);
      var t3_31 = f32(0.0);
      t3_31 = bitcast<f32>(space_inputs[base_2 + r_8 * b2_r_4 + i_28]);
      let t4_32 = (f32(0.02083333395421505) * (t2_30 - t3_31));
      let t8_33 = select((t4_32 / t1_9), f32(0.0), select(0i, 1i, t1_9 == f32(0.0)) != 0i);
      space_scratch[base_5 + r_8 * b5_r_6 + i_28] = bitcast<u32>(t8_33);
    }
  }
}
