// kernel 018b6742bb6eab30 on scratch persistent scratch scratch scratch inputs scratch
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
  let at_plus_5 = arguments.words[3].y;
  let b6_r_6 = arguments.words[3].z;
  var rest = block;
  let g_7 = rest % ((R_0 + R_block_1 - 1i) / R_block_1);
  rest /= ((R_0 + R_block_1 - 1i) / R_block_1);
  for (var r_8 = (g_7 * R_block_1); r_8 < min(R_0, ((g_7 * R_block_1) + R_block_1)); r_8 += 1i) {
    for (var lane_9 = i32(thread); lane_9 < (I_2 - 0i); lane_9 += 64i) {
      let i_10 = 0i + lane_9;
      var t0_11 = f32(0.0);
      t0_11 = bitcast<f32>(space_scratch[base_0 + r_8 * b0_r_3 + i_10]);
      var t1_12 = f32(0.0);
      t1_12 = bitcast<f32>(space_persistent[base_1 + i_10]);
      let t2_13 = (t0_11 + t1_12);
      space_scratch[base_2 + r_8 * b2_r_4 + i_10] = bitcast<u32>(t2_13);
    }
    var partial_14 = f32(-1.0000000150474662e+30);
    if (thread < 16u) {
      for (var lane_15 = i32(thread); lane_15 < (I_2 - 0i); lane_15 += 16i) {
        let i_16 = 0i + lane_15;
        var t0_17 = f32(0.0);
        t0_17 = bitcast<f32>(space_scratch[base_0 + r_8 * b0_r_3 + i_16]);
        var t1_18 = f32(0.0);
        t1_18 = bitcast<f32>(space_persistent[base_1 + i_16]);
        let t2_19 = (t0_17 + t1_18);
        partial_14 = max(partial_14, t2_19);
      }
    }
    partial_f32[thread] = partial_14;
    workgroupBarrier();
    for (var half = 8u; half > 0u; half /= 2u) {
      if (thread < half) {
        partial_f32[thread] = max(partial_f32[thread], partial_f32[thread + half]);
      }
      workgroupBarrier();
    }
    let t3_20 = partial_f32[0];
    workgroupBarrier();
    if (thread == 0u) {
      space_scratch[base_3 + r_8] = bitcast<u32>(t3_20);
    }
    var partial_21 = f32(0.0);
    if (thread < 16u) {
      for (var lane_22 = i32(thread); lane_22 < (I_2 - 0i); lane_22 += 16i) {
        let i_23 = 0i + lane_22;
        var t0_24 = f32(0.0);
        t0_24 = bitcast<f32>(space_scratch[base_0 + r_8 * b0_r_3 + i_23]);
        var t1_25 = f32(0.0);
        t1_25 = bitcast<f32>(space_persistent[base_1 + i_23]);
        let t2_26 = (t0_24 + t1_25);
        let t4_27 = exp((t2_26 - t3_20));
        partial_21 = partial_21 + t4_27;
      }
    }
    partial_f32[thread] = partial_21;
    workgroupBarrier();
    for (var half = 8u; half > 0u; half /= 2u) {
      if (thread < half) {
        partial_f32[thread] = partial_f32[thread] + partial_f32[thread + half];
      }
      workgroupBarrier();
    }
    let t5_28 = partial_f32[0];
    workgroupBarrier();
    if (thread == 0u) {
      space_scratch[base_4 + r_8] = bitcast<u32>(t5_28);
    }
    let t6_29 = ((f32(1.0) / f32(at_plus_5)) / t5_28);
    var t7_30 = 0i;
    t7_30 = bitcast<i32>(space_inputs[base_5 + r_8]);
    for (var lane_31 = i32(thread); lane_31 < (I_2 - 0i); lane_31 += 64i) {
      let i_32 = 0i + lane_31;
      var t0_33 = f32(0.0);
      t0_33 = bitcast<f32>(space_scratch[base_0 + r_8 * b0_r_3 + i_32]);
      var t1_34 = f32(0.0);
      t1_34 = bitcast<f32>(space_persistent[base_1 + i_32]);
      let t2_35 = (t0_33 + t1_34);
      let t4_36 = exp((t2_35 - t3_20));
      let t8_37 = (select(f32(0.0), (-(f32(1.0) / f32(at_plus_5))), select(0i, 1i, i_32 == t7_30) != 0i) + (t4_36 * t6_29));
      space_scratch[base_6 + r_8 * b6_r_6 + i_32] = bitcast<u32>(t8_37);
    }
  }
}
