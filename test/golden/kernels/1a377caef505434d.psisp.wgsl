// kernel 1a377caef505434d on persistent scratch inputs scratch persistent
struct Arguments { words: array<vec4<i32>, 3> }
@group(0) @binding(0) var<uniform> arguments: Arguments;
@group(0) @binding(1) var<storage, read> space_inputs: array<u32>;
@group(0) @binding(2) var<storage, read_write> space_persistent: array<u32>;
@group(0) @binding(3) var<storage, read_write> space_scratch: array<u32>;
@compute @workgroup_size(64) fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) thread: u32) {
  let block = i32(group.x + group.y * 32768u);
  if (block >= arguments.words[0].x) { return; }
  let base_0 = arguments.words[0].y;
  let base_1 = arguments.words[0].z;
  let base_2 = arguments.words[0].w;
  let base_3 = arguments.words[1].x;
  let base_4 = arguments.words[1].y;
  let I_0 = arguments.words[1].z;
  let scalars_at_1 = arguments.words[1].w;
  let scalars_at_1_2 = arguments.words[2].x;
  var rest = block;
  let gi_3 = rest % ((I_0 + 4096i - 1i) / 4096i);
  rest /= ((I_0 + 4096i - 1i) / 4096i);
  var t2_4 = f32(0.0);
  t2_4 = bitcast<f32>(space_inputs[base_2 + scalars_at_1]);
  var t3_5 = f32(0.0);
  t3_5 = bitcast<f32>(space_scratch[base_3 + 0i]);
  var t6_6 = f32(0.0);
  t6_6 = bitcast<f32>(space_inputs[base_2 + scalars_at_1_2]);
  for (var lane_7 = i32(thread); lane_7 < min(4096i, (I_0 - (gi_3 * 4096i))); lane_7 += 64i) {
    let i_8 = (gi_3 * 4096i) + lane_7;
    var t0_9 = f32(0.0);
    t0_9 = bitcast<f32>(space_persistent[base_0 + i_8]);
    var t1_10 = f32(0.0);
    t1_10 = bitcast<f32>(space_scratch[base_1 + i_8]);
    var t4_11 = f32(0.0);
    t4_11 = bitcast<f32>(space_persistent[base_4 + i_8]);
    let t5_12 = ((f32(0.8999999761581421) * t4_11) + ((t1_10 * t3_5) + (t2_4 * t0_9)));
    let t7_13 = (t0_9 - (t6_6 * t5_12));
    space_persistent[base_4 + i_8] = bitcast<u32>(t5_12);
    space_persistent[base_0 + i_8] = bitcast<u32>(t7_13);
  }
}
