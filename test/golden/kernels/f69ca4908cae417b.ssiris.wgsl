// kernel f69ca4908cae417b on scratch scratch inputs results inputs scratch
struct Arguments { words: array<vec4<i32>, 3> }
@group(0) @binding(0) var<uniform> arguments: Arguments;
@group(0) @binding(1) var<storage, read> space_inputs: array<u32>;
@group(0) @binding(2) var<storage, read_write> space_results: array<u32>;
@group(0) @binding(3) var<storage, read_write> space_scratch: array<u32>;
var<workgroup> partial_f32: array<f32, 64>;
@compute @workgroup_size(64) fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) thread: u32) {
  let block = i32(group.x + group.y * 32768u);
  if (block >= arguments.words[0].x) { return; }
  let base_0 = arguments.words[0].y;
  let base_1 = arguments.words[0].z;
  let base_2 = arguments.words[0].w;
  let base_3 = arguments.words[1].x;
  let base_4 = arguments.words[1].y;
  let base_5 = arguments.words[1].z;
  let I_0 = arguments.words[1].w;
  let scalars_int_at_1 = arguments.words[2].x;
  let scalars_at_2 = arguments.words[2].y;
  var rest = block;
  let g_3 = rest % 1i;
  rest /= 1i;
  var partial_4 = f32(0.0);
  if (thread < 16u) {
    for (var lane_5 = i32(thread); lane_5 < (I_0 - 0i); lane_5 += 16i) {
      let i_6 = 0i + lane_5;
      var t0_7 = f32(0.0);
      t0_7 = bitcast<f32>(space_scratch[base_0 + i_6]);
      let t1_8 = (t0_7 * t0_7);
      partial_4 = partial_4 + t1_8;
    }
  }
  partial_f32[thread] = partial_4;
  workgroupBarrier();
  for (var half = 8u; half > 0u; half /= 2u) {
    if (thread < half) {
      partial_f32[thread] = partial_f32[thread] + partial_f32[thread + half];
    }
    workgroupBarrier();
  }
  let t2_9 = partial_f32[0];
  workgroupBarrier();
  var t3_10 = f32(0.0);
  t3_10 = bitcast<f32>(space_scratch[base_1 + 0i]);
  var t4_11 = 0i;
  t4_11 = bitcast<i32>(space_inputs[base_2 + scalars_int_at_1]);
  let t5_12 = sqrt((select(f32(0.0), t3_10, t4_11 != 0i) + t2_9));
  if (thread == 0u) {
    space_results[base_3 + 0i] = bitcast<u32>(t5_12);
  }
  var t6_13 = f32(0.0);
  t6_13 = bitcast<f32>(space_inputs[base_4 + scalars_at_2]);
  let t7_14 = (t6_13 / max(t5_12, t6_13));
  if (thread == 0u) {
    space_scratch[base_5 + 0i] = bitcast<u32>(t7_14);
  }
}
