// kernel c8053e35d0a4bc8a on scratch persistent scratch scratch scratch inputs scratch
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
  let b2_r_4 = arguments.words[3].x;
  let b6_r_5 = arguments.words[3].y;
  var rest = block;
  let g_6 = rest % ((R_0 + R_block_1 - 1i) / R_block_1);
  rest /= ((R_0 + R_block_1 - 1i) / R_block_1);
  for (var r_7 = (g_6 * R_block_1); r_7 < min(R_0, ((g_6 * R_block_1) + R_block_1)); r_7 += 1i) {
    for (var lane_8 = i32(thread); lane_8 < (I_2 - 0i); lane_8 += 64i) {
      let i_9 = 0i + lane_8;
      var t0_10 = f32(0.0);
      t0_10 = bitcast<f32>(space_scratch[base_0 + r_7 * b0_r_3 + i_9]);
      var t1_11 = f32(0.0);
      t1_11 = bitcast<f32>(space_persistent[base_1 + i_9]);
      let t2_12 = (t0_10 + t1_11);
      space_scratch[base_2 + r_7 * b2_r_4 + i_9] = bitcast<u32>(t2_12);
    }
    var partial_13 = f32(-1.0000000150474662e+30);
    if (thread < 16u) {
      for (var lane_14 = i32(thread); lane_14 < (I_2 - 0i); lane_14 += 16i) {
        let i_15 = 0i + lane_14;
        var t0_16 = f32(0.0);
        t0_16 = bitcast<f32>(space_scratch[base_0 + r_7 * b0_r_3 + i_15]);
        var t1_17 = f32(0.0);
        t1_17 = bitcast<f32>(space_persistent[base_1 + i_15]);
        let t2_18 = (t0_16 + t1_17);
        partial_13 = max(partial_13, t2_18);
      }
    }
    partial_f32[thread] = partial_13;
    workgroupBarrier();
    for (var half = 8u; half > 0u; half /= 2u) {
      if (thread < half) {
        partial_f32[thread] = max(partial_f32[thread], partial_f32[thread + half]);
      }
      workgroupBarrier();
    }
    let t3_19 = partial_f32[0];
    workgroupBarrier();
    if (thread == 0u) {
      space_scratch[base_3 + r_7] = bitcast<u32>(t3_19);
    }
    var partial_20 = f32(0.0);
    if (thread < 16u) {
      for (var lane_21 = i32(thread); lane_21 < (I_2 - 0i); lane_21 += 16i) {
        let i_22 = 0i + lane_21;
        var t0_23 = f32(0.0);
        t0_23 = bitcast<f32>(space_scratch[base_0 + r_7 * b0_r_3 + i_22]);
        var t1_24 = f32(0.0);
        t1_24 = bitcast<f32>(space_persistent[base_1 + i_22]);
        let t2_25 = (t0_23 + t1_24);
        let t4_26 = exp((t2_25 - t3_19));
        partial_20 = partial_20 + t4_26;
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
    let t5_27 = partial_f32[0];
    workgroupBarrier();
    if (thread == 0u) {
      space_scratch[base_4 + r_7] = bitcast<u32>(t5_27);
    }
    let t6_28 = (f32(0.3333333432674408) / t5_27);
    var t7_29 = 0i;
    t7_29 = bitcast<i32>(space_inputs[base_5 + r_7]);
    for (var lane_30 = i32(thread); lane_30 < (I_2 - 0i); lane_30 += 64i) {
      let i_31 = 0i + lane_30;
      var t0_32 = f32(0.0);
      t0_32 = bitcast<f32>(space_scratch[base_0 + r_7 * b0_r_3 + i_31]);
      var t1_33 = f32(0.0);
      t1_33 = bitcast<f32>(space_persistent[base_1 + i_31]);
      let t2_34 = (t0_32 + t1_33);
      let t4_35 = exp((t2_34 - t3_19));
      let t8_36 = (select(f32(0.0), f32(-0.3333333432674408), select(0i, 1i, i_31 == t7_29) != 0i) + (t4_35 * t6_28));
      space_scratch[base_6 + r_7 * b6_r_5 + i_31] = bitcast<u32>(t8_36);
    }
  }
}
