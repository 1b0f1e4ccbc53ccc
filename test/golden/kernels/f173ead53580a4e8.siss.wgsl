// kernel f173ead53580a4e8 on scratch inputs scratch scratch
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
  let b3_r_5 = arguments.words[2].z;
  var rest = block;
  let g_6 = rest % ((R_0 + R_block_1 - 1i) / R_block_1);
  rest /= ((R_0 + R_block_1 - 1i) / R_block_1);
  for (var r_7 = (g_6 * R_block_1); r_7 < min(R_0, ((g_6 * R_block_1) + R_block_1)); r_7 += 1i) {
    var t0_8 = f32(0.0);
    var id_9 = 0i;
    id_9 = bitcast<i32>(space_inputs[base_1 + r_7]);
    if (id_9 >= 0i && id_9 < b0_ids_4) {
      t0_8 = bitcast<f32>(space_scratch[base_0 + r_7 * b0_r_3 + id_9 * 1i]);
    }
    var partial_10 = f32(-1.0000000150474662e+30);
    if (thread < 16u) {
      for (var lane_11 = i32(thread); lane_11 < (I_2 - 0i); lane_11 += 16i) {
        let i_12 = 0i + lane_11;
        var t1_13 = f32(0.0);
        t1_13 = bitcast<f32>(space_scratch[base_0 + r_7 * b0_r_3 + i_12]);
        partial_10 = max(partial_10, t1_13);
      }
    }
    partial_f32[thread] = partial_10;
    workgroupBarrier();
    for (var half = 8u; half > 0u; half /= 2u) {
      if (thread < half) {
        partial_f32[thread] = max(partial_f32[thread], partial_f32[thread + half]);
      }
      workgroupBarrier();
    }
    let t2_14 = partial_f32[0];
    workgroupBarrier();
    var partial_15 = f32(0.0);
    if (thread < 16u) {
      for (var lane_16 = i32(thread); lane_16 < (I_2 - 0i); lane_16 += 16i) {
        let i_17 = 0i + lane_16;
        var t1_18 = f32(0.0);
        t1_18 = bitcast<f32>(space_scratch[base_0 + r_7 * b0_r_3 + i_17]);
        let t3_19 = exp((t1_18 - t2_14));
        partial_15 = partial_15 + t3_19;
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
    let t4_20 = partial_f32[0];
    workgroupBarrier();
    let t5_21 = (f32(0.3333333432674408) / t4_20);
    let t6_22 = ((log(t4_20) + t2_14) - t0_8);
    if (thread == 0u) {
      space_scratch[base_2 + r_7] = bitcast<u32>(t6_22);
    }
    var t7_23 = 0i;
    t7_23 = bitcast<i32>(space_inputs[base_1 + r_7]);
    for (var lane_24 = i32(thread); lane_24 < (I_2 - 0i); lane_24 += 64i) {
      let i_25 = 0i + lane_24;
      var t1_26 = f32(0.0);
      t1_26 = bitcast<f32>(space_scratch[base_0 + r_7 * b0_r_3 + i_25]);
      let t3_27 = exp((t1_26 - t2_14));
      let t8_28 = (select(f32(0.0), f32(-0.3333333432674408), select(0i, 1i, i_25 == t7_23) != 0i) + (t3_27 * t5_21));
      space_scratch[base_3 + r_7 * b3_r_5 + i_25] = bitcast<u32>(t8_28);
    }
  }
}
