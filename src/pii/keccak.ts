/**
 * Keccak-256 as Ethereum uses it: the sponge of the Keccak submission (Bertoni et al. 2011), capacity 512, padding 0x01, from before
 * NIST changed the padding for SHA-3 (FIPS 202), so that node:crypto does not have it. For one block: up to 135 bytes.
 */

const RATE_BYTES = 136

/** Rotations and places of the steps rho and pi, in the order in which pi visits the lanes (FIPS 202 sections 3.2.2 and 3.2.3). */
const ROTATIONS = [1, 3, 6, 10, 15, 21, 28, 36, 45, 55, 2, 14, 27, 41, 56, 8, 25, 43, 62, 18, 39, 61, 20, 44]
const LANES = [10, 7, 11, 17, 18, 3, 5, 16, 8, 21, 24, 4, 15, 23, 19, 13, 12, 2, 20, 14, 22, 9, 6, 1]

/** Constants of iota, lower and upper halves: bits of a linear feedback shift register (section 3.2.5). */
const ROUND_CONSTANTS = roundConstants()

/** Lanes of 64 bits, each in two halves, the lower first: whole numbers of 32 bits are fast. */
const STATE = new Int32Array(50)
const PARITY = new Int32Array(10)
const ROW = new Int32Array(10)

/** @returns 32 bytes */
export function keccak256(message: Uint8Array): Uint8Array {
  if (message.length >= RATE_BYTES)
    throw new RangeError(`expected less than ${RATE_BYTES} bytes, got ${message.length}`)
  const block = new Uint8Array(RATE_BYTES)
  block.set(message)
  block[message.length] ^= 0x01
  block[RATE_BYTES - 1] ^= 0x80
  const view = new DataView(block.buffer)
  STATE.fill(0)
  for (let i = 0; i < RATE_BYTES / 4; i++) STATE[i] = view.getInt32(4 * i, true)
  for (let round = 0; round < ROUNDS; round++) permute(ROUND_CONSTANTS[2 * round], ROUND_CONSTANTS[2 * round + 1])
  const digest = new DataView(new ArrayBuffer(32))
  for (let i = 0; i < 8; i++) digest.setInt32(4 * i, STATE[i], true)
  return new Uint8Array(digest.buffer)
}

const ROUNDS = 24

function permute(constantLow: number, constantHigh: number): void {
  for (let i = 0; i < 10; i++) PARITY[i] = STATE[i] ^ STATE[i + 10] ^ STATE[i + 20] ^ STATE[i + 30] ^ STATE[i + 40]
  for (let x = 0; x < 10; x += 2) {
    const before = (x + 8) % 10
    const next = (x + 2) % 10
    const low = PARITY[before] ^ ((PARITY[next] << 1) | (PARITY[next + 1] >>> 31))
    const high = PARITY[before + 1] ^ ((PARITY[next + 1] << 1) | (PARITY[next] >>> 31))
    for (let y = 0; y < 50; y += 10) {
      STATE[x + y] ^= low
      STATE[x + y + 1] ^= high
    }
  }
  let [low, high] = [STATE[2], STATE[3]]
  for (let i = 0; i < LANES.length; i++) {
    const lane = 2 * LANES[i]
    const bits = ROTATIONS[i] % 32
    // Of 32 and more, halves change places; none is 32 or 0 itself.
    const first = ROTATIONS[i] < 32 ? low : high
    const second = ROTATIONS[i] < 32 ? high : low
    low = STATE[lane]
    high = STATE[lane + 1]
    STATE[lane] = (first << bits) | (second >>> (32 - bits))
    STATE[lane + 1] = (second << bits) | (first >>> (32 - bits))
  }
  for (let y = 0; y < 50; y += 10) {
    for (let i = 0; i < 10; i++) ROW[i] = STATE[y + i]
    for (let i = 0; i < 10; i++) STATE[y + i] = ROW[i] ^ (~ROW[(i + 2) % 10] & ROW[(i + 4) % 10])
  }
  STATE[0] ^= constantLow
  STATE[1] ^= constantHigh
}

function roundConstants(): Int32Array {
  const constants = new Int32Array(48)
  let register = 1
  for (let round = 0; round < 24; round++) {
    for (let j = 0; j < 7; j++) {
      const bit = 2 ** j - 1
      if ((register & 1) === 1) constants[2 * round + (bit >> 5)] |= 1 << (bit % 32)
      register <<= 1
      if ((register & 0x100) !== 0) register ^= 0x171
    }
  }
  return constants
}
