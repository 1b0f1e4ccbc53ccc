// kernel 6a651bed7518aa0e on inputs scratch
struct Arguments { words: array<vec4<i32>, 2> }
@group(0) @binding(0) var<uniform> arguments: Arguments;
@group(0) @binding(1) var<storage, read> space_inputs: array<u32>;
@group(0) @binding(2) var<storage, read_write> space_scratch: array<u32>;
@compute @workgroup_size(64) fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) thread: u32) {
  let block = i32(group.x + group.y * 32768u);
  if (block >= arguments.words[0].x) { return; }
  let base_0 = arguments.words[0].y;
  let base_1 = arguments.words[0].z;
  let scalars_at_0 = arguments.words[0].w;
  let scalars_at_1_1 = arguments.words[1].x;
  var rest = block;
  let g_2 = rest % 1i;
  rest /= 1i;
  var t0_3 = f32(0.0);
  t0_3 = bitcast<f32>(space_inputs[base_0 + scalars_at_0]);
  var t1_4 = f32(0.0);
  t1_4 = bitcast<f32>(space_inputs[base_0 + scalars_at_1_1]);
  let t2_5 = (f32(1.0) - (t0_3 * t1_4));
  if (thread == 0u) {
    space_scratch[base_1 + 0i] = bitcast<u32>(t2_5);
  }
}
