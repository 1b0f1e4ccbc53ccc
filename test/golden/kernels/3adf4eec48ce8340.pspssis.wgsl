// kernel 3adf4eec48ce8340 on persistent scratch persistent scratch scratch inputs scratch
struct Arguments { words: array<vec4<i32>, 7> }
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
  let base_6 = arguments.words[1].w;
  let M_0 = arguments.words[2].x;
  let N_1 = arguments.words[2].y;
  let K_2 = arguments.words[2].z;
  let B_3 = arguments.words[2].w;
  let b0_m_4 = arguments.words[3].x;
  let b0_id_5 = arguments.words[3].y;
  let b0_ids_6 = arguments.words[3].z;
  let b2_k_7 = arguments.words[3].w;
  let b2_id_8 = arguments.words[4].x;
  let b2_ids_9 = arguments.words[4].y;
  let b4_b_10 = arguments.words[4].z;
  let b4_m_11 = arguments.words[4].w;
  let b5_b_12 = arguments.words[5].x;
  let b5_m_13 = arguments.words[5].y;
  let at_plus_14 = arguments.words[5].z;
  let b6_b_15 = arguments.words[5].w;
  let b6_m_16 = arguments.words[6].x;
  var rest = block;
  let gn_19 = rest % ((N_1 + 16i - 1i) / 16i);
  rest /= ((N_1 + 16i - 1i) / 16i);
  let gm_18 = rest % ((M_0 + 48i - 1i) / 48i);
  rest /= ((M_0 + 48i - 1i) / 48i);
  let b_17 = rest % B_3;
  rest /= B_3;
  let thread_x = i32(thread % 8u);
  let thread_y = i32(thread / 8u);
  var acc: array<f32, 12>;
  for (var i = 0; i < 12; i++) {
    acc[i] = f32(0.0);
  }
  for (var k0_20 = 0i; k0_20 < K_2; k0_20 += 256) {
    for (var k0 = k0_20; k0 < k0_20 + min(256i, (K_2 - k0_20)); k0 += 16) {
      for (var e = i32(thread); e < 768; e += 64) {
        let m_21 = (gm_18 * 48i) + e / 16;
        let k_22 = k0 + e % 16;
        var element = 0.0;
        if (m_21 < M_0 && m_21 - (gm_18 * 48i) < 48 && k_22 < K_2 && k_22 - k0_20 < 256) {
          var t1_23 = f32(0.0);
          var id_24 = 0i;
          id_24 = bitcast<i32>(space_scratch[base_1 + b_17]);
          if (id_24 >= 0i && id_24 < b0_ids_6) {
            t1_23 = bitcast<f32>(space_persistent[base_0 + m_21 * b0_m_4 + k_22 + id_24 * b0_id_5]);
          }
          element = t1_23;
        }
        left_panel[e] = element;
      }
      for (var e = i32(thread); e < 256; e += 64) {
        let n_25 = (gn_19 * 16i) + e / 16;
        let k_26 = k0 + e % 16;
        var element = 0.0;
        if (n_25 < N_1 && n_25 - (gn_19 * 16i) < 16 && k_26 < K_2 && k_26 - k0_20 < 256) {
          var t2_27 = f32(0.0);
          var id_28 = 0i;
          id_28 = bitcast<i32>(space_scratch[base_3 + b_17]);
          if (id_28 >= 0i && id_28 < b2_ids_9) {
            t2_27 = bitcast<f32>(space_persistent[base_2 + n_25 + k_26 * b2_k_7 + id_28 * b2_id_8]);
          }
          element = t2_27;
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
      let m_29 = (gm_18 * 48i) + thread_y + r * 8;
      let n_30 = (gn_19 * 16i) + thread_x + c * 8;
      if (m_29 < M_0 && m_29 - (gm_18 * 48i) < 48 && n_30 < N_1 && n_30 - (gn_19 * 16i) < 16) {
        space_scratch[base_4 + b_17 * b4_b_10 + m_29 * b4_m_11 + n_30] = bitcast<u32>(acc[r * 2 + c]);
        var t3_31 = f32(0.0);
        t3_31 = bitcast<f32>(space_inputs[base_5 + b_17 * b5_b_12 + m_29 * b5_m_13 + n_30]);
        let t4_32 = ((f32(2.0) * (acc[r * 2 + c] - t3_31)) / f32(at_plus_14));
        space_scratch[base_6 + b_17 * b6_b_15 + m_29 * b6_m_16 + n_30] = bitcast<u32>(t4_32);
      }
    }
  }
}
