// kernel adamw on persistent scratch scratch persistent persistent scratch scratch scratch
struct Arguments { words: array<vec4<i32>, 3> }
@group(0) @binding(0) var<uniform> arguments: Arguments;
@group(0) @binding(1) var<storage, read_write> space_persistent: array<u32>;
@group(0) @binding(2) var<storage, read_write> space_scratch: array<u32>;
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
  let base_7 = arguments.words[2].x;
  let I_0 = arguments.words[2].y;
  var rest = block;
  let gi_1 = rest % ((I_0 + 4096i - 1i) / 4096i);
  rest /= ((I_0 + 4096i - 1i) / 4096i);
  var t2_2 = f32(0.0);
  t2_2 = bitcast<f32>(space_scratch[base_2 + 0i]);
  var t7_3 = f32(0.0);
  t7_3 = bitcast<f32>(space_scratch[base_5 + 0i]);
  var t8_4 = f32(0.0);
  t8_4 = bitcast<f32>(space_scratch[base_6 + 0i]);
  var t9_5 = f32(0.0);
  t9_5 = bitcast<f32>(space_scratch[base_7 + 0i]);
  for (var lane_6 = i32(thread); lane_6 < min(4096i, (I_0 - (gi_1 * 4096i))); lane_6 += 64i) {
    let i_7 = (gi_1 * 4096i) + lane_6;
    var t0_8 = f32(0.0);
    t0_8 = bitcast<f32>(space_persistent[base_0 + i_7]);
    var t1_9 = f32(0.0);
    t1_9 = bitcast<f32>(space_scratch[base_1 + i_7]);
    let t3_10 = ((f32(0.9990000128746033) * t0_8) + (f32(0.0010000000474974513) * ((t1_9 * t2_2) * (t1_9 * t2_2))));
    var t4_11 = f32(0.0);
    t4_11 = bitcast<f32>(space_persistent[base_3 + i_7]);
    let t5_12 = ((f32(0.8999999761581421) * t4_11) + (f32(0.10000000149011612) * (t1_9 * t2_2)));
    var t6_13 = f32(0.0);
    t6_13 = bitcast<f32>(space_persistent[base_4 + i_7]);
    let t10_14 = ((t6_13 * t7_3) - (t8_4 * (t5_12 / ((sqrt(t3_10) * t9_5) + f32(9.99999993922529e-9)))));
    space_persistent[base_0 + i_7] = bitcast<u32>(t3_10);
    space_persistent[base_3 + i_7] = bitcast<u32>(t5_12);
    space_persistent[base_4 + i_7] = bitcast<u32>(t10_14);
  }
}
