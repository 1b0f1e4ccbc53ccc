// kernel embedding-gradient on scratch scratch persistent tables inputs
struct Arguments { words: array<vec4<i32>, 4> }
@group(0) @binding(0) var<uniform> arguments: Arguments;
@group(0) @binding(1) var<storage, read> space_inputs: array<u32>;
@group(0) @binding(2) var<storage, read_write> space_persistent: array<u32>;
@group(0) @binding(3) var<storage, read_write> space_scratch: array<u32>;
@group(0) @binding(4) var<storage, read> space_tables: array<u32>;
@compute @workgroup_size(64) fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) thread: u32) {
  let block = i32(group.x + group.y * 32768u);
  if (block >= arguments.words[0].x) { return; }
  let base_0 = arguments.words[0].y;
  let base_1 = arguments.words[0].z;
  let base_2 = arguments.words[0].w;
  let base_3 = arguments.words[1].x;
  let base_4 = arguments.words[1].y;
  let I_0 = arguments.words[1].z;
  let b0_v0_1 = arguments.words[1].w;
  let V0_2 = arguments.words[2].x;
  let b2_k_3 = arguments.words[2].y;
  let b4_k_4 = arguments.words[2].z;
  let b0_id_5 = arguments.words[2].w;
  let b0_ids_6 = arguments.words[3].x;
  let K_7 = arguments.words[3].y;
  var rest = block;
  let gi_8 = rest % ((I_0 + 64i - 1i) / 64i);
  rest /= ((I_0 + 64i - 1i) / 64i);
  for (var v0_9 = 0i; v0_9 < V0_2; v0_9 += 1i) {
    for (var lane_10 = i32(thread); lane_10 < min(64i, (I_0 - (gi_8 * 64i))); lane_10 += 64i) {
      let i_11 = (gi_8 * 64i) + lane_10;
      let t0_12 = f32(0.0);
      space_scratch[base_0 + i_11 + v0_9 * b0_v0_1] = bitcast<u32>(t0_12);
    }
  }
  for (var k_13 = 0i; k_13 < K_7; k_13 += 1i) {
    var t1_14 = f32(0.0);
    t1_14 = bitcast<f32>(space_scratch[base_1 + k_13]);
    for (var lane_15 = i32(thread); lane_15 < min(64i, (I_0 - (gi_8 * 64i))); lane_15 += 64i) {
      let i_16 = (gi_8 * 64i) + lane_15;
      var t2_17 = f32(0.0);
      t2_17 = bitcast<f32>(space_persistent[base_2 + bitcast<i32>(space_tables[base_3 + b2_k_3 + k_13]) + i_16]);
      let t3_18 = (t1_14 * t2_17);
      var id_19 = 0i;
      id_19 = bitcast<i32>(space_inputs[base_4 + bitcast<i32>(space_tables[base_3 + b4_k_4 + k_13])]);
      if (id_19 >= 0i && id_19 < b0_ids_6) {
        space_scratch[base_0 + i_16 + id_19 * b0_id_5] = bitcast<u32>(bitcast<f32>(space_scratch[base_0 + i_16 + id_19 * b0_id_5]) + t3_18);
      }
    }
  }
}
