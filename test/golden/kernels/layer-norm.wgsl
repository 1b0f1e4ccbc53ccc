// kernel layer-norm on inputs inputs persistent persistent scratch scratch scratch
struct Arguments { words: array<vec4<i32>, 5> }
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
  let at_plus_4 = arguments.words[3].x;
  let b1_r_5 = arguments.words[3].y;
  let b4_r_6 = arguments.words[3].z;
  let at_plus_1_7 = arguments.words[3].w;
  let b5_r_8 = arguments.words[4].x;
  let b6_r_9 = arguments.words[4].y;
  var rest = block;
  let g_10 = rest % ((R_0 + R_block_1 - 1i) / R_block_1);
  rest /= ((R_0 + R_block_1 - 1i) / R_block_1);
  for (var r_11 = (g_10 * R_block_1); r_11 < min(R_0, ((g_10 * R_block_1) + R_block_1)); r_11 += 1i) {
    var partial_12 = f32(0.0);
    if (thread < 16u) {
      for (var lane_13 = i32(thread); lane_13 < (I_2 - 0i); lane_13 += 16i) {
        let i_14 = 0i + lane_13;
        var t0_15 = f32(0.0);
        t0_15 = bitcast<f32>(space_inputs[base_0 + r_11 * b0_r_3 + i_14]);
        partial_12 = partial_12 + t0_15;
      }
    }
    partial_f32[thread] = partial_12;
    workgroupBarrier();
    for (var half = 8u; half > 0u; half /= 2u) {
      if (thread < half) {
        partial_f32[thread] = partial_f32[thread] + partial_f32[thread + half];
      }
      workgroupBarrier();
    }
    let t1_16 = partial_f32[0];
    workgroupBarrier();
    var partial_17 = f32(0.0);
    if (thread < 16u) {
      for (var lane_18 = i32(thread); lane_18 < (I_2 - 0i); lane_18 += 16i) {
        let i_19 = 0i + lane_18;
        var t0_20 = f32(0.0);
        t0_20 = bitcast<f32>(space_inputs[base_0 + r_11 * b0_r_3 + i_19]);
        let t2_21 = (t0_20 - (t1_16 / f32(at_plus_4)));
        let t3_22 = (t2_21 * t2_21);
        partial_17 = partial_17 + t3_22;
      }
    }
    partial_f32[thread] = partial_17;
    workgroupBarrier();
    for (var half = 8u; half > 0u; half /= 2u) {
      if (thread < half) {
        partial_f32[thread] = partial_f32[thread] + partial_f32[thread + half];
      }
      workgroupBarrier();
    }
    let t4_23 = partial_f32[0];
    workgroupBarrier();
    let t5_24 = sqrt(((t4_23 / f32(at_plus_4)) + f32(0.000009999999747378752)));
    for (var lane_25 = i32(thread); lane_25 < (I_2 - 0i); lane_25 += 64i) {
      let i_26 = 0i + lane_25;
      var t0_27 = f32(0.0);
      t0_27 = bitcast<f32>(space_inputs[base_0 + r_11 * b0_r_3 + i_26]);
      let t2_28 = (t0_27 - (t1_16 / f32(at_plus_4)));
      var t6_29 = f32(0.0);
      t6_29 = bitcast<f32>(space_inputs[base_1 + r_11 * b1_r_5 + i_26]);
      var t7_30 = f32(0.0);
      t7_30 = bitcast<f32>(space_persistent[base_2 + i_26]);
      var t8_31 = f32(0.0);
      t8_31 = bitcast<f32>(space_persistent[base_3 + i_26]);
      let t9_32 = ((((t8_31 * t2_28) / t5_24) + t7_30) - t6_29);
      space_scratch[base_4 + r_11 * b4_r_6 + i_26] = bitcast<u32>(t9_32);
      let t10_33 = (f32(2.0) * (t9_32 / f32(at_plus_1_7)));
      space_scratch[base_5 + r_11 * b5_r_8 + i_26] = bitcast<u32>(t10_33);
      let t11_34 = ((t2_28 / t5_24) * t10_33);
      space_scratch[base_6 + r_11 * b6_r_9 + i_26] = bitcast<u32>(t11_34);
    }
  }
}
