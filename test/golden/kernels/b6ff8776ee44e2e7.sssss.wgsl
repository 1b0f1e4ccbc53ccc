// kernel b6ff8776ee44e2e7 on scratch scratch scratch scratch scratch
struct Arguments { words: array<vec4<i32>, 5> }
@group(0) @binding(0) var<uniform> arguments: Arguments;
@group(0) @binding(1) var<storage, read_write> space_scratch: array<u32>;
var<workgroup> left_panel: array<f32, 768>;
var<workgroup> right_panel: array<f32, 256>;
@compute @workgroup_size(64) fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) thread: u32) {
  let block = i32(group.x + group.y * 32768u);
  if (block >= arguments.words[0].x) { return; }
  let base_0 = arguments.words[0].y;
  let base_1 = arguments.words[0].z;
  let base_2 = arguments.words[0].w;
  let base_3 = arguments.words[1].x;
  let base_4 = arguments.words[1].y;
  let M_0 = arguments.words[1].z;
  let N_1 = arguments.words[1].w;
  let K_2 = arguments.words[2].x;
  let B_3 = arguments.words[2].y;
  let b0_b_4 = arguments.words[2].z;
  let b0_m_5 = arguments.words[2].w;
  let b1_b_6 = arguments.words[3].x;
  let b1_k_7 = arguments.words[3].y;
  let b2_b_8 = arguments.words[3].z;
  let b2_m_9 = arguments.words[3].w;
  let b3_b_10 = arguments.words[4].x;
  let b4_b_11 = arguments.words[4].y;
  let b4_m_12 = arguments.words[4].z;
  var rest = block;
  let gn_15 = rest % ((N_1 + 16i - 1i) / 16i);
  rest /= ((N_1 + 16i - 1i) / 16i);
  let gm_14 = rest % ((M_0 + 48i - 1i) / 48i);
  rest /= ((M_0 + 48i - 1i) / 48i);
  let b_13 = rest % B_3;
  rest /= B_3;
  let x0_16 = min(K_2, (min(max((((gm_14 * 48i) + 48i) + ((gn_15 * 16i) * (-1i))), 0i), 1i) * K_2));
  let thread_x = i32(thread % 8u);
  let thread_y = i32(thread / 8u);
  var acc: array<f32, 12>;
  for (var i = 0; i < 12; i++) {
    acc[i] = f32(0.0);
  }
  for (var k0_17 = 0i; k0_17 < x0_16; k0_17 += 256) {
    for (var k0 = k0_17; k0 < k0_17 + min(256i, (x0_16 - k0_17)); k0 += 16) {
      for (var e = i32(thread); e < 768; e += 64) {
        let m_18 = (gm_14 * 48i) + e / 16;
        let k_19 = k0 + e % 16;
        var element = 0.0;
        if (m_18 < M_0 && m_18 - (gm_14 * 48i) < 48 && k_19 < x0_16 && k_19 - k0_17 < 256) {
          var t1_20 = f32(0.0);
          t1_20 = bitcast<f32>(space_scratch[base_0 + b_13 * b0_b_4 + m_18 * b0_m_5 + k_19]);
          element = t1_20;
        }
        left_panel[e] = element;
      }
      for (var e = i32(thread); e < 256; e += 64) {
        let n_21 = (gn_15 * 16i) + e / 16;
        let k_22 = k0 + e % 16;
        var element = 0.0;
        if (n_21 < N_1 && n_21 - (gn_15 * 16i) < 16 && k_22 < x0_16 && k_22 - k0_17 < 256) {
          var t2_23 = f32(0.0);
          t2_23 = bitcast<f32>(space_scratch[base_1 + b_13 * b1_b_6 + n_21 + k_22 * b1_k_7]);
          element = t2_23;
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
      let m_24 = (gm_14 * 48i) + thread_y + r * 8;
      let n_25 = (gn_15 * 16i) + thread_x + c * 8;
      if (m_24 < M_0 && m_24 - (gm_14 * 48i) < 48 && n_25 < N_1 && n_25 - (gn_15 * 16i) < 16) {
        var t3_26 = f32(0.0);
        t3_26 = bitcast<f32>(space_scratch[base_2 + b_13 * b2_b_8 + m_24 * b2_m_9 + n_25]);
        var t4_27 = f32(0.0);
        t4_27 = bitcast<f32>(space_scratch[base_3 + b_13 * b3_b_10 + m_24]);
        let t5_28 = select(f32(0.0), (f32(0.5) * (t3_26 * (acc[r * 2 + c] + t4_27))), select(0i, 1i, n_25 <= m_24) != 0i);
        space_scratch[base_4 + b_13 * b4_b_11 + m_24 * b4_m_12 + n_25] = bitcast<u32>(t5_28);
      }
    }
  }
}
