/**
 * Sums of symmetric decision trees over columns of 16-bit features, eight rows at a time: reference.ts defines them. Every
 * question of a tree is one comparison of eight values; the six answers of a row are the bits of the index of its leaf.
 */

const DEPTH: usize = 6
const LEAVES: usize = 64

/**
 * Adds the trees to the sums of `rows` rows. Addresses: the questions are pairs of a column (u16) and a limit (i16), the
 * leaves are i16, the table holds `stride` values a column, a multiple of 8, and the sums are i32, a multiple of 8 of them.
 */
export function sumTrees(questions: usize, leaves: usize, trees: i32, table: usize, stride: usize, rows: i32, sums: usize): void {
  const column = stride << 1
  for (let tree: i32 = 0; tree < trees; tree++) {
    const c0 = table + <usize>load<u16>(questions) * column
    const c1 = table + <usize>load<u16>(questions, 4) * column
    const c2 = table + <usize>load<u16>(questions, 8) * column
    const c3 = table + <usize>load<u16>(questions, 12) * column
    const c4 = table + <usize>load<u16>(questions, 16) * column
    const c5 = table + <usize>load<u16>(questions, 20) * column
    const l0 = v128.load_splat<i16>(questions, 2)
    const l1 = v128.load_splat<i16>(questions, 6)
    const l2 = v128.load_splat<i16>(questions, 10)
    const l3 = v128.load_splat<i16>(questions, 14)
    const l4 = v128.load_splat<i16>(questions, 18)
    const l5 = v128.load_splat<i16>(questions, 22)
    for (let row: i32 = 0; row < rows; row += 8) {
      const at = (<usize>row) << 1
      let leaf = v128.and(i16x8.gt_s(v128.load(c0 + at), l0), i16x8.splat(2))
      leaf = v128.or(leaf, v128.and(i16x8.gt_s(v128.load(c1 + at), l1), i16x8.splat(4)))
      leaf = v128.or(leaf, v128.and(i16x8.gt_s(v128.load(c2 + at), l2), i16x8.splat(8)))
      leaf = v128.or(leaf, v128.and(i16x8.gt_s(v128.load(c3 + at), l3), i16x8.splat(16)))
      leaf = v128.or(leaf, v128.and(i16x8.gt_s(v128.load(c4 + at), l4), i16x8.splat(32)))
      leaf = v128.or(leaf, v128.and(i16x8.gt_s(v128.load(c5 + at), l5), i16x8.splat(64)))
      // The indices are in bytes already. Leaves go into two vectors of four and are added at once.
      let low = i32x4.splat(<i32>load<i16>(leaves + <usize>i16x8.extract_lane_u(leaf, 0)))
      low = i32x4.replace_lane(low, 1, <i32>load<i16>(leaves + <usize>i16x8.extract_lane_u(leaf, 1)))
      low = i32x4.replace_lane(low, 2, <i32>load<i16>(leaves + <usize>i16x8.extract_lane_u(leaf, 2)))
      low = i32x4.replace_lane(low, 3, <i32>load<i16>(leaves + <usize>i16x8.extract_lane_u(leaf, 3)))
      let high = i32x4.splat(<i32>load<i16>(leaves + <usize>i16x8.extract_lane_u(leaf, 4)))
      high = i32x4.replace_lane(high, 1, <i32>load<i16>(leaves + <usize>i16x8.extract_lane_u(leaf, 5)))
      high = i32x4.replace_lane(high, 2, <i32>load<i16>(leaves + <usize>i16x8.extract_lane_u(leaf, 6)))
      high = i32x4.replace_lane(high, 3, <i32>load<i16>(leaves + <usize>i16x8.extract_lane_u(leaf, 7)))
      const sum = sums + ((<usize>row) << 2)
      v128.store(sum, i32x4.add(v128.load(sum), low))
      v128.store(sum, i32x4.add(v128.load(sum, 16), high), 16)
    }
    questions += DEPTH << 2
    leaves += LEAVES << 1
  }
}
