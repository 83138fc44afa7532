/** The programming language of a code block, as highlighters name it in class names and data attributes. */
import { attribute } from './attributes.js'
import type { FlatTree } from './scan.js'
import { Tag } from './tags.js'

/** From the surest way to say it to the vaguest. */
const NAMED = [
  /(?:^|\s)(?:language|lang)-([A-Za-z][\w+#.-]{0,24})(?=[\s;]|$)/,
  /(?:^|\s)(?:brush:\s?|highlight-source-|highlight-|prism-)([A-Za-z][\w+#.-]{0,24})(?=[\s;]|$)/,
  /(?:^|\s)(?:sourceCode|hljs|src|prettyprint)\s([A-Za-z][\w+#.-]{0,24})(?=[\s;]|$)/,
]
/** Names that stand where a language would. */
const NO_LANGUAGE =
  /^(?:none|plain|plaintext|text|txt|default|auto|nohighlight|no-highlight|prettyprint|wrap|block|numbers?|table|wrapper|container|language-.*|line.*|code.*|pre|copy.*|toolbar|inline|notranslate)$/i
/** Highlighters put the name on the element itself, its `code`, or one of the two around. */
const PARENTS_MAX = 2

/** '' when nothing says it. */
export function codeLanguage(tree: FlatTree, pre: number): string {
  const inner = tree.tag[pre + 1] === Tag.code ? [pre + 1] : []
  const around: number[] = []
  for (let up = tree.parent[pre] ?? 0; up > 0 && around.length < PARENTS_MAX; up = tree.parent[up] ?? 0) around.push(up)
  for (const node of [...inner, pre, ...around]) {
    const data = attribute(tree, node, 'data-lang', 40) || attribute(tree, node, 'data-language', 40) || ''
    const name = /^[A-Za-z][\w+#.-]*$/.test(data) ? data : named(attribute(tree, node, 'class', 256) ?? '')
    if (name !== '' && !NO_LANGUAGE.test(name)) return name.toLowerCase()
  }
  return ''
}

function named(classes: string): string {
  for (const pattern of NAMED) {
    const name = pattern.exec(classes)?.[1] ?? ''
    if (name !== '' && !NO_LANGUAGE.test(name)) return name
  }
  return ''
}
