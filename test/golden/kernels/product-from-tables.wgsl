// kernel product-from-tables on scratch tables scratch scratch
struct Arguments { words: array<vec4<i32>, 4> }
@group(0) @binding(0) var<uniform> arguments: Arguments;
@group(0) @binding(1) var<storage, read_write> space_scratch: array<u32>;
@group(0) @binding(2) var<storage, read> space_tables: array<u32>;
var<workgroup> left_panel: array<f32, 768>;
var<workgroup> right_panel: array<f32, 256>;
@compute @workgroup_size(64) fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) thread: u32) {
  let block = i32(group.x + group.y * 32768u);
  if (block >= arguments.words[0].x) { return; }
  let base_0 = arguments.words[0].y;
  let base_1 = arguments.words[0].z;
  let base_2 = arguments.words[0].w;
  let base_3 = arguments.words[1].x;
  let M_0 = arguments.words[1].y;
  let N_1 = arguments.words[1].z;
  let K_2 = arguments.words[1].w;
  let b0_m_3 = arguments.words[2].x;
  let b0_k_4 = arguments.words[2].y;
  let b2_n_5 = arguments.words[2].z;
  let b2_k_6 = arguments.words[2].w;
  let b3_m_7 = arguments.words[3].x;
  let b3_n_8 = arguments.words[3].y;
  var rest = block;
  let gn_10 = rest % ((N_1 + 16i - 1i) / 16i);
  rest /= ((N_1 + 16i - 1i) / 16i);
  let gm_9 = rest % ((M_0 + 48i - 1i) / 48i);
  rest /= ((M_0 + 48i - 1i) / 48i);
  let thread_x = i32(thread % 8u);
  let thread_y = i32(thread / 8u);
  var acc: array<f32, 12>;
  for (var i = 0; i < 12; i++) {
    acc[i] = f32(0.0);
  }
  for (var k0_11 = 0i; k0_11 < K_2; k0_11 += 256) {
    for (var k0 = k0_11; k0 < k0_11 + min(256i, (K_2 - k0_11)); k0 += 16) {
      for (var e = i32(thread); e < 768; e += 64) {
        let m_12 = (gm_9 * 48i) + e / 16;
        let k_13 = k0 + e % 16;
        var element = 0.0;
        if (m_12 < M_0 && m_12 - (gm_9 * 48i) < 48 && k_13 < K_2 && k_13 - k0_11 < 256) {
          var t1_14 = f32(0.0);
          t1_14 = bitcast<f32>(space_scratch[base_0 + m_12 * b0_m_3 + bitcast<i32>(space_tables[base_1 + b0_k_4 + k_13])]);
          element = t1_14;
        }
        left_panel[e] = element;
      }
      for (var e = i32(thread); e < 256; e += 64) {
        let n_15 = (gn_10 * 16i) + e / 16;
        let k_16 = k0 + e % 16;
        var element = 0.0;
        if (n_15 < N_1 && n_15 - (gn_10 * 16i) < 16 && k_16 < K_2 && k_16 - k0_11 < 256) {
          var t2_17 = f32(0.0);
          t2_17 = bitcast<f32>(space_scratch[base_2 + bitcast<i32>(space_tables[base_1 + b2_n_5 + n_15]) + bitcast<i32>(space_tables[base_1 + b2_k_6 + k_16])]);
          element = t2_17;
        }
        right_panel[e] = element;
      }
      workgroupBarrier();
      for (var k = 0; k < 16; k++) {
        let l0 = left_panel[min(thread_y + 0, 47) * 16 + k];
        let l1 = left_panel[min(thread_y + 8, 47) * 16 + k];
        let l2 = left_panel[min(thread_y + 16, 47) * 16 + k];
        let l3 = left_panel[min(thread_y + 24, 47) * 16 + k];
        let l4 = left_panel[min(thread_y + 32, 47) * 16 + k];
        let l5 = left_panel[min(thread_y + 40, 47) * 16 + k];
        let r0 = right_panel[min(thread_x + 0, 15) * 16 + k];
        acc[0] = fma(l0, r0, acc[0]);
        acc[2] = fma(l1, r0, acc[2]);
        acc[4] = fma(l2, r0, acc[4]);
        acc[6] = fma(l3, r0, acc[6]);
        acc[8] = fma(l4, r0, acc[8]);
        acc[10] = fma(l5, r0, acc[10]);
        let r1 = right_panel[min(thread_x + 8, 15) * 16 + k];
        acc[1] = fma(l0, r1, acc[1]);
        acc[3] = fma(l1, r1, acc[3]);
        acc[5] = fma(l2, r1, acc[5]);
        acc[7] = fma(l3, r1, acc[7]);
        acc[9] = fma(l4, r1, acc[9]);
        acc[11] = fma(l5, r1, acc[11]);
      }
      workgroupBarrier();
    }
  }
  for (var r = 0; r < 6; r++) {
    for (var c = 0; c < 2; c++) {
      let m_18 = (gm_9 * 48i) + thread_y + r * 8;
      let n_19 = (gn_10 * 16i) + thread_x + c * 8;
      if (m_18 < M_0 && m_18 - (gm_9 * 48i) < 48 && n_19 < N_1 && n_19 - (gn_10 * 16i) < 16) {
        space_scratch[base_3 + m_18 * b3_m_7 + bitcast<i32>(space_tables[base_1 + b3_n_8 + n_19])] = bitcast<u32>(acc[r * 2 + c]);
      }
    }
  }
}
