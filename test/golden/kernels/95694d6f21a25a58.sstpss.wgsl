// kernel 95694d6f21a25a58 on scratch scratch tables persistent scratch scratch
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
  let b1_r_5 = arguments.words[3].x;
  let b1_k_6 = arguments.words[3].y;
  let b3_k_7 = arguments.words[3].z;
  let b3_i_8 = arguments.words[3].w;
  let b4_k_9 = arguments.words[4].x;
  let b3_id_10 = arguments.words[4].y;
  let b3_ids_11 = arguments.words[4].z;
  let b5_k_12 = arguments.words[4].w;
  let b0_id_13 = arguments.words[5].x;
  let b0_ids_14 = arguments.words[5].y;
  let K_15 = arguments.words[5].z;
  var rest = block;
  let gi_17 = rest % ((I_1 + 64i - 1i) / 64i);
  rest /= ((I_1 + 64i - 1i) / 64i);
  let r_16 = rest % R_0;
  rest /= R_0;
  for (var v0_18 = 0i; v0_18 < V0_4; v0_18 += 1i) {
    for (var lane_19 = i32(thread); lane_19 < min(64i, (I_1 - (gi_17 * 64i))); lane_19 += 64i) {
      let i_20 = (gi_17 * 64i) + lane_19;
      let t0_21 = f32(0.0);
      space_scratch[base_0 + r_16 * b0_r_2 + i_20 + v0_18 * b0_v0_3] = bitcast<u32>(t0_21);
    }
  }
  for (var k_22 = 0i; k_22 < K_15; k_22 += 1i) {
    var t1_23 = f32(0.0);
    t1_23 = bitcast<f32>(space_scratch[base_1 + r_16 * b1_r_5 + bitcast<i32>(space_tables[base_2 + b1_k_6 + k_22])]);
    for (var lane_24 = i32(thread); lane_24 < min(64i, (I_1 - (gi_17 * 64i))); lane_24 += 64i) {
      let i_25 = (gi_17 * 64i) + lane_24;
      var t2_26 = f32(0.0);
      var id_27 = 0i;
      id_27 = bitcast<i32>(space_scratch[base_4 + bitcast<i32>(space_tables[base_2 + b4_k_9 + k_22])]);
      if (id_27 >= 0i && id_27 < b3_ids_11) {
        t2_26 = bitcast<f32>(space_persistent[base_3 + bitcast<i32>(space_tables[base_2 + b3_k_7 + k_22]) + i_25 * b3_i_8 + id_27 * b3_id_10]);
      }
      let t3_28 = (t1_23 * t2_26);
      var id_29 = 0i;
      id_29 = bitcast<i32>(space_scratch[base_5 + bitcast<i32>(space_tables[base_2 + b5_k_12 + k_22])]);
      if (id_29 >= 0i && id_29 < b0_ids_14) {
        space_scratch[base_0 + r_16 * b0_r_2 + i_25 + id_29 * b0_id_13] = bitcast<u32>(bitcast<f32>(space_scratch[base_0 + r_16 * b0_r_2 + i_25 + id_29 * b0_id_13]) + t3_28);
      }
    }
  }
}
