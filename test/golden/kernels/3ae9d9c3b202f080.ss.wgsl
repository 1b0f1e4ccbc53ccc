// kernel 3ae9d9c3b202f080 on scratch scratch
struct Arguments { words: array<vec4<i32>, 2> }
@group(0) @binding(0) var<uniform> arguments: Arguments;
@group(0) @binding(1) var<storage, read_write> space_scratch: array<u32>;
@compute @workgroup_size(64) fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) thread: u32) {
  let block = i32(group.x + group.y * 32768u);
  if (block >= arguments.words[0].x) { return; }
  let base_0 = arguments.words[0].y;
  let base_1 = arguments.words[0].z;
  let I_0 = arguments.words[0].w;
  let K_1 = arguments.words[1].x;
  let b0_k_2 = arguments.words[1].y;
  var rest = block;
  let gi_3 = rest % ((I_0 + 256i - 1i) / 256i);
  rest /= ((I_0 + 256i - 1i) / 256i);
  for (var lane_4 = i32(thread); lane_4 < min(256i, (I_0 - (gi_3 * 256i))); lane_4 += 64i) {
    let i_5 = (gi_3 * 256i) + lane_4;
    var t0_6 = f32(0.0);
    for (var k_7 = 0i; k_7 < K_1; k_7 += 1i) {
      var t1_8 = f32(0.0);
      t1_8 = bitcast<f32>(space_scratch[base_0 + k_7 * b0_k_2 + i_5]);
      t0_6 = t0_6 + t1_8;
    }
    space_scratch[base_1 + i_5] = bitcast<u32>(t0_6);
  }
}
