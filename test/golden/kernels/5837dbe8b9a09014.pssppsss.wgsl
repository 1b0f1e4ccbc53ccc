// kernel 5837dbe8b9a09014 on persistent scratch scratch persistent persistent scratch scratch scratch
struct Arguments { words: array<vec4<i32>, 4> }
@group(0) @binding(0) var<uniform> arguments: Arguments;
@group(0) @binding(1) var<storage, read_write> space_persistent: array<u32>;
@group(0) @binding(2) var<storage, read_write> space_scratch: array<u32>;
fn floor_div(x: i32, y: i32) -> i32 {
  if (y == 0i) { return 0i; }
  let q = x / y;
  return q - select(0i, 1i, (x % y != 0i) && ((x < 0i) != (y < 0i)));
}
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
  let R_0 = arguments.words[2].y;
  let R_block_1 = arguments.words[2].z;
  let I_2 = arguments.words[2].w;
  let b0_r_3 = arguments.words[3].x;
  let b1_r_4 = arguments.words[3].y;
  let b3_r_5 = arguments.words[3].z;
  let b4_r_6 = arguments.words[3].w;
  var rest = block;
  let g_7 = rest % ((R_0 + R_block_1 - 1i) / R_block_1);
  rest /= ((R_0 + R_block_1 - 1i) / R_block_1);
  for (var r_8 = (g_7 * R_block_1); r_8 < min(R_0, ((g_7 * R_block_1) + R_block_1)); r_8 += 1i) {
    var t2_9 = f32(0.0);
    t2_9 = bitcast<f32>(space_scratch[base_2 + 0i]);
    var t7_10 = f32(0.0);
    t7_10 = bitcast<f32>(space_scratch[base_5 + 0i]);
    var t8_11 = f32(0.0);
    t8_11 = bitcast<f32>(space_scratch[base_6 + 0i]);
    var t9_12 = f32(0.0);
    t9_12 = bitcast<f32>(space_scratch[base_7 + 0i]);
    for (var lane_13 = i32(thread); lane_13 < (I_2 - 0i); lane_13 += 64i) {
      let i_14 = 0i + lane_13;
      var t0_15 = f32(0.0);
      t0_15 = bitcast<f32>(space_persistent[base_0 + r_8 * b0_r_3 + i_14]);
      var t1_16 = f32(0.0);
      t1_16 = bitcast<f32>(space_scratch[base_1 + r_8 * b1_r_4 + i_14]);
      let t3_17 = select(t0_15, ((f32(0.9990000128746033) * t0_15) + (f32(0.0010000000474974513) * ((t1_16 * t2_9) * (t1_16 * t2_9)))), select(0i, 1i, floor_div(r_8, 4i) == floor_div(i_14, 4i)) != 0i);
      var t4_18 = f32(0.0);
      t4_18 = bitcast<f32>(space_persistent[base_3 + r_8 * b3_r_5 + i_14]);
      let t5_19 = select(t4_18, ((f32(0.8999999761581421) * t4_18) + (f32(0.10000000149011612) * (t1_16 * t2_9))), select(0i, 1i, floor_div(r_8, 4i) == floor_div(i_14, 4i)) != 0i);
      var t6_20 = f32(0.0);
      t6_20 = bitcast<f32>(space_persistent[base_4 + r_8 * b4_r_6 + i_14]);
      let t10_21 = select(t6_20, ((t6_20 * t7_10) - (t8_11 * (t5_19 / ((sqrt(t3_17) * t9_12) + f32(9.99999993922529e-9))))), select(0i, 1i, floor_div(r_8, 4i) == floor_div(i_14, 4i)) != 0i);
      space_persistent[base_0 + r_8 * b0_r_3 + i_14] = bitcast<u32>(t3_17);
      space_persistent[base_3 + r_8 * b3_r_5 + i_14] = bitcast<u32>(t5_19);
      space_persistent[base_4 + r_8 * b4_r_6 + i_14] = bitcast<u32>(t10_21);
    }
  }
}
