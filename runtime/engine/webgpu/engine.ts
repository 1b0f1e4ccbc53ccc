/**
 * The WebGPU engine: a space is one storage buffer, a run is one compute pass that walks the launch table. Works on any GPUDevice, of a
 * page or of Node's `webgpu` package. Not tuned: one workgroup of 64 threads a block, every launch its own dispatch.
 */
import { argumentWords, bindingsOf, blocksAcross, isWritable, printWgsl } from '../../../compiler/emit/wgsl/index.ts';
import type { Executable } from '../../../compiler/values/executable.ts';
import type { Launch, Schedule, SpaceName } from '../../../compiler/values/kernel.ts';
import type { Dtype } from '../../../compiler/values/program.ts';
import { streamKey } from '../../../compiler/values/random.ts';
import { webgpu } from '../../../compiler/values/target.ts';
import { BondsmithError } from '../../../grammar/error.ts';
import {
  type Bound,
  type CallArguments,
  type Engine,
  type Loaded,
  MemoryLimit,
  type Planning,
  type Space,
  type Values,
} from '../engine.ts';
import { Watched } from './watched.ts';

interface GpuSpace extends Space {
  readonly buffer: GPUBuffer;
}

export interface GpuOptions {
  /** Bytes of buffers together; by default what the device has. */
  readonly limit?: number;
  readonly planning?: Planning;
  /** What becomes of the device when the engine is closed; by default it stays the caller's. */
  readonly close?: () => void;
}

/** Throws RangeError for a device below the limits that all have to give. What goes wrong on the device is thrown by the next `read` or `load`. */
export function webgpuEngine(device: GPUDevice, options: GpuOptions = {}): Engine {
  const target = webgpu(device.limits);
  const watched = new Watched(device);
  const pipelines = new Map<string, Promise<GPUComputePipeline>>();
  let [held, peak] = [0, 0];
  const allocate = (elements: number): GpuSpace => {
    const size = bytesOf(elements);
    const limit = Math.min(device.limits.maxStorageBufferBindingSize, device.limits.maxBufferSize);
    if (size > limit) throw new MemoryLimit(size, limit);
    if (options.limit !== undefined && held + size > options.limit) throw new MemoryLimit(held + size, options.limit);
    const usage = GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_SRC | GPUBufferUsage.COPY_DST;
    const buffer = device.createBuffer({ size, usage });
    held += size;
    peak = Math.max(peak, held);
    return { elements, buffer };
  };
  const release = ({ buffer }: GpuSpace) => {
    held -= buffer.size;
    buffer.destroy();
  };
  return {
    name: 'webgpu',
    target,
    host: 'fused',
    ...(options.planning === undefined ? {} : { planning: options.planning }),
    allocate,
    release: (space) => release(space as GpuSpace),
    usage: () => ({ held, peak }),
    needs: {
      own: 0,
      space: bytesOf,
      bound: (part) => {
        const { sizes } = part.schedule(target);
        return bytesOf(sizes.scratch) + bytesOf(sizes.tables);
      },
    },
    write: (space, offset, data, dtype) => {
      const words = dtype === 'real' ? Float32Array.from(data) : Int32Array.from(data);
      device.queue.writeBuffer((space as GpuSpace).buffer, offset * 4, words);
    },
    copy: (from, fromOffset, to, toOffset, length) => {
      const encoder = device.createCommandEncoder();
      encoder.copyBufferToBuffer((from as GpuSpace).buffer, fromOffset * 4, (to as GpuSpace).buffer, toOffset * 4, length * 4);
      device.queue.submit([encoder.finish()]);
    },
    read: (space, offset, length, dtype) => watched.after(readWords(device, (space as GpuSpace).buffer, offset, length, dtype)),
    close: () => {
      watched.end();
      options.close?.();
    },
    load: async (executable) => {
      const schedule = executable.schedule(target);
      const compiled = await watched.after(
        Promise.all(schedule.launches.map((launch) => pipelineOf(device, pipelines, executable.name, schedule, launch))),
      );
      const own = { scratch: allocate(schedule.sizes.scratch), tables: allocate(schedule.sizes.tables) };
      for (const { offset, dtype, values } of schedule.tables) {
        const words = dtype === 'f32' ? Float32Array.from(values) : Int32Array.from(values);
        device.queue.writeBuffer(own.tables.buffer, offset * 4, words);
      }
      return loadedOf(device, executable, schedule, compiled, { ...own, release });
    },
  };
}

const bytesOf = (elements: number) => Math.max(4, 4 * elements);

async function readWords(device: GPUDevice, from: GPUBuffer, offset: number, length: number, dtype: Dtype): Promise<Values> {
  const size = Math.max(4, length * 4);
  const staging = device.createBuffer({ size, usage: GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST });
  const encoder = device.createCommandEncoder();
  encoder.copyBufferToBuffer(from, offset * 4, staging, 0, length * 4);
  device.queue.submit([encoder.finish()]);
  await staging.mapAsync(GPUMapMode.READ);
  const bytes = staging.getMappedRange().slice(0, length * 4);
  staging.destroy();
  return dtype === 'real' ? new Float32Array(bytes) : new Int32Array(bytes);
}

function pipelineOf(
  device: GPUDevice,
  cache: Map<string, Promise<GPUComputePipeline>>,
  program: string,
  schedule: Schedule,
  launch: Launch,
): Promise<GPUComputePipeline> {
  const spaces = launch.buffers.map(({ space }) => space);
  const kernel = schedule.kernels[launch.kernel];
  const key = `${kernel.key} ${spaces.join(' ')}`;
  const known = cache.get(key);
  if (known !== undefined) return known;
  const module = device.createShaderModule({ label: key, code: printWgsl(kernel, spaces) });
  const buffer = (space: SpaceName) => ({ type: isWritable(space) ? 'storage' : 'read-only-storage' }) as const;
  const entries: GPUBindGroupLayoutEntry[] = [
    { binding: 0, visibility: GPUShaderStage.COMPUTE, buffer: { type: 'uniform', hasDynamicOffset: true } },
    ...bindingsOf(spaces).map((space, k) => ({ binding: k + 1, visibility: GPUShaderStage.COMPUTE, buffer: buffer(space) })),
  ];
  const layout = device.createPipelineLayout({ bindGroupLayouts: [device.createBindGroupLayout({ entries })] });
  const made = device.createComputePipelineAsync({ label: key, layout, compute: { module, entryPoint: 'main' } }).catch((error: Error) => {
    const why = error.message.split('\n')[0];
    throw new BondsmithError(
      'gpu',
      `${program}: the driver refuses the kernel ${kernel.key}: ${why}; --engine wasm runs it on the processor`,
    );
  });
  cache.set(key, made);
  return made;
}

interface Dispatch {
  readonly pipeline: GPUComputePipeline;
  readonly group: GPUBindGroup;
  readonly argumentOffset: number;
  readonly launch: Launch;
}

function loadedOf(
  device: GPUDevice,
  executable: Executable,
  { launches, kernels }: Schedule,
  pipelines: readonly GPUComputePipeline[],
  own: { readonly scratch: GpuSpace; readonly tables: GpuSpace; release(space: GpuSpace): void },
): Loaded {
  // One slot of the uniform buffer for each launch; the device says how slots must be aligned.
  const align = device.limits.minUniformBufferOffsetAlignment;
  const slot = (launch: Launch) => Math.ceil((argumentWords(kernels[launch.kernel]) * 4) / align) * align;
  const offsets: number[] = [];
  let total = 0;
  for (const launch of launches) {
    offsets.push(total);
    total += slot(launch);
  }
  const block = device.createBuffer({ size: Math.max(total, align), usage: GPUBufferUsage.UNIFORM | GPUBufferUsage.COPY_DST });
  launches.forEach((launch, k) => {
    const words = [launch.blocks, ...launch.buffers.map(({ offset }) => offset), ...launch.args];
    device.queue.writeBuffer(block, offsets[k], Int32Array.from(words));
  });
  return {
    bind: (spaces) => {
      const all: Partial<Record<SpaceName, Space>> = { ...spaces, scratch: own.scratch, tables: own.tables };
      const dispatches = launches.map((launch, k): Dispatch => {
        const size = argumentWords(kernels[launch.kernel]) * 4;
        const bound = bindingsOf(launch.buffers.map(({ space }) => space)).map((space, n) => {
          const given = all[space] as GpuSpace | undefined;
          if (given === undefined) throw new RangeError(`${executable.name}: space ${space} was not bound`);
          return { binding: n + 1, resource: { buffer: given.buffer } };
        });
        const entries = [{ binding: 0, resource: { buffer: block, size } }, ...bound];
        const group = device.createBindGroup({ layout: pipelines[k].getBindGroupLayout(0), entries });
        return { pipeline: pipelines[k], group, argumentOffset: offsets[k], launch };
      });
      return boundOf(device, kernels, block, dispatches, gatePlaces(executable, all));
    },
    release: () => {
      for (const space of [own.scratch, own.tables]) own.release(space);
      block.destroy();
    },
  };
}

/** Where host bits lie that programs read from memory, as clipping does. */
interface GatePlace {
  readonly name: string;
  readonly buffer: GPUBuffer;
  readonly byte: number;
}
function gatePlaces({ name: program, gates, places }: Executable, spaces: Partial<Record<SpaceName, Space>>): GatePlace[] {
  return gates.flatMap((name) => {
    const address = places.get(`input ${name}`)?.address;
    if (address === undefined) return [];
    const space = spaces[address.space] as GpuSpace | undefined;
    if (space === undefined) throw new RangeError(`${program}: space ${address.space} was not bound`);
    return [{ name, buffer: space.buffer, byte: 4 * address.offset }];
  });
}

function boundOf(
  device: GPUDevice,
  kernels: Schedule['kernels'],
  block: GPUBuffer,
  dispatches: readonly Dispatch[],
  places: readonly GatePlace[],
): Bound {
  const key = new Int32Array(2);
  return {
    run: ({ seed, tick, gates }: CallArguments) => {
      for (const { launch, argumentOffset } of dispatches) {
        for (const { stream, arg } of launch.keys) {
          key.set(streamKey(seed, stream, tick).map((word) => word | 0));
          device.queue.writeBuffer(block, argumentOffset + 4 * (1 + kernels[launch.kernel].buffers.length + arg), key);
        }
      }
      for (const { name, buffer, byte } of places) device.queue.writeBuffer(buffer, byte, Int32Array.of((gates?.[name] ?? true) ? 1 : 0));
      const encoder = device.createCommandEncoder();
      const pass = encoder.beginComputePass();
      for (const { pipeline, group, argumentOffset, launch } of dispatches) {
        if (launch.gate !== undefined && gates?.[launch.gate] === false) continue;
        pass.setPipeline(pipeline);
        pass.setBindGroup(0, group, [argumentOffset]);
        pass.dispatchWorkgroups(Math.min(launch.blocks, blocksAcross), Math.ceil(launch.blocks / blocksAcross));
      }
      pass.end();
      device.queue.submit([encoder.finish()]);
    },
    release: () => undefined,
  };
}
