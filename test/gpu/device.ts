/**
 * A WebGPU device in Node: Dawn of the npm package `webgpu` on SwiftShader, the software Vulkan driver inside Debian's Chromium, or on
 * whatever driver `VK_DRIVER_FILES` names. Dawn's null back end validates WGSL and pipelines without any driver.
 */
import { existsSync } from 'node:fs';
import { test } from 'uvu';
import type { Engine } from '../../runtime/engine/engine.ts';
import { webgpuEngine } from '../../runtime/engine/webgpu/engine.ts';
import { testWith } from '../needs.ts';

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

export interface Gpu {
  readonly device: GPUDevice;
  readonly engine: Engine;
}

/** Another device on the driver of the tests. */
export async function openTestDevice(): Promise<GPUDevice> {
  return (await request('backend=vulkan'))!;
}

/** Registers tests that run on a device; they are skipped where there is no driver. */
export async function gpuTests(): Promise<(name: string, run: (gpu: Gpu) => unknown) => void> {
  if (process.env.VK_DRIVER_FILES === undefined && existsSync(swiftShader)) process.env.VK_DRIVER_FILES = swiftShader;
  const device = await request('backend=vulkan').catch(() => undefined);
  const hint = 'no Vulkan driver was found; apt-get install chromium libvulkan1 brings one (SwiftShader)';
  const register = testWith('GPU', device !== undefined, hint);
  test.after(() => device?.destroy());
  const gpu = device && { device, engine: webgpuEngine(device) };
  return (name, run) => register(name, () => run(gpu!));
}
