// kernel 7418d905de46effb on scratch scratch inputs scratch scratch scratch
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
  let at_plus_6 = arguments.words[3].y;
  let b4_r_7 = arguments.words[3].z;
  var rest = block;
  let g_8 = rest % ((R_0 + R_block_1 - 1i) / R_block_1);
  rest /= ((R_0 + R_block_1 - 1i) / R_block_1);
  for (var r_9 = (g_8 * R_block_1); r_9 < min(R_0, ((g_8 * R_block_1) + R_block_1)); r_9 += 1i) {
    var t1_10 = f32(0.0);
    t1_10 = bitcast<f32>(space_scratch[base_1 + r_9]);
    for (var lane_11 = i32(thread); lane_11 < (I_2 - 0i); lane_11 += 64i) {
      let i_12 = 0i + lane_11;
      var t0_13 = f32(0.0);
      t0_13 = bitcast<f32>(space_scratch[base_0 + r_9 * b0_r_3 + i_12]);
      let t2_14 = select((t0_13 / t1_10), f32(0.0), select(0i, 1i, t1_10 == f32(0.0)) != 0i);
      var t3_15 = f32(0.0);
      t3_15 = bitcast<f32>(space_inputs[base_2 + r_9 * b2_r_4 + i_12]);
      let t4_16 = ((t2_14 - t3_15) * (t2_14 - t3_15));
      space_scratch[base_3 + r_9 * b3_r_5 + i_12] = bitcast<u32>(t4_16);
      let t5_17 = ((f32(2.0) * (t2_14 - t3_15)) / f32(at_plus_6));
      let t6_18 = select((t5_17 / t1_10), f32(0.0), select(0i, 1i, t1_10 == f32(0.0)) != 0i);
      space_scratch[base_4 + r_9 * b4_r_7 + i_12] = bitcast<u32>(t6_18);
      let t7_19 = select((-(((t0_13 / t1_10) / t1_10) * t5_17)), f32(0.0), select(0i, 1i, t1_10 == f32(0.0)) != 0i);
    }
    var partial_20 = f32(0.0);
    if (thread < 16u) {
      for (var lane_21 = i32(thread); lane_21 < (I_2 - 0i); lane_21 += 16i) {
        let i_22 = 0i + lane_21;
        var t0_23 = f32(0.0);
        t0_23 = bitcast<f32>(space_scratch[base_0 + r_9 * b0_r_3 + i_22]);
        let t2_24 = select((t0_23 / t1_10), f32(0.0), select(0i, 1i, t1_10 == f32(0.0)) != 0i);
        var t3_25 = f32(0.0);
        t3_25 = bitcast<f32>(space_inputs[base_2 + r_9 * b2_r_4 + i_22]);
        let t5_26 = ((f32(2.0) * (t2_24 - t3_25)) / f32(at_plus_6));
        let t7_27 = select((-(((t0_23 / t1_10) / t1_10) * t5_26)), f32(0.0), select(0i, 1i, t1_10 == f32(0.0)) != 0i);
        partial_20 = partial_20 + t7_27;
      }
    }
    partial_f32[thread] = partial_20;
    workgroupBarrier();
    for (var half = 8u; half > 0u; half /= 2u) {
      if (thread < half) {
        partial_f32[thread] = partial_f32[thread] + partial_f32[thread + half];
      }
      workgroupBarrier();
    }
    let t8_28 = partial_f32[0];
    workgroupBarrier();
    if (thread == 0u) {
      space_scratch[base_5 + r_9] = bitcast<u32>(t8_28);
    }
  }
}
