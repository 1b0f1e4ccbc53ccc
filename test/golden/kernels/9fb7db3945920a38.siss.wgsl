// kernel 9fb7db3945920a38 on scratch inputs scratch scratch
struct Arguments { words: array<vec4<i32>, 3> }
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
  let R_0 = arguments.words[1].y;
  let R_block_1 = arguments.words[1].z;
  let I_2 = arguments.words[1].w;
  let b0_r_3 = arguments.words[2].x;
  let b0_ids_4 = arguments.words[2].y;
  let at_plus_5 = arguments.words[2].z;
  let b2_r_6 = arguments.words[2].w;
  var rest = block;
  let g_7 = rest % ((R_0 + R_block_1 - 1i) / R_block_1);
  rest /= ((R_0 + R_block_1 - 1i) / R_block_1);
  for (var r_8 = (g_7 * R_block_1); r_8 < min(R_0, ((g_7 * R_block_1) + R_block_1)); r_8 += 1i) {
    var t0_9 = f32(0.0);
    var id_10 = 0i;
    id_10 = bitcast<i32>(space_inputs[base_1 + r_8]);
    if (id_10 >= 0i && id_10 < b0_ids_4) {
      t0_9 = bitcast<f32>(space_scratch[base_0 + r_8 * b0_r_3 + id_10 * 1i]);
    }
    var partial_11 = f32(-1.0000000150474662e+30);
    if (thread < 16u) {
      for (var lane_12 = i32(thread); lane_12 < (I_2 - 0i); lane_12 += 16i) {
        let i_13 = 0i + lane_12;
        var t1_14 = f32(0.0);
        t1_14 = bitcast<f32>(space_scratch[base_0 + r_8 * b0_r_3 + i_13]);
        partial_11 = max(partial_11, t1_14);
      }
    }
    partial_f32[thread] = partial_11;
    workgroupBarrier();
    for (var half = 8u; half > 0u; half /= 2u) {
      if (thread < half) {
        partial_f32[thread] = max(partial_f32[thread], partial_f32[thread + half]);
      }
      workgroupBarrier();
    }
    let t2_15 = partial_f32[0];
    workgroupBarrier();
    var partial_16 = f32(0.0);
    if (thread < 16u) {
      for (var lane_17 = i32(thread); lane_17 < (I_2 - 0i); lane_17 += 16i) {
        let i_18 = 0i + lane_17;
        var t1_19 = f32(0.0);
        t1_19 = bitcast<f32>(space_scratch[base_0 + r_8 * b0_r_3 + i_18]);
        let t3_20 = exp((t1_19 - t2_15));
        partial_16 = partial_16 + t3_20;
      }
    }
    partial_f32[thread] = partial_16;
    workgroupBarrier();
    for (var half = 8u; half > 0u; half /= 2u) {
      if (thread < half) {
        partial_f32[thread] = partial_f32[thread] + partial_f32[thread + half];
      }
      workgroupBarrier();
    }
    let t4_21 = partial_f32[0];
    workgroupBarrier();
    let t5_22 = ((f32(1.0) / f32(at_plus_5)) / t4_21);
    var t6_23 = 0i;
    t6_23 = bitcast<i32>(space_inputs[base_1 + r_8]);
    let t8_24 = ((log(t4_21) + t2_15) - t0_9);
    if (thread == 0u) {
      space_scratch[base_3 + r_8] = bitcast<u32>(t8_24);
    }
    for (var lane_25 = i32(thread); lane_25 < (I_2 - 0i); lane_25 += 64i) {
      let i_26 = 0i + lane_25;
      var t1_27 = f32(0.0);
      t1_27 = bitcast<f32>(space_scratch[base_0 + r_8 * b0_r_3 + i_26]);
      let t3_28 = exp((t1_27 - t2_15));
      let t7_29 = (select(f32(0.0), (-(f32(1.0) / f32(at_plus_5))), select(0i, 1i, i_26 == t6_23) != 0i) + (t3_28 * t5_22));
      space_scratch[base_2 + r_8 * b2_r_6 + i_26] = bitcast<u32>(t7_29);
    }
  }
}
