/**
 * MinHash by datatrove's family, the fast form of `reference.ts`: value p is the minimum over all shingles h of
 * ((h * a[p] + b[p]) mod 2^64) mod (2^61 - 1). All pointers are byte offsets, 8-byte aligned; arrays hold u64. Folds `count`
 * shingles into `signature`, which the caller has set to 2^64 - 1 before the first call. Allocates nothing.
 */
export function fold(
  shingles: usize,
  count: i32,
  factors: usize,
  addends: usize,
  signature: usize,
  permutations: i32,
): void {
  const prime: u64 = ((<u64>1) << 61) - 1
  const end: usize = shingles + ((<usize>count) << 3)
  const all: usize = (<usize>permutations) << 3
  for (let p: usize = 0; p < all; p += 8) {
    const a = load<u64>(factors + p)
    const b = load<u64>(addends + p)
    let least = load<u64>(signature + p)
    for (let s = shingles; s < end; s += 8) {
      const value = load<u64>(s) * a + b
      let rest = (value & prime) + (value >> 61)
      if (rest >= prime) rest -= prime
      if (rest < least) least = rest
    }
    store<u64>(signature + p, least)
  }
}
