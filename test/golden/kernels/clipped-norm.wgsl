// kernel clipped-norm on scratch scratch results inputs scratch
struct Arguments { words: array<vec4<i32>, 2> }
@group(0) @binding(0) var<uniform> arguments: Arguments;
@group(0) @binding(1) var<storage, read> space_inputs: array<u32>;
@group(0) @binding(2) var<storage, read_write> space_results: array<u32>;
@group(0) @binding(3) var<storage, read_write> space_scratch: array<u32>;
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
  let base_3 = arguments.words[1].x;
  let base_4 = arguments.words[1].y;
  let I_0 = arguments.words[1].z;
  let scalars_at_1 = arguments.words[1].w;
  var rest = block;
  let g_2 = rest % 1i;
  rest /= 1i;
  var partial_3 = f32(0.0);
  var total_partial_3 = 0.0; var rest_partial_3 = 0.0;
  if (thread < 16u) {
    for (var lane_4 = i32(thread); lane_4 < (I_0 - 0i); lane_4 += 16i) {
      let i_5 = 0i + lane_4;
      if (lane_4 >= 512 && lane_4 % 512 < 16) {
        let sum = two_sum(total_partial_3, partial_3);
        total_partial_3 = sum.x; rest_partial_3 += sum.y; partial_3 = 0.0;
      }
      var t0_6 = f32(0.0);
      t0_6 = bitcast<f32>(space_scratch[base_0 + i_5]);
      let t1_7 = (t0_6 * t0_6);
      partial_3 = partial_3 + t1_7;
    }
    partial_3 = total_partial_3 + partial_3 + select(rest_partial_3, 0.0, is_nan(rest_partial_3));
  }
  partial_f32[thread] = partial_3;
  workgroupBarrier();
  for (var half = 8u; half > 0u; half /= 2u) {
    if (thread < half) {
      partial_f32[thread] = partial_f32[thread] + partial_f32[thread + half];
    }
    workgroupBarrier();
  }
  let t2_8 = partial_f32[0];
  workgroupBarrier();
  var t3_9 = f32(0.0);
  t3_9 = bitcast<f32>(space_scratch[base_1 + 0i]);
  let t4_10 = sqrt((t2_8 + t3_9));
  if (thread == 0u) {
    space_results[base_2 + 0i] = bitcast<u32>(t4_10);
  }
  var t5_11 = f32(0.0);
  t5_11 = bitcast<f32>(space_inputs[base_3 + scalars_at_1]);
  let t6_12 = (t5_11 / max_of(t4_10, t5_11));
  if (thread == 0u) {
    space_scratch[base_4 + 0i] = bitcast<u32>(t6_12);
  }
}
