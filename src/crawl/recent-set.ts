/** The last texts, between `max` and twice as many. */
export class RecentSet {
  #young = new Set<string>()
  #old = new Set<string>()

  constructor(private readonly max: number) {}

  has(text: string): boolean {
    return this.#young.has(text) || this.#old.has(text)
  }

  add(text: string): void {
    if (this.#young.size >= this.max) {
      this.#old = this.#young
      this.#young = new Set()
    }
    this.#young.add(text)
  }

  clear(): void {
    this.#young.clear()
    this.#old.clear()
  }
}
