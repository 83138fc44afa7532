/**
 * Keccak-256 as Ethereum uses it: the sponge of the Keccak submission (Bertoni et al. 2011), capacity 512, padding 0x01, from before
 * NIST changed the padding for SHA-3 (FIPS 202), so that node:crypto does not have it. For one block: up to 135 bytes.
 */

const RATE_BYTES = 136
const LANE_BITS = 64n
const MASK = (1n << LANE_BITS) - 1n

/** Rotations and places of the steps rho and pi, in the order in which pi visits the lanes (FIPS 202 sections 3.2.2 and 3.2.3). */
const ROTATIONS = [1, 3, 6, 10, 15, 21, 28, 36, 45, 55, 2, 14, 27, 41, 56, 8, 25, 43, 62, 18, 39, 61, 20, 44].map(
  BigInt,
)
const LANES = [10, 7, 11, 17, 18, 3, 5, 16, 8, 21, 24, 4, 15, 23, 19, 13, 12, 2, 20, 14, 22, 9, 6, 1]

/** Constants of iota: bits of a linear feedback shift register (section 3.2.5). */
const ROUND_CONSTANTS = roundConstants()

/** @returns 32 bytes */
export function keccak256(message: Uint8Array): Uint8Array {
  if (message.length >= RATE_BYTES)
    throw new RangeError(`expected less than ${RATE_BYTES} bytes, got ${message.length}`)
  const block = new Uint8Array(RATE_BYTES)
  block.set(message)
  block[message.length] ^= 0x01
  block[RATE_BYTES - 1] ^= 0x80
  const view = new DataView(block.buffer)
  const state = new BigUint64Array(25)
  for (let i = 0; i < RATE_BYTES / 8; i++) state[i] = view.getBigUint64(8 * i, true)
  for (const constant of ROUND_CONSTANTS) permute(state, constant)
  const digest = new DataView(new ArrayBuffer(32))
  for (let i = 0; i < 4; i++) digest.setBigUint64(8 * i, state[i], true)
  return new Uint8Array(digest.buffer)
}

function permute(state: BigUint64Array, constant: bigint): void {
  const parity = [0, 1, 2, 3, 4].map((x) => state[x] ^ state[x + 5] ^ state[x + 10] ^ state[x + 15] ^ state[x + 20])
  for (let x = 0; x < 5; x++) {
    const theta = parity[(x + 4) % 5] ^ rotated(parity[(x + 1) % 5], 1n)
    for (let y = 0; y < 25; y += 5) state[x + y] ^= theta
  }
  let carried = state[1]
  LANES.forEach((lane, i) => {
    const next = state[lane]
    state[lane] = rotated(carried, ROTATIONS[i])
    carried = next
  })
  for (let y = 0; y < 25; y += 5) {
    const row = state.slice(y, y + 5)
    for (let x = 0; x < 5; x++) state[x + y] = row[x] ^ (~row[(x + 1) % 5] & row[(x + 2) % 5] & MASK)
  }
  state[0] ^= constant
}

function rotated(lane: bigint, bits: bigint): bigint {
  return ((lane << bits) | (lane >> (LANE_BITS - bits))) & MASK
}

function roundConstants(): bigint[] {
  let register = 1
  return Array.from({ length: 24 }, () => {
    let constant = 0n
    for (let j = 0; j < 7; j++) {
      if ((register & 1) === 1) constant |= 1n << BigInt(2 ** j - 1)
      register <<= 1
      if ((register & 0x100) !== 0) register ^= 0x171
    }
    return constant
  })
}
