// kernel layer-norm on inputs inputs persistent persistent scratch scratch scratch
struct Arguments { words: array<vec4<i32>, 5> }
@group(0) @binding(0) var<uniform> arguments: Arguments;
@group(0) @binding(1) var<storage, read> space_inputs: array<u32>;
@group(0) @binding(2) var<storage, read_write> space_persistent: array<u32>;
@group(0) @binding(3) var<storage, read_write> space_scratch: array<u32>;
var<workgroup> partial_f32: array<f32, 64>;
fn two_sum(x: f32, y: f32) -> vec2<f32> {
  let sum = x + y;
  let moved = sum - x;
  return vec2<f32>(sum, (x - (sum - moved)) + (y - moved));
}
fn is_nan(x: f32) -> bool { return (bitcast<u32>(x) & 0x7fffffffu) > 0x7f800000u; }
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
    var total_partial_12 = 0.0; var rest_partial_12 = 0.0;
    if (thread < 16u) {
      for (var lane_13 = i32(thread); lane_13 < (I_2 - 0i); lane_13 += 16i) {
        let i_14 = 0i + lane_13;
        if (lane_13 >= 512 && lane_13 % 512 < 16) {
          let sum = two_sum(total_partial_12, partial_12);
          total_partial_12 = sum.x; rest_partial_12 += sum.y; partial_12 = 0.0;
        }
        var t0_15 = f32(0.0);
        t0_15 = bitcast<f32>(space_inputs[base_0 + r_11 * b0_r_3 + i_14]);
        partial_12 = partial_12 + t0_15;
      }
      partial_12 = total_partial_12 + partial_12 + select(rest_partial_12, 0.0, is_nan(rest_partial_12));
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
    var total_partial_17 = 0.0; var rest_partial_17 = 0.0;
    if (thread < 16u) {
      for (var lane_18 = i32(thread); lane_18 < (I_2 - 0i); lane_18 += 16i) {
        let i_19 = 0i + lane_18;
        if (lane_18 >= 512 && lane_18 % 512 < 16) {
          let sum = two_sum(total_partial_17, partial_17);
          total_partial_17 = sum.x; rest_partial_17 += sum.y; partial_17 = 0.0;
        }
        var t0_20 = f32(0.0);
        t0_20 = bitcast<f32>(space_inputs[base_0 + r_11 * b0_r_3 + i_19]);
        let t2_21 = (t0_20 - (t1_16 / f32(at_plus_4)));
        let t3_22 = (t2_21 * t2_21);
        partial_17 = partial_17 + t3_22;
      }
      partial_17 = total_partial_17 + partial_17 + select(rest_partial_17, 0.0, is_nan(rest_partial_17));
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
      let t10_33 = (f32(2.0) * ((f32(1.0) / f32(at_plus_1_7)) * t9_32));
      space_scratch[base_5 + r_11 * b5_r_8 + i_26] = bitcast<u32>(t10_33);
      let t11_34 = (((f32(1.0) / t5_24) * t2_28) * t10_33);
      space_scratch[base_6 + r_11 * b6_r_9 + i_26] = bitcast<u32>(t11_34);
    }
  }
}
