/**
 * Keccak-256 as Ethereum uses it: the sponge of the Keccak submission (Bertoni et al. 2011), capacity 512, padding 0x01, from before
 * NIST changed the padding for SHA-3 (FIPS 202), so that node:crypto does not have it. For one block: up to 135 bytes.
 */

const RATE_BYTES = 136

/** Rotations and places of the steps rho and pi, in the order in which pi visits the lanes (FIPS 202 sections 3.2.2 and 3.2.3). */
const ROTATIONS = Uint8Array.from([
  1, 3, 6, 10, 15, 21, 28, 36, 45, 55, 2, 14, 27, 41, 56, 8, 25, 43, 62, 18, 39, 61, 20, 44,
])
const LANES = Uint8Array.from(
  [10, 7, 11, 17, 18, 3, 5, 16, 8, 21, 24, 4, 15, 23, 19, 13, 12, 2, 20, 14, 22, 9, 6, 1],
  (lane) => 2 * lane,
)

/** Constants of iota, lower and upper halves: bits of a linear feedback shift register (section 3.2.5). */
const ROUND_CONSTANTS = roundConstants()

/** Lanes of 64 bits, each in two halves, the lower first: whole numbers of 32 bits are fast. */
const STATE = new Int32Array(50)
const PARITY = new Int32Array(10)

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

/** One round; written out where a loop would look places up. */
function permute(constantLow: number, constantHigh: number): void {
  for (let i = 0; i < 10; i++) PARITY[i] = STATE[i] ^ STATE[i + 10] ^ STATE[i + 20] ^ STATE[i + 30] ^ STATE[i + 40]
  addParities(0, 8, 2)
  addParities(2, 0, 4)
  addParities(4, 2, 6)
  addParities(6, 4, 8)
  addParities(8, 6, 0)
  let low = STATE[2]
  let high = STATE[3]
  for (let i = 0; i < 24; i++) {
    const lane = LANES[i]
    const bits = ROTATIONS[i]
    const nextLow = STATE[lane]
    const nextHigh = STATE[lane + 1]
    // Of 32 and more, halves change places; none is 32 or 0 itself, and shifts take the lowest five bits.
    if (bits < 32) {
      STATE[lane] = (low << bits) | (high >>> -bits)
      STATE[lane + 1] = (high << bits) | (low >>> -bits)
    } else {
      STATE[lane] = (high << bits) | (low >>> -bits)
      STATE[lane + 1] = (low << bits) | (high >>> -bits)
    }
    low = nextLow
    high = nextHigh
  }
  for (let i = 0; i < 50; i += 10) {
    mixRow(i)
    mixRow(i + 1)
  }
  STATE[0] ^= constantLow
  STATE[1] ^= constantHigh
}

/** Theta for the column at `x`. */
function addParities(x: number, before: number, next: number): void {
  const low = PARITY[before] ^ ((PARITY[next] << 1) | (PARITY[next + 1] >>> 31))
  const high = PARITY[before + 1] ^ ((PARITY[next + 1] << 1) | (PARITY[next] >>> 31))
  for (let i = x; i < 50; i += 10) {
    STATE[i] ^= low
    STATE[i + 1] ^= high
  }
}

/** Chi for one half of the five lanes of a row. */
function mixRow(i: number): void {
  const a = STATE[i]
  const b = STATE[i + 2]
  const c = STATE[i + 4]
  const d = STATE[i + 6]
  const e = STATE[i + 8]
  STATE[i] = a ^ (~b & c)
  STATE[i + 2] = b ^ (~c & d)
  STATE[i + 4] = c ^ (~d & e)
  STATE[i + 6] = d ^ (~e & a)
  STATE[i + 8] = e ^ (~a & b)
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
