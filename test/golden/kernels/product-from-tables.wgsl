// kernel product-from-tables on persistent inputs scratch tables
struct Arguments { words: array<vec4<i32>, 3> }
@group(0) @binding(0) var<uniform> arguments: Arguments;
@group(0) @binding(1) var<storage, read> space_inputs: array<u32>;
@group(0) @binding(2) var<storage, read_write> space_persistent: array<u32>;
@group(0) @binding(3) var<storage, read_write> space_scratch: array<u32>;
@group(0) @binding(4) var<storage, read> space_tables: array<u32>;
var<workgroup> left_panel: array<f32, 768>;
var<workgroup> right_panel: array<f32, 1024>;
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
  let b1_n_4 = arguments.words[2].y;
  let b2_m_5 = arguments.words[2].z;
  let b2_n_6 = arguments.words[2].w;
  var rest = block;
  let gn_8 = rest % ((N_1 + 64i - 1i) / 64i);
  rest /= ((N_1 + 64i - 1i) / 64i);
  let gm_7 = rest % ((M_0 + 48i - 1i) / 48i);
  rest /= ((M_0 + 48i - 1i) / 48i);
  let thread_x = i32(thread % 8u);
  let thread_y = i32(thread / 8u);
  var acc: array<f32, 48>;
  for (var i = 0; i < 48; i++) {
    acc[i] = f32(0.0);
  }
  for (var k0_9 = 0i; k0_9 < K_2; k0_9 += 256) {
    for (var k0 = k0_9; k0 < k0_9 + min(256i, (K_2 - k0_9)); k0 += 16) {
      for (var e = i32(thread); e < 768; e += 64) {
        let m_10 = (gm_7 * 48i) + e / 16;
        let k_11 = k0 + e % 16;
        var element = 0.0;
        if (m_10 < M_0 && m_10 - (gm_7 * 48i) < 48 && k_11 < K_2 && k_11 - k0_9 < 256) {
          var t1_12 = f32(0.0);
          t1_12 = bitcast<f32>(space_persistent[base_0 + m_10 * b0_m_3 + k_11]);
          element = t1_12;
        }
        left_panel[e] = element;
      }
      for (var e = i32(thread); e < 1024; e += 64) {
        let n_13 = (gn_8 * 64i) + e / 16;
        let k_14 = k0 + e % 16;
        var element = 0.0;
        if (n_13 < N_1 && n_13 - (gn_8 * 64i) < 64 && k_14 < K_2 && k_14 - k0_9 < 256) {
          var t2_15 = f32(0.0);
          t2_15 = bitcast<f32>(space_inputs[base_1 + n_13 * b1_n_4 + k_14]);
          element = t2_15;
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
        let r0 = right_panel[min(thread_x + 0, 63) * 16 + k];
        acc[0] = fma(l0, r0, acc[0]);
        acc[8] = fma(l1, r0, acc[8]);
        acc[16] = fma(l2, r0, acc[16]);
        acc[24] = fma(l3, r0, acc[24]);
        acc[32] = fma(l4, r0, acc[32]);
        acc[40] = fma(l5, r0, acc[40]);
        let r1 = right_panel[min(thread_x + 8, 63) * 16 + k];
        acc[1] = fma(l0, r1, acc[1]);
        acc[9] = fma(l1, r1, acc[9]);
        acc[17] = fma(l2, r1, acc[17]);
        acc[25] = fma(l3, r1, acc[25]);
        acc[33] = fma(l4, r1, acc[33]);
        acc[41] = fma(l5, r1, acc[41]);
        let r2 = right_panel[min(thread_x + 16, 63) * 16 + k];
        acc[2] = fma(l0, r2, acc[2]);
        acc[10] = fma(l1, r2, acc[10]);
        acc[18] = fma(l2, r2, acc[18]);
        acc[26] = fma(l3, r2, acc[26]);
        acc[34] = fma(l4, r2, acc[34]);
        acc[42] = fma(l5, r2, acc[42]);
        let r3 = right_panel[min(thread_x + 24, 63) * 16 + k];
        acc[3] = fma(l0, r3, acc[3]);
        acc[11] = fma(l1, r3, acc[11]);
        acc[19] = fma(l2, r3, acc[19]);
        acc[27] = fma(l3, r3, acc[27]);
        acc[35] = fma(l4, r3, acc[35]);
        acc[43] = fma(l5, r3, acc[43]);
        let r4 = right_panel[min(thread_x + 32, 63) * 16 + k];
        acc[4] = fma(l0, r4, acc[4]);
        acc[12] = fma(l1, r4, acc[12]);
        acc[20] = fma(l2, r4, acc[20]);
        acc[28] = fma(l3, r4, acc[28]);
        acc[36] = fma(l4, r4, acc[36]);
        acc[44] = fma(l5, r4, acc[44]);
        let r5 = right_panel[min(thread_x + 40, 63) * 16 + k];
        acc[5] = fma(l0, r5, acc[5]);
        acc[13] = fma(l1, r5, acc[13]);
        acc[21] = fma(l2, r5, acc[21]);
        acc[29] = fma(l3, r5, acc[29]);
        acc[37] = fma(l4, r5, acc[37]);
        acc[45] = fma(l5, r5, acc[45]);
        let r6 = right_panel[min(thread_x + 48, 63) * 16 + k];
        acc[6] = fma(l0, r6, acc[6]);
        acc[14] = fma(l1, r6, acc[14]);
        acc[22] = fma(l2, r6, acc[22]);
        acc[30] = fma(l3, r6, acc[30]);
        acc[38] = fma(l4, r6, acc[38]);
        acc[46] = fma(l5, r6, acc[46]);
        let r7 = right_panel[min(thread_x + 56, 63) * 16 + k];
        acc[7] = fma(l0, r7, acc[7]);
        acc[15] = fma(l1, r7, acc[15]);
        acc[23] = fma(l2, r7, acc[23]);
        acc[31] = fma(l3, r7, acc[31]);
        acc[39] = fma(l4, r7, acc[39]);
        acc[47] = fma(l5, r7, acc[47]);
      }
      workgroupBarrier();
    }
  }
  for (var r = 0; r < 6; r++) {
    for (var c = 0; c < 8; c++) {
      let m_16 = (gm_7 * 48i) + thread_y + r * 8;
      let n_17 = (gn_8 * 64i) + thread_x + c * 8;
      if (m_16 < M_0 && m_16 - (gm_7 * 48i) < 48 && n_17 < N_1 && n_17 - (gn_8 * 64i) < 64) {
        space_scratch[base_2 + m_16 * b2_m_5 + bitcast<i32>(space_tables[base_3 + b2_n_6 + n_17])] = bitcast<u32>(acc[r * 8 + c]);
      }
    }
  }
}
