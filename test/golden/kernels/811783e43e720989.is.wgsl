// kernel 811783e43e720989 on inputs scratch
struct Arguments { words: array<vec4<i32>, 1> }
@group(0) @binding(0) var<uniform> arguments: Arguments;
@group(0) @binding(1) var<storage, read> space_inputs: array<u32>;
@group(0) @binding(2) var<storage, read_write> space_scratch: array<u32>;
@compute @workgroup_size(64) fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) thread: u32) {
  let block = i32(group.x + group.y * 32768u);
  if (block >= arguments.words[0].x) { return; }
  let base_0 = arguments.words[0].y;
  let base_1 = arguments.words[0].z;
  let scalars_at_0 = arguments.words[0].w;
  var rest = block;
  let g_1 = rest % 1i;
  rest /= 1i;
  var t0_2 = f32(0.0);
  t0_2 = bitcast<f32>(space_inputs[base_0 + scalars_at_0]);
  let t1_3 = (f32(1.0) / sqrt(t0_2));
  if (thread == 0u) {
    space_scratch[base_1 + 0i] = bitcast<u32>(t1_3);
  }
}
