// kernel product on inputs persistent inputs persistent scratch scratch
struct Arguments { words: array<vec4<i32>, 4> }
@group(0) @binding(0) var<uniform> arguments: Arguments;
@group(0) @binding(1) var<storage, read> space_inputs: array<u32>;
@group(0) @binding(2) var<storage, read_write> space_persistent: array<u32>;
@group(0) @binding(3) var<storage, read_write> space_scratch: array<u32>;
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
  let base_5 = arguments.words[1].z;
  let M_0 = arguments.words[1].w;
  let N_1 = arguments.words[2].x;
  let K_2 = arguments.words[2].y;
  let b0_m_3 = arguments.words[2].z;
  let b1_n_4 = arguments.words[2].w;
  let b2_m_5 = arguments.words[3].x;
  let at_plus_6 = arguments.words[3].y;
  let b4_m_7 = arguments.words[3].z;
  let b5_m_8 = arguments.words[3].w;
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
          t1_14 = bitcast<f32>(space_inputs[base_0 + m_12 * b0_m_3 + k_13]);
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
          t2_17 = bitcast<f32>(space_persistent[base_1 + n_15 * b1_n_4 + k_16]);
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
        var t3_20 = f32(0.0);
        t3_20 = bitcast<f32>(space_inputs[base_2 + m_18 * b2_m_5 + n_19]);
        var t4_21 = f32(0.0);
        t4_21 = bitcast<f32>(space_persistent[base_3 + n_19]);
        let t5_22 = ((f32(2.0) * ((acc[r * 2 + c] + t4_21) - t3_20)) * (f32(1.0) / f32(at_plus_6)));
        space_scratch[base_4 + m_18 * b4_m_7 + n_19] = bitcast<u32>(t5_22);
        var t6_23 = f32(0.0);
        t6_23 = bitcast<f32>(space_inputs[base_2 + m_18 * b2_m_5 + n_19]);
        var t7_24 = f32(0.0);
        t7_24 = bitcast<f32>(space_persistent[base_3 + n_19]);
        let t8_25 = (((acc[r * 2 + c] + t7_24) - t6_23) * ((acc[r * 2 + c] + t7_24) - t6_23));
        space_scratch[base_5 + m_18 * b5_m_8 + n_19] = bitcast<u32>(t8_25);
      }
    }
  }
}
