// kernel softmax on scratch scratch scratch
struct Arguments { words: array<vec4<i32>, 3> }
@group(0) @binding(0) var<uniform> arguments: Arguments;
@group(0) @binding(1) var<storage, read_write> space_scratch: array<u32>;
var<workgroup> partial_f32: array<f32, 64>;
fn max_of(x: f32, y: f32) -> f32 { return select(select(y, x, x > y), x + y, is_nan(x) || is_nan(y)); }
fn is_nan(x: f32) -> bool { return (bitcast<u32>(x) & 0x7fffffffu) > 0x7f800000u; }
fn two_sum(x: f32, y: f32) -> vec2<f32> {
  let sum = x + y;
  let moved = sum - x;
  return vec2<f32>(sum, (x - (sum - moved)) + (y - moved));
}
@compute @workgroup_size(64) fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) thread: u32) {
  let block = i32(group.x + group.y * 32768u);
  if (block >= arguments.words[0].x) { return; }
  let base_0 = arguments.words[0].y;
  let base_1 = arguments.words[0].z;
  let base_2 = arguments.words[0].w;
  let R_0 = arguments.words[1].x;
  let R_block_1 = arguments.words[1].y;
  let I_2 = arguments.words[1].z;
  let b0_r_3 = arguments.words[1].w;
  let r_mod_4 = arguments.words[2].x;
  let b1_r_5 = arguments.words[2].y;
  var rest = block;
  let g_6 = rest % ((R_0 + R_block_1 - 1i) / R_block_1);
  rest /= ((R_0 + R_block_1 - 1i) / R_block_1);
  for (var r_7 = (g_6 * R_block_1); r_7 < min(R_0, ((g_6 * R_block_1) + R_block_1)); r_7 += 1i) {
    let x0_8 = (r_7 % r_mod_4);
    var partial_9 = f32(-3.4028234663852886e+38);
    if (thread < 16u) {
      for (var lane_10 = i32(thread); lane_10 < (I_2 - 0i); lane_10 += 16i) {
        let i_11 = 0i + lane_10;
        var t0_12 = f32(0.0);
        t0_12 = bitcast<f32>(space_scratch[base_0 + r_7 * b0_r_3 + i_11]);
        let t1_13 = select(f32(-3.4028234663852886e+38), (f32(0.5) * t0_12), select(0i, 1i, i_11 <= x0_8) != 0i);
        partial_9 = max_of(partial_9, t1_13);
      }
    }
    partial_f32[thread] = partial_9;
    workgroupBarrier();
    for (var half = 8u; half > 0u; half /= 2u) {
      if (thread < half) {
        partial_f32[thread] = max_of(partial_f32[thread], partial_f32[thread + half]);
      }
      workgroupBarrier();
    }
    let t2_14 = partial_f32[0];
    workgroupBarrier();
    for (var lane_15 = i32(thread); lane_15 < (I_2 - 0i); lane_15 += 64i) {
      let i_16 = 0i + lane_15;
      var t0_17 = f32(0.0);
      t0_17 = bitcast<f32>(space_scratch[base_0 + r_7 * b0_r_3 + i_16]);
      let t1_18 = select(f32(-3.4028234663852886e+38), (f32(0.5) * t0_17), select(0i, 1i, i_16 <= x0_8) != 0i);
      let t3_19 = select(f32(0.0), exp((t1_18 - t2_14)), select(0i, 1i, i_16 <= x0_8) != 0i);
      space_scratch[base_1 + r_7 * b1_r_5 + i_16] = bitcast<u32>(t3_19);
    }
    var partial_20 = f32(0.0);
    var total_partial_20 = 0.0; var rest_partial_20 = 0.0;
    if (thread < 16u) {
      for (var lane_21 = i32(thread); lane_21 < (I_2 - 0i); lane_21 += 16i) {
        let i_22 = 0i + lane_21;
        if (lane_21 >= 512 && lane_21 % 512 < 16) {
          let sum = two_sum(total_partial_20, partial_20);
          total_partial_20 = sum.x; rest_partial_20 += sum.y; partial_20 = 0.0;
        }
        var t0_23 = f32(0.0);
        t0_23 = bitcast<f32>(space_scratch[base_0 + r_7 * b0_r_3 + i_22]);
        let t1_24 = select(f32(-3.4028234663852886e+38), (f32(0.5) * t0_23), select(0i, 1i, i_22 <= x0_8) != 0i);
        let t3_25 = select(f32(0.0), exp((t1_24 - t2_14)), select(0i, 1i, i_22 <= x0_8) != 0i);
        partial_20 = partial_20 + t3_25;
      }
      partial_20 = total_partial_20 + partial_20 + select(rest_partial_20, 0.0, is_nan(rest_partial_20));
    }
    partial_f32[thread] = partial_20;
    workgroupBarrier();
    for (var half = 8u; half > 0u; half /= 2u) {
      if (thread < half) {
        partial_f32[thread] = partial_f32[thread] + partial_f32[thread + half];
      }
      workgroupBarrier();
    }
    let t4_26 = partial_f32[0];
    workgroupBarrier();
    if (thread == 0u) {
      space_scratch[base_2 + r_7] = bitcast<u32>(t4_26);
    }
  }
}
