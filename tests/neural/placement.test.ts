import { expect, it } from 'vitest'
import { layersOnCpu } from '../../src/neural/placement.js'

function event(provider: string, operator: string, outputs: readonly object[]): object {
  return {
    cat: 'Node',
    name: `${operator}_kernel_time`,
    args: { provider, op_name: operator, output_type_shape: outputs },
  }
}

it('names what the CPU computed beside shapes, positions and masks', () => {
  const profile = JSON.stringify([
    { cat: 'Session', name: 'model_loading_array', args: {} },
    event('CPUExecutionProvider', 'Shape', [{ int64: [2] }]),
    event('CPUExecutionProvider', 'Expand', [{ bool: [2, 64, 4, 4] }]),
    event('CPUExecutionProvider', 'Sqrt', [{ float: [] }]),
    event('CPUExecutionProvider', 'Where', [{ float: [2, 1, 4, 4] }]),
    event('CPUExecutionProvider', 'Cos', [{ float: [1, 4, 64] }]),
    event('WebGpuExecutionProvider', 'MatMul', [{ float: [2, 4, 768] }]),
    event('CPUExecutionProvider', 'MatMulNBits', [{ float16: [2, 4, 768] }]),
    event('CPUExecutionProvider', 'MatMulNBits', [{ float16: [2, 4, 3072] }]),
    event('CPUExecutionProvider', 'Attention', [{ float: [2, 4, 96] }, { float: [1] }]),
    event('CPUExecutionProvider', 'QLinearMatMul', [{ uint8: [2, 4, 768] }]),
    event('CPUExecutionProvider', 'MatMulInteger', [{ int32: [2, 4, 768] }]),
  ])
  expect(layersOnCpu(profile, 8)).toEqual([
    'Attention (1)',
    'MatMulInteger (1)',
    'MatMulNBits (2)',
    'QLinearMatMul (1)',
  ])
})
