/**
 * What class, id, role and itemprop words say of an element. The vocabulary is the common one of templates and content
 * systems, in English, as those names are; Readability (mozilla/readability 0.6) and trafilatura 2.3 hold similar lists.
 * A word is evidence, not proof: `decide.ts` overrules it where the element holds most of the page's prose.
 */
import { NameWords } from './name-words.js'

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

/** Class names of elements that MathJax, KaTeX and MediaWiki wrap around what they render. */
export const FORMULA_CLASS =
  /(?:^|\s)(?:katex(?:-display)?|MathJax(?:_(?:Display|Preview|SVG|SVG_Display|CHTML|MathML))?|mjx-chtml|MJXc-display|MJXp-(?:math|display)|mwe-math-element(?:-inline|-block)?)(?:\s|$)/

const ROLE_ASIDE =
  /^(?:navigation|banner|contentinfo|complementary|search|dialog|alertdialog|alert|menu|menubar|toolbar|tablist|button)$/
const ITEMPROP_ASIDE =
  /(?:^|\s)(?:author|publisher|datepublished|datemodified|keywords|interactioncount|aggregaterating)(?:\s|$)/

/** Content systems mark a post with its own tags and categories (`tag-promo`, `category-social`): those say what it is about. */
const TAXONOMY = /(?<!\S)(?:tag|category|topic|author|post_tag)-(?!list|cloud|link|s\b|box|menu|info|bio|name)\S*/gi
/** No flags of their own: what more is to be looked at. */
const HAS_TAXONOMY = 1 << 30
const HAS_FORMULA = 1 << 29

/** As `NameWords` reads them. */
const VOCABULARY = new NameWords([
  // Hardly ever misleading.
  {
    flags: ASIDE | FIRM,
    words: `footer cookie consent gdpr copyright breadcrumb navbar navigation sidebar newsletter`,
  },
  // Wherever they stand in the name.
  {
    flags: ASIDE,
    words: `side-bar footnav subnav topnav related recommend popular trending social sharing sharedaddy share- share_
      sharebar sharebox addthis addtoany promo!te sponsor advert banner taboola outbrain zergnet criteo widget
      byline by-line author!i popup modal overlay paywall subscri sign-up signup signin pagination masthead
      skip-link skiplink teaser read-more readmore read-next readnext more-from more-on morefrom more-stories
      see-also most-read mostread caption credit disclaimer menu dropdown tooltip carousel slideshow gallery
      |rating timestamp dateline pubdate publishdate publishon publishat publishtime publish-date publish-on
      publish-at publish-time publisheddate publishedon publishedat publishedtime published-date published-on
      published-at published-time post-date tagcloud tag-list taglist categories toolbar infobox factbox navbox
      reflist toc- article-info entry-meta post-meta metadata donat call-to-action print-only noprint next-post
      prev-post post-nav suggest livechat yarpp jp- edit-section editsection mw-jump catlinks site-header
      page-header siteheader profile user-info keyword bottombar topbar`,
  },
  // As whole words only.
  {
    flags: ASIDE,
    words: `|ad| |ads| |adv| |adbox| |nav| |tag| |tags| |share| |shares| |toc| |bio| |rss| |cta| |btn| |button| |login|
      |meta| |pager| |dfp| |mpu| |legal| |topics| |reference| |references| |tools| |social| |recirc|
      |recirculation| |upsell| |follow| |likes| |date| |source| |kicker| |contact| |cat| |cats| |bar| |promo|`,
  },
  {
    flags: COMMENTS,
    words: `comment!ary kommentar comentario disqus respond replies reply livefyre discussion feedback guestbook`,
  },
  {
    flags: BODY,
    words: `article~body article~content article~text article~copy post~body post~content post~text entry~body
      entry~content entry~text story~body story~content story~text news~body news~content news~text page~body
      page~content page~text main~body main~content main~text blog~body blog~content blog~text single~body
      single~content single~text body~text body~copy body~content content~body content~main content~text fulltext
      hentry h-entry e-content prose markdown-body mw-parser-output storytext`,
  },
  {
    flags: HIDDEN,
    words: `<hidden> <hide> <invisible> <visually-hidden> <visuallyhidden> <sr-only> <screen-reader>
      <screen-reader-text> <offscreen> <assistive> <d-none>`,
  },
  {
    flags: HAS_TAXONOMY,
    words: `|tag- |category- |topic- |author- post_tag-`,
  },
  {
    flags: HAS_FORMULA,
    words: `katex mathjax math-jax mjx mwe-math`,
  },
])

/** Flags for one class or id value. */
export function flagsOfName(name: string): number {
  let flags = VOCABULARY.flagsOf(name)
  if ((flags & HIDDEN) !== 0) flags = VOCABULARY.flagsOf(name.replace(OVERFLOW, ' '))
  if ((flags & HAS_TAXONOMY) !== 0) flags = VOCABULARY.flagsOf(name.replace(TAXONOMY, ' '))
  if ((flags & HAS_FORMULA) !== 0 && FORMULA_CLASS.test(name)) flags |= FORMULA
  return flags & ~(HAS_TAXONOMY | HAS_FORMULA)
}

/** Utility classes for what is cut at the edges of its box, or pushed over them. */
const OVERFLOW = /(?:overflow|backface)(?:-[xy])?-hidden/g

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
