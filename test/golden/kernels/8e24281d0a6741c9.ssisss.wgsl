// kernel 8e24281d0a6741c9 on scratch scratch inputs scratch scratch scratch
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
  let at_plus_5 = arguments.words[3].x;
  let b4_r_6 = arguments.words[3].y;
  let b5_r_7 = arguments.words[3].z;
  var rest = block;
  let g_8 = rest % ((R_0 + R_block_1 - 1i) / R_block_1);
  rest /= ((R_0 + R_block_1 - 1i) / R_block_1);
  for (var r_9 = (g_8 * R_block_1); r_9 < min(R_0, ((g_8 * R_block_1) + R_block_1)); r_9 += 1i) {
    var t1_10 = f32(0.0);
    t1_10 = bitcast<f32>(space_scratch[base_1 + r_9]);
    var partial_11 = f32(0.0);
    if (thread < 16u) {
      for (var lane_12 = i32(thread); lane_12 < (I_2 - 0i); lane_12 += 16i) {
        let i_13 = 0i + lane_12;
        var t0_14 = f32(0.0);
        t0_14 = bitcast<f32>(space_scratch[base_0 + r_9 * b0_r_3 + i_13]);
        let t2_15 = select((t0_14 / t1_10), f32(0.0), select(0i, 1i, t1_10 == f32(0.0)) != 0i);
        var t3_16 = f32(0.0);
        t3_16 = bitcast<f32>(space_inputs[base_2 + r_9 * b2_r_4 + i_13]);
        let t4_17 = ((f32(2.0) * (t2_15 - t3_16)) / f32(at_plus_5));
        let t5_18 = select((-(((t0_14 / t1_10) / t1_10) * t4_17)), f32(0.0), select(0i, 1i, t1_10 == f32(0.0)) != 0i);
        partial_11 = partial_11 + t5_18;
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
    let t6_19 = partial_f32[0];
    workgroupBarrier();
    if (thread == 0u) {
      space_scratch[base_3 + r_9] = bitcast<u32>(t6_19);
    }
    for (var lane_20 = i32(thread); lane_20 < (I_2 - 0i); lane_20 += 64i) {
      let i_21 = 0i + lane_20;
      var t0_22 = f32(0.0);
      t0_22 = bitcast<f32>(space_scratch[base_0 + r_9 * b0_r_3 + i_21]);
      let t2_23 = select((t0_22 / t1_10), f32(0.0), select(0i, 1i, t1_10 == f32(0.0)) != 0i);
      var t3_24 = f32(0.0);
      t3_24 = bitcast<f32>(space_inputs[base_2 + r_9 * b2_r_4 + i_21]);
      let t4_25 = ((f32(2.0) * (t2_23 - t3_24)) / f32(at_plus_5));
      let t7_26 = select((t4_25 / t1_10), f32(0.0), select(0i, 1i, t1_10 == f32(0.0)) != 0i);
      space_scratch[base_4 + r_9 * b4_r_6 + i_21] = bitcast<u32>(t7_26);
      let t8_27 = ((t2_23 - t3_24) * (t2_23 - t3_24));
      space_scratch[base_5 + r_9 * b5_r_7 + i_21] = bitcast<u32>(t8_27);
    }
  }
}
