/**
 * MinHash, the fast form of `reference.ts`: four permutations a vector, sixteen in registers at a time, so that a shingle
 * is loaded once for sixteen. All pointers are byte offsets, 16-byte aligned except `shingles`; arrays hold u32.
 * Folds `count` shingles into `signature`, which the caller has set to 2^32 - 1 before the first call; `permutations` is a
 * multiple of 4. Allocates nothing and keeps nothing between calls.
 */
export function fold(
  shingles: usize,
  count: i32,
  factors: usize,
  addends: usize,
  signature: usize,
  permutations: i32,
): void {
  const end: usize = shingles + ((<usize>count) << 2)
  let p: usize = 0
  const all: usize = (<usize>permutations) << 2
  for (; p + 64 <= all; p += 64) {
    const a0 = v128.load(factors + p)
    const a1 = v128.load(factors + p, 16)
    const a2 = v128.load(factors + p, 32)
    const a3 = v128.load(factors + p, 48)
    const b0 = v128.load(addends + p)
    const b1 = v128.load(addends + p, 16)
    const b2 = v128.load(addends + p, 32)
    const b3 = v128.load(addends + p, 48)
    let m0 = v128.load(signature + p)
    let m1 = v128.load(signature + p, 16)
    let m2 = v128.load(signature + p, 32)
    let m3 = v128.load(signature + p, 48)
    for (let s = shingles; s < end; s += 4) {
      const h = v128.load32_splat(s)
      m0 = i32x4.min_u(m0, i32x4.add(i32x4.mul(h, a0), b0))
      m1 = i32x4.min_u(m1, i32x4.add(i32x4.mul(h, a1), b1))
      m2 = i32x4.min_u(m2, i32x4.add(i32x4.mul(h, a2), b2))
      m3 = i32x4.min_u(m3, i32x4.add(i32x4.mul(h, a3), b3))
    }
    v128.store(signature + p, m0)
    v128.store(signature + p, m1, 16)
    v128.store(signature + p, m2, 32)
    v128.store(signature + p, m3, 48)
  }
  for (; p < all; p += 16) {
    const a = v128.load(factors + p)
    const b = v128.load(addends + p)
    let m = v128.load(signature + p)
    for (let s = shingles; s < end; s += 4) {
      m = i32x4.min_u(m, i32x4.add(i32x4.mul(v128.load32_splat(s), a), b))
    }
    v128.store(signature + p, m)
  }
}
