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
    metadata: ['license: '],
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
    metadata: ['license: '],
  },
  'https://preguntas.lahuerta.example/q/3391/por-que-se-rajan-mis-tomates-despues-de-llover': {
    unwanted: ['Tu respuesta', 'Publica tu respuesta'],
    metadata: ['license: '],
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

  // Licences are not read yet.
  'https://cuisine-du-coteau.example/clafoutis-aux-noyaux/': { metadata: ['license: '] },
  // The arrow behind a footnote leads back to the text.
  'https://slowletters.example/2026/the-ledger/': { unwanted: ['↩︎'], metadata: ['license: '] },
  // The caption of a table goes.
  'https://open.harrowfen.example/dataset/swans-on-the-fen': {
    missing: ['Swans by species and year'],
    metadata: ['license: '],
  },
}
