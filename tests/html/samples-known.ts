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
  // The note below the form for comments is no comment.
  'https://carnet-de-maths.example/2026/01/moyenne-geometrique/': {
    commentsUnwanted: ['Votre adresse e-mail ne sera pas publiée'],
  },
  'https://carnet-de-maths.example/2026/02/la-serie-qui-prend-son-temps/': {
    commentsUnwanted: ['Votre adresse e-mail ne sera pas publiée'],
  },
  'https://carnet-de-maths.example/2026/03/l-aire-sous-la-cloche/': {
    commentsUnwanted: ['Votre adresse e-mail ne sera pas publiée'],
  },

  // The question stands inside of the h1, which goes as a heading; the "report" link of an answer stays.
  'https://chiebako.example/q/14298733': {
    missing: [
      '鉄のフライパンを買いました。説明書の通りに空焼きをして、油をなじませ、くず野菜も炒めました。それなの',
      'フライパンが悪いのでしょうか、それとも私でしょうか。火加減は中火、油は小さじ一杯です。',
    ],
    unwanted: ['違反報告', 'ナイス!'],
  },

  // Promotion between paragraphs, in sentences, under a class that says nothing or none at all.
  'https://kettlebridge-herald.example/council/allotment-rents/': {
    unwanted: ['local journalism needs local readers', 'Follow us on WhatsApp'],
  },
  'https://cuisine-du-coteau.example/confiture-de-coings/': {
    unwanted: ['Notre sélection de bassines', 'En tant que partenaire'],
  },

  // What stands below a post (sign-up, "posted at", rankings, an answer form) in prose or in the script of prose.
  'https://daidokoro-nikki.example/archives/aji-no-namerou.html': {
    unwanted: ['ブログランキングに参加しています', 'コメントを書く'],
  },
  // Ruby: the reading runs into the word, since the parentheses of rp are left out.
  'https://daidokoro-nikki.example/archives/kabu-no-nukazuke.html': {
    unwanted: ['ブログランキングに参加しています', 'コメントを書く', '糠床ぬかどこ'],
  },
  'https://matbakh-ummi.example/halawiyat': { unwanted: ['اشترك في النشرة'] },
  'https://preguntas.lahuerta.example/q/3507/como-alejar-los-caracoles-sin-veneno': {
    unwanted: ['Tu respuesta', 'Publica tu respuesta'],
  },
  'https://preguntas.lahuerta.example/q/3391/por-que-se-rajan-mis-tomates-despues-de-llover': {
    unwanted: ['Tu respuesta', 'Publica tu respuesta'],
  },

  // User cards of a forum, and its invitation to log in.
  'https://strickliesel-forum.example/threads/loch-an-der-ferse.8812/': {
    unwanted: [
      'Beiträge 1.204',
      'Reaktionspunkte',
      'Neues Mitglied',
      'Moderatorin',
      'Alter Hase',
      'Du musst dich einloggen',
    ],
  },
  'https://strickliesel-forum.example/threads/motten-im-vorrat-was-nun.8740/': {
    unwanted: ['Moderatorin', 'Du musst dich einloggen'],
  },

  // The lines on taxes and delivery beside a price.
  'https://gartenwerk-shop.example/Pflanzkelle-Rotbuche/GW-2041': {
    unwanted: ['zzgl. Versandkosten', 'Sofort verfügbar'],
  },

  // Comments longer than the article, which no English word names (taaliq, comm-list).
  'http://www.sada-almina.example/news.php?id=9917': {
    unwanted: ['أضف تعليقك', 'الصحيفة غير مسؤولة', 'والله زمان', 'كان جدي حارسها', 'ومتى تعود الكهرباء'],
  },
  'https://vestnik-zatona.example/novosti/parom-otmenili.html': {
    unwanted: [
      'Отправляя комментарий',
      'Опять всё в последний момент',
      'мой отец водил этот паром',
      'не вставать на корму, когда он отходит',
    ],
  },

  // Posts of a thread that schema.org marks as comments.
  'https://wordpeddler.example/t/two-signs-from-my-grandmothers-shop/2087': {
    missing: [
      "Neither is a prayer, I'm afraid, though I would ha",
      'The Thai one is lovely, and it rhymes a little. "O',
    ],
  },

  // windows-1251 that the HTTP header calls UTF-8, as browsers show it.
  'https://vestnik-zatona.example/lyudi/nastrojshchik.html': {
    missing: [
      'У Бориса Ильича Самсонова есть тетрадь, в которой ',
      'Раз в год, после Крещения, когда в домах устанавли',
      'Самое старое живёт на улице Бакенщиков, у сестёр Л',
      'Ученика у Самсонова нет. Был мальчик, способный, у',
    ],
    metadata: ['title: ���������� ������� �����'],
  },

  // With comments asked for, what stands by the text (a log-in, a notice on cookies, a vote) comes along.
  'https://elcorreodelrio.example/local/2026-02-12/el-unico-semaforo.html': {
    commentsUnwanted: ['Usamos cookies propias'],
  },
  'https://kettlebridge-herald.example/news/weir-to-close-for-a-year/': {
    commentsUnwanted: ['Log in to join the conversation'],
  },
  'https://spravka.poplavok.example/raspisanie/': { commentsUnwanted: ['Была ли статья полезна'] },

  // The arrow behind a footnote leads back to the text.
  'https://slowletters.example/2026/the-ledger/': { unwanted: ['↩︎'] },
  // The caption of a table goes.
  'https://open.harrowfen.example/dataset/swans-on-the-fen': {
    missing: ['Swans by species and year'],
  },

  // The form for an answer, and a note on how to fill it in.
  'https://askbench.example/questions/20733/can-a-sourdough-starter-survive-three-months-in-the-fridge': {
    unwanted: ['Your Answer', 'Thanks for contributing an answer'],
  },
  'https://askbench.example/questions/20418/how-do-i-stop-one-stair-from-squeaking': {
    unwanted: ['Your Answer', 'Thanks for contributing an answer'],
  },
  'https://askbench.example/questions/20981/battery-polarity': {
    unwanted: ['Your Answer', 'Thanks for contributing an answer'],
  },
  'https://fernandferrule.example/2026/01/a-thermometer-for-the-compost/': {
    commentsUnwanted: ['Your email address will not be published'],
  },
  'https://fernandferrule.example/2025/11/seed-swap-list/': {
    commentsUnwanted: ['Leave a Reply', 'Your email address will not be published'],
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

  // Pages with little or no prose of their own, so that what stands around it is taken instead, or all of the page.
  'https://brightwater.example/rain-gauges/heron-rain-gauge': {
    unwanted: ['Free shipping on orders', 'Repairs for life'],
  },
  'https://harbor-gazette.example/': { unwanted: ['We use cookies to remember your settings'] },
  'https://orchardreview.example/letters/to-the-editor-57': {
    unwanted: [
      'This essay appears in issue 57',
      'Our readers keep us going',
      'You have reached your limit of free articles',
    ],
  },
  // A poem: short lines without end punctuation, in p with br.
  'https://orchardreview.example/poems/inventory-of-the-shed': {
    missing: [
      'One rake with most of its teeth',
      'nine jars of screws by length',
      'the geese in it still leaving',
      'and everything you put in is up',
    ],
    unwanted: ['This essay appears in issue 57', 'Our readers keep us going'],
  },
  // A reference of short headings, types and code.
  'https://docs.quillwork.example/api/job': {
    missing: [
      ...['job.id', 'Type: string.', 'job.data', 'Type: T.', 'job.attempts', 'Type: number.', 'job.progress(value)'],
      ...['Returns: Promise.', 'job.log(line)', 'Returns: Promise.', 'See also', 'Queue', 'Worker', 'Group', 'Flow'],
    ],
    code: ['await job.progress(0.5)', "await job.log('halfway')"],
  },

  // A signature with a class of its own name.
  'https://forum.kilnandclay.example/viewtopic.php?t=4471': { unwanted: ['Every pot is a test tile'] },

  // Spam: words stuffed into a corner of the page, hash tags.
  'http://mega-deals-best-price.example/cheap-kettles-best-price-online': { unwanted: ['kettle coupon kettle code'] },
  'http://mega-deals-best-price.example/share-and-win': {
    missing: [
      'WIN a kettle NOW #kettle #win #free #deal #cheap #',
      'Share this page with ten friends and win #kettle #',
      'Like and follow to have the best of the deals that',
    ],
    unwanted: ['kettle coupon kettle code'],
  },

  // The line above a saved copy, in the same cell.
  'http://mirror.tidewater-archive.example/saved/harbor-gazette.example/culture/library-dries-its-books': {
    unwanted: ['Tidewater Archive'],
  },
  'http://mirror.tidewater-archive.example/saved/harbor-gazette.example/waterfront/oyster-growers-slower-bag': {
    unwanted: ['Tidewater Archive'],
  },
}
