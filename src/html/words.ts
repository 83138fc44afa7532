/**
 * What class, id, role and itemprop words say of an element. The vocabulary is the common one of templates and content
 * systems, in English, as those names are; Readability (mozilla/readability 0.6) and trafilatura 2.3 hold similar lists.
 * A word is evidence, not proof: `decide.ts` overrules it where the element holds most of the page's prose.
 */
import { detached } from './clean.js'

/** Around the text, not of it: navigation, promotion, sharing, legal, author boxes. */
export const ASIDE = 1
/** Readers' comments and the forms for them. */
export const COMMENTS = 2
/** Names that hold the main text. */
export const BODY = 4
/** Not shown, or shown to screen readers only. */
export const HIDDEN = 8

/** With ASIDE: a name that hardly ever misleads. */
export const FIRM = 32_768
/** Wraps a rendered formula (see `formulas.ts`). Beyond 16 bits: no flag of a node. */
export const FORMULA = 65_536

const FIRM_PART = /footer|cookie|consent|gdpr|copyright|breadcrumb|navbar|navigation|sidebar|newsletter/
/** Tells wherever it stands in the name. */
const ASIDE_PART = new RegExp(
  [
    ...['sidebar', 'side-bar', 'breadcrumb', 'newsletter', 'cookie', 'consent', 'gdpr', 'footer', 'footnav', 'navbar'],
    ...[
      'navigation',
      'subnav',
      'topnav',
      'related',
      'recommend',
      'popular',
      'trending',
      'social',
      'sharing',
      'sharedaddy',
    ],
    ...[
      'share-',
      'share_',
      'sharebar',
      'sharebox',
      'addthis',
      'addtoany',
      'promo(?!te)',
      'sponsor',
      'advert',
      'banner',
    ],
    ...[
      'taboola',
      'outbrain',
      'zergnet',
      'criteo',
      'widget',
      'byline',
      'by-line',
      'author(?!i)',
      'popup',
      'modal',
      'overlay',
    ],
    ...[
      'paywall',
      'subscri',
      'sign-up',
      'signup',
      'signin',
      'pagination',
      'masthead',
      'skip-link',
      'skiplink',
      'teaser',
    ],
    ...[
      'read-more',
      'readmore',
      'read-next',
      'readnext',
      'more-from',
      'more-on',
      'morefrom',
      'more-stories',
      'see-also',
    ],
    ...['most-read', 'mostread', 'caption', 'credit', 'copyright', 'disclaimer', 'menu', 'dropdown', 'tooltip'],
    ...[
      'carousel',
      'slideshow',
      'gallery',
      '(?<![a-z])rating',
      'timestamp',
      'dateline',
      'pubdate',
      'publish(?:ed)?-?(?:date|on|at|time)',
      'post-date',
    ],
    ...['tagcloud', 'tag-list', 'taglist', 'categories', 'toolbar', 'infobox', 'factbox', 'navbox', 'reflist', 'toc-'],
    ...['article-info', 'entry-meta', 'post-meta', 'metadata', 'donat', 'call-to-action', 'print-only', 'noprint'],
    ...[
      'next-post',
      'prev-post',
      'post-nav',
      'suggest',
      'livechat',
      'yarpp',
      'jp-',
      'edit-?section',
      'mw-jump',
      'catlinks',
    ],
    ...['site-header', 'page-header', 'siteheader', 'profile', 'user-info', 'keyword', 'bottombar', 'topbar'],
  ].join('|'),
)
/** Tells only as a whole word of the name. */
const ASIDE_WORD = new RegExp(
  `(?:^|[^a-z])(?:${[
    ...[
      'ad',
      'ads',
      'adv',
      'adbox',
      'nav',
      'tag',
      'tags',
      'share',
      'shares',
      'toc',
      'bio',
      'rss',
      'cta',
      'btn',
      'button',
    ],
    ...[
      'login',
      'meta',
      'pager',
      'promo(?!te)',
      'dfp',
      'mpu',
      'legal',
      'topics',
      'reference',
      'references',
      'tools',
      'social',
    ],
    ...[
      'recirc',
      'recirculation',
      'upsell',
      'follow',
      'likes',
      'date',
      'source',
      'kicker',
      'contact',
      'cat',
      'cats',
      'bar',
    ],
  ].join('|')})(?:[^a-z]|$)`,
)
const COMMENTS_PART =
  /comment(?!ary)|kommentar|comentario|disqus|respond|replies|reply|livefyre|discussion|feedback|guestbook/
const BODY_PART =
  /article-?_*(?:body|content|text|copy)|(?:post|entry|story|news|page|main|blog|single)-?_*(?:body|content|text)|body-?_*(?:text|copy|content)|content-?_*(?:body|main|text)|fulltext|hentry|h-entry|e-content|prose|markdown-body|mw-parser-output|storytext/
const HIDDEN_PART =
  /(?:^|[\s_-])(?:hidden|hide|invisible|visually-?hidden|sr-only|screen-reader(?:-text)?|offscreen|assistive|d-none)(?:[\s]|$)/

/** Class names of elements that MathJax, KaTeX and MediaWiki wrap around what they render. */
export const FORMULA_CLASS =
  /(?:^|\s)(?:katex(?:-display)?|MathJax(?:_(?:Display|Preview|SVG|SVG_Display|CHTML|MathML))?|mjx-chtml|MJXc-display|MJXp-(?:math|display)|mwe-math-element(?:-inline|-block)?)(?:\s|$)/

const ROLE_ASIDE =
  /^(?:navigation|banner|contentinfo|complementary|search|dialog|alertdialog|alert|menu|menubar|toolbar|tablist|button)$/
const ITEMPROP_ASIDE =
  /(?:^|\s)(?:author|publisher|datepublished|datemodified|keywords|interactioncount|aggregaterating)(?:\s|$)/

/** Names repeat within and across pages: the answers are kept. The bound is on memory only; answers do not depend on it. */
const remembered = new Map<string, number>()
const REMEMBERED_MAX = 32_768

/** Flags for one class or id value. */
export function flagsOfName(name: string): number {
  const known = remembered.get(name)
  if (known !== undefined) return known
  const lower = separated(name).replace(TAXONOMY, ' ')
  let flags = 0
  if (COMMENTS_PART.test(lower)) flags |= COMMENTS
  if (ASIDE_PART.test(lower) || ASIDE_WORD.test(lower)) flags |= ASIDE
  if ((flags & ASIDE) !== 0 && FIRM_PART.test(lower)) flags |= FIRM
  if (BODY_PART.test(lower)) flags |= BODY
  if (HIDDEN_PART.test(lower)) flags |= HIDDEN
  if (FORMULA_CLASS.test(name)) flags |= FORMULA
  if (remembered.size >= REMEMBERED_MAX) remembered.clear()
  remembered.set(detached(name), flags)
  return flags
}

/** Content systems mark a post with its own tags and categories (`tag-promo`, `category-social`): those say what it is about. */
const TAXONOMY = /(?:^|\s)(?:tag|category|topic|author|post_tag)-(?!list|cloud|link|s\b|box|menu|info|bio|name)\S*/g

/** `relatedArticles` reads as `related-articles`. */
function separated(name: string): string {
  return HAS_UPPER.test(name) ? name.replace(/([a-z])([A-Z])/g, '$1-$2').toLowerCase() : name
}
const HAS_UPPER = /[A-Z]/

export function flagsOfRole(role: string): number {
  const lower = role.toLowerCase()
  if (lower === 'main' || lower === 'article') return BODY
  return ROLE_ASIDE.test(lower) ? ASIDE : 0
}

export function flagsOfItemprop(itemprop: string): number {
  const lower = itemprop.toLowerCase()
  if (lower === 'articlebody' || lower === 'text') return BODY
  if (lower === 'comment') return COMMENTS
  return ITEMPROP_ASIDE.test(lower) ? ASIDE : 0
}

/** Flags for an inline style. */
export function flagsOfStyle(style: string): number {
  return /display\s*:\s*none|visibility\s*:\s*hidden/i.test(style) ? HIDDEN : 0
}
