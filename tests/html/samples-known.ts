/** What the engine gets wrong on the sample pages, by URL, with the cause as far as it is known. See samples.test.ts. */

export interface Faults {
  /** Main text that does not come out, by its first characters. */
  readonly missing?: readonly string[]
  /** Main text that comes out more than once. */
  readonly repeated?: readonly string[]
  /** What is not main text and comes out. */
  readonly unwanted?: readonly string[]
  /** Comments, or main text beside them, that do not come out although comments are asked for. */
  readonly commentsMissing?: readonly string[]
  /** What comes out only where comments are asked for, and is none. */
  readonly commentsUnwanted?: readonly string[]
  /** Code whose white space is changed. */
  readonly code?: readonly string[]
  /** `field: what came out`. */
  readonly metadata?: readonly string[]
}

export const KNOWN: Readonly<Record<string, Faults>> = {
  // Short main text goes: items of lists, one-line posts.
  'https://chiebako.example/q/14298733': {
    missing: [
      '鉄のフライパンを買いました。説明書の通りに空焼きをして、油をなじませ、くず野菜も炒めました。それなの',
      'フライパンが悪いのでしょうか、それとも私でしょうか。火加減は中火、油は小さじ一杯です。',
      '冷蔵庫から出したばかりの卵を使っていませんか。うちでは十分前に出しておくようにしたら、それだけでくっ',
    ],
  },
  'https://cuisine-du-coteau.example/clafoutis-aux-noyaux/': {
    missing: ['Beurrez le plat, largement, et rangez-y les cerise', 'Préparation : 15 min'],
  },
  'https://open.harrowfen.example/dataset/swans-on-the-fen': { missing: ['Swans by species and year'] },
  'https://slowletters.example/2026/the-ledger/': { missing: ['The bookbinder who taught me this gave no reasons '] },
  'https://strickliesel-forum.example/threads/loch-an-der-ferse.8812/': {
    missing: ['Ich melde mich zurück: kein Loch mehr, weder links'],
    commentsUnwanted: ['Stricken ist Yoga'],
  },
  'https://strickliesel-forum.example/threads/motten-im-vorrat-was-nun.8740/': {
    missing: [
      'eine Woche bei minus achtzehn Grad,',
      'zwei Tage bei Zimmertemperatur, damit die Eier auf',
      'noch einmal eine Woche in die Truhe.',
    ],
    commentsUnwanted: ['Wer zuletzt strickt'],
  },
  // Promotion, labels and notes among paragraphs, in the script or the language of prose and under names that say nothing.
  'https://askbench.example/questions/20733/can-a-sourdough-starter-survive-three-months-in-the-fridge': {
    unwanted: ['Your Answer', 'Thanks for contributing an answer'],
  },
  'https://askbench.example/questions/20418/how-do-i-stop-one-stair-from-squeaking': {
    unwanted: ['Your Answer', 'Thanks for contributing an answer'],
  },
  'https://askbench.example/questions/20981/battery-polarity': {
    unwanted: ['Your Answer', 'Thanks for contributing an answer'],
  },
  'https://brightwater.example/rain-gauges/heron-rain-gauge': {
    unwanted: ['Free shipping on orders', 'Repairs for life'],
  },
  'https://cuisine-du-coteau.example/confiture-de-coings/': {
    unwanted: ['Notre sélection de bassines', 'En tant que partenaire'],
  },
  'https://daidokoro-nikki.example/archives/aji-no-namerou.html': { unwanted: ['ブログランキングに参加しています'] },
  'https://daidokoro-nikki.example/archives/kabu-no-nukazuke.html': {
    unwanted: ['ブログランキングに参加しています', '糠床ぬかどこ'],
  },
  'https://elcorreodelrio.example/comarca/2026-03-01/la-barca-de-sirga.html': { unwanted: ['Te puede interesar:'] },
  'https://elcorreodelrio.example/local/2026-02-12/el-unico-semaforo.html': {
    unwanted: ['En mi vida he visto ese semáforo en verde', 'Yo me declaré a mi mujer'],
  },
  'https://forum.kilnandclay.example/viewtopic.php?t=4471': { unwanted: ['3,902', 'Every pot is a test tile'] },
  'https://gartenwerk-shop.example/Handgeraete/': { unwanted: ['39,90 €'] },
  'https://gartenwerk-shop.example/Pflanzkelle-Esche/GW-2042': { unwanted: ['Sofort verfügbar'] },
  'https://gartenwerk-shop.example/Pflanzkelle-Rotbuche/GW-2041': { unwanted: ['Sofort verfügbar'] },
  'https://kettlebridge-herald.example/council/allotment-rents/': {
    unwanted: ['local journalism needs local readers', 'Follow us on WhatsApp'],
  },
  'https://kettlebridge-herald.example/nostalgia/town-clock/': {
    unwanted: ["The last lamplighter of Tanner's Lane never quite "],
  },
  'https://kettlebridge-herald.example/news/weir-to-close-for-a-year/': {
    unwanted: [
      'I have walked over that weir every day since 1974,',
      'spent four hundred thousand on a sculpture of an e',
      'a ferry ran there until the war',
    ],
  },
  'https://matbakh-ummi.example/halawiyat': { unwanted: ['اشترك في النشرة'] },
  'http://mega-deals-best-price.example/share-and-win': { unwanted: ['kettle coupon kettle code'] },
  'http://mirror.tidewater-archive.example/saved/harbor-gazette.example/culture/library-dries-its-books': {
    unwanted: ['Tidewater Archive'],
  },
  'http://mirror.tidewater-archive.example/saved/harbor-gazette.example/waterfront/oyster-growers-slower-bag': {
    unwanted: ['Tidewater Archive'],
  },
  'https://open.harrowfen.example/dataset/bin-rounds': { unwanted: ['Download this dataset'] },
  'https://orchardreview.example/poems/inventory-of-the-shed': { unwanted: ['This essay appears in issue 57'] },
  'https://orchardreview.example/letters/to-the-editor-57': { unwanted: ['This essay appears in issue 57'] },
  'https://preguntas.lahuerta.example/q/3507/como-alejar-los-caracoles-sin-veneno': {
    unwanted: ['Tu respuesta', 'Publica tu respuesta'],
    commentsMissing: ['¿Y los patos?'],
  },
  'http://www.sada-almina.example/news.php?id=9917': {
    unwanted: ['أضف تعليقك', 'الصحيفة غير مسؤولة', 'والله زمان', 'كان جدي حارسها', 'ومتى تعود الكهرباء'],
  },
  'https://tallowkitchen.example/soups': { unwanted: ['Jump to Recipe'] },
  'https://vestnik-zatona.example/novosti/parom-otmenili.html': {
    unwanted: ['Опять всё в последний момент', 'мой отец водил этот паром', 'не вставать на корму, когда он отходит'],
  },
  // Comments asked for: short ones go, notes beside them stay.
  'https://carnet-de-maths.example/2026/03/l-aire-sous-la-cloche/': {
    commentsUnwanted: ['Votre adresse e-mail ne sera pas publiée'],
  },
  'https://carnet-de-maths.example/2026/01/moyenne-geometrique/': {
    commentsUnwanted: ['Votre adresse e-mail ne sera pas publiée'],
  },
  'https://carnet-de-maths.example/2026/02/la-serie-qui-prend-son-temps/': {
    commentsUnwanted: ['Votre adresse e-mail ne sera pas publiée'],
  },
  'https://fernandferrule.example/2026/01/a-thermometer-for-the-compost/': {
    commentsUnwanted: ['Your email address will not be published'],
  },
  'https://fernandferrule.example/2025/11/seed-swap-list/': {
    commentsUnwanted: ['Your email address will not be published'],
  },
  'https://fernandferrule.example/2026/02/the-seed-drawer/': {
    commentsUnwanted: ['Your email address will not be published'],
  },
  'https://fernandferrule.example/2026/03/sharpening-a-spade/': {
    commentsUnwanted: ['Your email address will not be published'],
  },
  'https://fernandferrule.example/2025/12/mending-a-dry-stone-wall/': {
    commentsUnwanted: ['Your email address will not be published'],
  },
  'https://harbor-gazette.example/waterfront/lighthouse-finds-a-keeper': {
    commentsMissing: ['I am quoted correctly for once'],
  },
  'https://spravka.poplavok.example/raspisanie/': { commentsUnwanted: ['Была ли статья полезна'] },
}
