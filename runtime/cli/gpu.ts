/** A GPU of this machine for the WebGPU engine: Dawn, which the npm package `webgpu` (an optional peer) brings to Node. */
import { Problem } from './context.ts';

/** What a Dawn instance offers that is used here. */
interface Dawn {
  readonly globals: object;
  create(options: string[]): { requestAdapter(options?: GPURequestAdapterOptions): Promise<GPUAdapter | null> };
}

/** Dawn crashes when an instance is collected before its devices. */
const instances: unknown[] = [];

/** A device with all that its adapter has. Throws Problem where there is no package, no adapter or no device. */
export async function openDevice(): Promise<GPUDevice> {
  const { create, globals } = await dawn();
  for (const [name, value] of Object.entries(globals)) if (!(name in globalThis)) Object.assign(globalThis, { [name]: value });
  const instance = create([]);
  instances.push(instance);
  const adapter = await instance.requestAdapter({ powerPreference: 'high-performance' });
  if (adapter === null) {
    throw new Problem(
      'no adapter for WebGPU was found: it needs a driver of Vulkan, Metal or Direct3D 12 (VK_DRIVER_FILES names one of Vulkan, as that of SwiftShader); --engine wasm needs none',
    );
  }
  try {
    return await adapter.requestDevice({ requiredLimits: limitsOf(adapter) });
  } catch (error) {
    throw new Problem(`the adapter ${nameOf(adapter)} gives no device: ${(error as Error).message}; --engine wasm needs none`);
  }
}

export function nameOf({ info }: Pick<GPUAdapter, 'info'>): string {
  return info.description || info.device || info.vendor || 'without a name';
}

async function dawn(): Promise<Dawn> {
  try {
    return (await import('webgpu')) as unknown as Dawn;
  } catch (error) {
    throw new Problem(
      `the engine webgpu needs the package webgpu: npm install webgpu (${(error as Error).message.split('\n')[0]}); --engine wasm needs none`,
    );
  }
}

/** What a device has to be asked for: large buffers, and what kernels may use of a workgroup. */
function limitsOf({ limits }: GPUAdapter): Record<string, number> {
  const { maxBufferSize, maxStorageBufferBindingSize, maxComputeWorkgroupStorageSize, maxStorageBuffersPerShaderStage } = limits;
  return { maxBufferSize, maxStorageBufferBindingSize, maxComputeWorkgroupStorageSize, maxStorageBuffersPerShaderStage };
}
