/**
 * A WebGPU device in Node: Dawn of the npm package `webgpu` on SwiftShader, the software Vulkan driver inside Debian's Chromium, or on
 * whatever driver `VK_DRIVER_FILES` names. Dawn's null back end validates WGSL and pipelines without any driver.
 */
import { existsSync } from 'node:fs';

const swiftShader = '/usr/lib/chromium/vk_swiftshader_icd.json';

/** Dawn crashes when its instance is collected before its devices. */
const instances: unknown[] = [];

async function request(option: string): Promise<GPUDevice | undefined> {
  const { create, globals } = await import('webgpu');
  Object.assign(globalThis, globals);
  const instance = create([option]);
  instances.push(instance);
  const adapter = await instance.requestAdapter();
  return adapter?.requestDevice();
}

export function nullDevice(): Promise<GPUDevice | undefined> {
  return request('backend=null');
}

/**
 * The device, or undefined after one line `GPU not run: ...` that says how to get one. With BONDSMITH_GPU=required its absence is an error.
 */
export async function gpuDevice(): Promise<GPUDevice | undefined> {
  if (process.env.VK_DRIVER_FILES === undefined && existsSync(swiftShader)) process.env.VK_DRIVER_FILES = swiftShader;
  const device = await request('backend=vulkan').catch(() => undefined);
  if (device !== undefined) return device;
  const line = 'GPU not run: no Vulkan driver was found; apt-get install chromium libvulkan1 brings one (SwiftShader)';
  if (process.env.BONDSMITH_GPU === 'required') throw new Error(line);
  console.log(line);
  return undefined;
}
