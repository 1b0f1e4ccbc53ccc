// kernel ee0fb2f3b71c48fe on scratch scratch persistent tables scratch scratch
struct Arguments { words: array<vec4<i32>, 6> }
@group(0) @binding(0) var<uniform> arguments: Arguments;
@group(0) @binding(1) var<storage, read_write> space_persistent: array<u32>;
@group(0) @binding(2) var<storage, read_write> space_scratch: array<u32>;
@group(0) @binding(3) var<storage, read> space_tables: array<u32>;
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
  let I_1 = arguments.words[2].x;
  let b0_r_2 = arguments.words[2].y;
  let b0_v0_3 = arguments.words[2].z;
  let V0_4 = arguments.words[2].w;
  let b1_k_5 = arguments.words[3].x;
  let b2_k_6 = arguments.words[3].y;
  let b4_k_7 = arguments.words[3].z;
  let b2_id_8 = arguments.words[3].w;
  let b2_ids_9 = arguments.words[4].x;
  let b5_k_10 = arguments.words[4].y;
  let b0_id_11 = arguments.words[4].z;
  let b0_ids_12 = arguments.words[4].w;
  let K_13 = arguments.words[5].x;
  var rest = block;
  let gi_15 = rest % ((I_1 + 64i - 1i) / 64i);
  rest /= ((I_1 + 64i - 1i) / 64i);
  let r_14 = rest % R_0;
  rest /= R_0;
  for (var v0_16 = 0i; v0_16 < V0_4; v0_16 += 1i) {
    for (var lane_17 = i32(thread); lane_17 < min(64i, (I_1 - (gi_15 * 64i))); lane_17 += 64i) {
      let i_18 = (gi_15 * 64i) + lane_17;
      let t0_19 = f32(0.0);
      space_scratch[base_0 + r_14 * b0_r_2 + i_18 + v0_16 * b0_v0_3] = bitcast<u32>(t0_19);
    }
  }
  for (var k_20 = 0i; k_20 < K_13; k_20 += 1i) {
    var t2_21 = f32(0.0);
    var id_22 = 0i;
    id_22 = bitcast<i32>(space_scratch[base_4 + bitcast<i32>(space_tables[base_3 + b4_k_7 + k_20])]);
    if (id_22 >= 0i && id_22 < b2_ids_9) {
      t2_21 = bitcast<f32>(space_persistent[base_2 + r_14 + bitcast<i32>(space_tables[base_3 + b2_k_6 + k_20]) + id_22 * b2_id_8]);
    }
    for (var lane_23 = i32(thread); lane_23 < min(64i, (I_1 - (gi_15 * 64i))); lane_23 += 64i) {
      let i_24 = (gi_15 * 64i) + lane_23;
      var t1_25 = f32(0.0);
      t1_25 = bitcast<f32>(space_scratch[base_1 + k_20 * b1_k_5 + i_24]);
      let t3_26 = (t1_25 * t2_21);
      var id_27 = 0i;
      id_27 = bitcast<i32>(space_scratch[base_5 + bitcast<i32>(space_tables[base_3 + b5_k_10 + k_20])]);
      if (id_27 >= 0i && id_27 < b0_ids_12) {
        space_scratch[base_0 + r_14 * b0_r_2 + i_24 + id_27 * b0_id_11] = bitcast<u32>(bitcast<f32>(space_scratch[base_0 + r_14 * b0_r_2 + i_24 + id_27 * b0_id_11]) + t3_26);
      }
    }
  }
}
