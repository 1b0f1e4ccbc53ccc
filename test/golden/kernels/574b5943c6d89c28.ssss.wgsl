// kernel 574b5943c6d89c28 on scratch scratch scratch scratch
struct Arguments { words: array<vec4<i32>, 2> }
@group(0) @binding(0) var<uniform> arguments: Arguments;
@group(0) @binding(1) var<storage, read_write> space_scratch: array<u32>;
var<workgroup> partial_f32: array<f32, 64>;
@compute @workgroup_size(64) fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) thread: u32) {
  let block = i32(group.x + group.y * 32768u);
  if (block >= arguments.words[0].x) { return; }
  let base_0 = arguments.words[0].y;
  let base_1 = arguments.words[0].z;
  let base_2 = arguments.words[0].w;
  let base_3 = arguments.words[1].x;
  let I_0 = arguments.words[1].y;
  var rest = block;
  let g_1 = rest % 1i;
  rest /= 1i;
  for (var lane_2 = i32(thread); lane_2 < (I_0 - 0i); lane_2 += 64i) {
    let i_3 = 0i + lane_2;
    var t0_4 = f32(0.0);
    t0_4 = bitcast<f32>(space_scratch[base_0 + i_3]);
    var t1_5 = f32(0.0);
    t1_5 = bitcast<f32>(space_scratch[base_1 + i_3]);
    let t2_6 = (t0_4 + t1_5);
    space_scratch[base_2 + i_3] = bitcast<u32>(t2_6);
    let t3_7 = (t2_6 * t2_6);
  }
  var partial_8 = f32(0.0);
  if (thread < 16u) {
    for (var lane_9 = i32(thread); lane_9 < (I_0 - 0i); lane_9 += 16i) {
      let i_10 = 0i + lane_9;
      var t0_11 = f32(0.0);
      t0_11 = bitcast<f32>(space_scratch[base_0 + i_10]);
      var t1_12 = f32(0.0);
      t1_12 = bitcast<f32>(space_scratch[base_1 + i_10]);
      let t2_13 = (t0_11 + t1_12);
      let t3_14 = (t2_13 * t2_13);
      partial_8 = partial_8 + t3_14;
    }
  }
  partial_f32[thread] = partial_8;
  workgroupBarrier();
  for (var half = 8u; half > 0u; half /= 2u) {
    if (thread < half) {
      partial_f32[thread] = partial_f32[thread] + partial_f32[thread + half];
    }
    workgroupBarrier();
  }
  let t4_15 = partial_f32[0];
  workgroupBarrier();
  if (thread == 0u) {
    space_scratch[base_3 + 0i] = bitcast<u32>(t4_15);
  }
}
