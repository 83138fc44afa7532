/**
 * A set of byte strings as a trie in flat arrays. Nodes are numbered level by level, so a node's children lie side by side,
 * sorted by their byte: a step is a look at few numbers, and at most a binary search over 256.
 */

export class ByteTrie {
  /** firstChild[n] up to firstChild[n + 1]: the children of node n. */
  #firstChild: Int32Array
  /** The byte that leads to a node. */
  #label: Uint8Array
  /** Index of the key that ends at a node, or -1. */
  #key: Int32Array
  /** The root has the most children: by byte, or -1. */
  readonly #fromRoot = new Int32Array(256).fill(-1)

  /** @param keys no two of them equal, none empty */
  constructor(keys: readonly Uint8Array[]) {
    const nodesMax = keys.reduce((sum, key) => sum + key.length, 1)
    this.#firstChild = new Int32Array(nodesMax + 1)
    this.#label = new Uint8Array(nodesMax)
    this.#key = new Int32Array(nodesMax).fill(-1)
    const count = this.#build(keys, nodesMax)
    this.#firstChild = this.#firstChild.slice(0, count + 1)
    this.#label = this.#label.slice(0, count)
    this.#key = this.#key.slice(0, count)
    for (let node = 1; node < (this.#firstChild[1] ?? 0); node++) this.#fromRoot[this.#label[node] ?? 0] = node
  }

  /** The node behind `byte`, from 0 (the root); -1 when no key goes on that way. */
  child(node: number, byte: number): number {
    if (node === 0) return this.#fromRoot[byte] ?? -1
    let low = this.#firstChild[node] ?? 0
    let high = this.#firstChild[node + 1] ?? 0
    while (low < high) {
      const middle = (low + high) >> 1
      const label = this.#label[middle] ?? 0
      if (label === byte) return middle
      if (label < byte) low = middle + 1
      else high = middle
    }
    return -1
  }

  /** Index of the key that ends at `node`, -1 when none does. */
  keyAt(node: number): number {
    return this.#key[node] ?? -1
  }

  /** Index of the key that is bytes[start, end), -1 when none is. */
  find(bytes: Uint8Array, start: number, end: number): number {
    let node = 0
    for (let at = start; at < end && node >= 0; at++) node = this.child(node, bytes[at] ?? 0)
    return node < 0 ? -1 : this.keyAt(node)
  }

  /** Bytes of the longest key that starts at `start`, 0 when none does. */
  longestAt(bytes: Uint8Array, start: number, end: number): number {
    let longest = 0
    let node = 0
    for (let at = start; at < end; at++) {
      node = this.child(node, bytes[at] ?? 0)
      if (node < 0) break
      if (this.keyAt(node) >= 0) longest = at + 1 - start
    }
    return longest
  }

  /** Each node stands for the keys [from, to) in sorted order, which share their first `depth` bytes. Gives the node count. */
  #build(keys: readonly Uint8Array[], nodesMax: number): number {
    const sorted = keys
      .map((_, index) => index)
      .sort((a, b) => Buffer.compare(keys[a] as Uint8Array, keys[b] as Uint8Array)) // indices of keys
    const from = new Int32Array(nodesMax)
    const to = new Int32Array(nodesMax)
    const depth = new Int32Array(nodesMax)
    to[0] = keys.length
    let count = 1
    for (let node = 0; node < count; node++) {
      const at = depth[node] ?? 0
      const end = to[node] ?? 0
      const byteOf = (i: number): number => keys[sorted[i] ?? 0]?.[at] ?? -1
      let next = from[node] ?? 0
      if (next < end && byteOf(next) < 0) this.#key[node] = sorted[next++] ?? -1
      this.#firstChild[node] = count
      while (next < end) {
        const byte = byteOf(next)
        this.#label[count] = byte
        from[count] = next
        while (next < end && byteOf(next) === byte) next++
        to[count] = next
        depth[count++] = at + 1
      }
    }
    this.#firstChild[count] = count
    return count
  }
}
