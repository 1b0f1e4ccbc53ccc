// kernel e7ba4de3b300eedd on scratch inputs scratch
struct Arguments { words: array<vec4<i32>, 2> }
@group(0) @binding(0) var<uniform> arguments: Arguments;
@group(0) @binding(1) var<storage, read> space_inputs: array<u32>;
@group(0) @binding(2) var<storage, read_write> space_scratch: array<u32>;
@compute @workgroup_size(64) fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) thread: u32) {
  let block = i32(group.x + group.y * 32768u);
  if (block >= arguments.words[0].x) { return; }
  let base_0 = arguments.words[0].y;
  let base_1 = arguments.words[0].z;
  let base_2 = arguments.words[0].w;
  let R_0 = arguments.words[1].x;
  let R_block_1 = arguments.words[1].y;
  let b0_r_2 = arguments.words[1].z;
  let b0_ids_3 = arguments.words[1].w;
  var rest = block;
  let g_4 = rest % ((R_0 + R_block_1 - 1i) / R_block_1);
  rest /= ((R_0 + R_block_1 - 1i) / R_block_1);
  for (var r_5 = (g_4 * R_block_1); r_5 < min(R_0, ((g_4 * R_block_1) + R_block_1)); r_5 += 1i) {
    var t0_6 = f32(0.0);
    var id_7 = 0i;
    id_7 = bitcast<i32>(space_inputs[base_1 + r_5]);
    if (id_7 >= 0i && id_7 < b0_ids_3) {
      t0_6 = bitcast<f32>(space_scratch[base_0 + r_5 * b0_r_2 + id_7 * 1i]);
    }
    if (thread == 0u) {
      space_scratch[base_2 + r_5] = bitcast<u32>(t0_6);
    }
  }
}
