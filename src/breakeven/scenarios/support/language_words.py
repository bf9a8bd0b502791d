"""Commonest words of languages, and what customers write most; words that are English as well are left out of the others."""

from __future__ import annotations

from collections.abc import Mapping

#: Words by ISO 639-1 code.
WORDS: Mapping[str, str] = {
    "en": "a an the i me my mine we us our you your he she it its they them their this that these those is am are was were be been "
    "being do does did done don't doesn't didn't have has had haven't hasn't can can't cannot could couldn't will won't would should "
    "shall may might must need want get got go going to of in on at for from with without by about into over after before until as "
    "and or but if because so than then when where why what which who whom whose how there here not no yes ok okay please thanks thank "
    "hi hello hey help sorry any some all every each another other more most much many less few only just still already again yet too "
    "very really now today tomorrow yesterday day days week month year time long card account money bank pay payment bill transfer "
    "send sent receive received new old lost stolen change update cancel close open check tell know show give make made take find see "
    "like use used work working up out off down back one two i'm i've i'd it's that's what's isn't wasn't aren't let's there's you're "
    "password login app phone number email address name charge charged fee fees refund dispute balance limit credit debit loan rate "
    "interest where's who's how's bye good bad great wrong right problem issue something someone anything nothing im dont cant whats "
    "ai put add plus stop goodbye ya yo nay hoy",
    "es": "no el la los las un una unos unas de del al y o en con por para que qué cómo cuándo dónde cuál cuánto es está están son soy estoy "
    "mi mis su sus tu tus yo él ella nosotros ustedes usted lo le les se si sí pero porque puedo puede pueden quiero quiere necesito "
    "tengo tiene puedes buenas "
    "buenos tardes noches ayudar hay hacer hola gracias favor ayuda tarjeta cuenta dinero pago pagar banco cuando donde como cual cuanto muy más "
    "también ya ahora hoy mañana perdí robaron cambiar contraseña saldo transferencia recibo recibí funciona días este esta esto eso",
    "fr": "le les des du au aux et ou où en dans avec pour par sur que qui quoi quel quelle comment quand pourquoi combien est suis sont "
    "ai avons avez ont je tu il elle nous vous ils mon ma mes votre vos notre ce cette ces ne pas puis peux peut pouvez veux voudrais "
    "dois faut bonjour merci carte compte argent paiement payer banque mot passe virement solde perdu volée j'ai c'est n'est qu'est "
    "l'argent d'un d'une n'ai jamais toujours aussi très plus mais parce aujourd'hui demain être faire oui s'il plaît changer une un la "
    "changement aide salut bonsoir quelqu'un mes",
    "de": "der das den dem des ein eine einen einem einer und oder aber nicht kein keine ich du er sie wir ihr mich mir mein meine meinen "
    "meiner dein ist sind bin war habe hat haben hatte kann können könnte möchte will muss soll wie wo wann warum wieso welche welcher "
    "wer auf für von vom zum zur mit bei nach aus über unter vor zu im ins wenn weil dass noch schon auch nur sehr bitte danke hallo "
    "hilfe karte konto geld überweisung überweisen zahlung bezahlen bezahlt bank passwort ändern verloren gestohlen gesperrt heute "
    "morgen gestern guthaben kündigen rechnung gebühr gebühren funktioniert geht werden wird wurde es um guten tag",
    "it": "il lo gli della delle dei degli nel nella e ed o con per che chi cosa come quando dove perché quanto quale è sono ho hai ha "
    "abbiamo hanno io tu lui lei noi voi mio mia miei mie suo sua questo questa non si sì posso può potete voglio vorrei devo deve "
    "ciao grazie buongiorno aiuto carta conto soldi pagamento pagare banca bonifico saldo perso rubata cambiare password di un una del "
    "al alla dal dalla ma anche ancora già molto più oggi domani essere fare la funziona mi",
    "pt": "os uma umas uns de do da dos das em na nos nas com por para que quem qual como quando onde porque por-que quanto é são sou "
    "estou está estão tenho tem temos eu ele ela nós você vocês meu minha meus minhas seu sua não sim posso pode quero preciso olá oi "
    "obrigado obrigada ajuda cartão conta dinheiro pagamento pagar banco senha saldo transferência perdi roubado mudar mas também já "
    "muito mais hoje amanhã fazer o um e ao à este esta isso fatura boleto pix cancelar bom dia",
    "nl": "de het een en of maar niet geen ik jij je hij zij wij jullie mij mijn jouw uw zijn ben bent was heb hebt heeft hebben kan kunnen "
    "wil willen moet moeten hoe waar wanneer waarom welke wie wat op voor van naar met bij uit over onder om te er nog al ook alleen "
    "heel graag alstublieft bedankt dank hallo hoi hulp kaart pas rekening geld overmaken overschrijving betaling betalen wachtwoord "
    "verloren gestolen geblokkeerd vandaag morgen gisteren saldo wijzigen factuur dit deze werkt wordt worden",
    "pl": "i w z na do od dla nie jest są jestem mam masz ma mój moja moje moją moich się że co jak kiedy gdzie dlaczego ile który która "
    "ja ty on ona my wy ten ta tego tej czy ale lub oraz po przy przez pod za bez mogę może chcę chciałbym chciałabym muszę proszę "
    "dziękuję dzień dobry cześć pomoc karta kartę karty konto konta pieniądze przelew płatność zapłacić bank hasło saldo zgubiłem "
    "zgubiłam skradziono zmienić zablokować dzisiaj jutro już jeszcze tylko bardzo",
    "tr": "ve bir bu şu o ben sen biz siz benim senin bizim ne nasıl nerede zaman neden niçin kaç hangi kim için ile ama veya değil var "
    "yok mı mi mu mü istiyorum lazım gerekiyor yapabilirim merhaba selam teşekkürler lütfen yardım kart kartım kartımı hesap hesabım "
    "hesabımı para parayı ödeme banka şifre şifremi bakiye bakiyem havale kaybettim çalındı değiştirmek daha çok bugün yarın dün "
    "olarak gibi evet hayır",
    "vi": "tôi bạn của và là không có cho với được này đó khi nào ở đâu sao thế như làm muốn cần giúp xin chào cảm ơn thẻ tài khoản tiền "
    "thanh toán ngân hàng mật khẩu số dư chuyển mất bị đổi hôm nay ngày mai rất nhiều một các những mình em anh chị vui lòng",
    "id": "saya anda kamu aku kami kita dia yang dan atau di ke dari untuk dengan pada adalah ini itu tidak bukan ada bisa dapat mau ingin "
    "perlu harus bagaimana kapan mengapa kenapa berapa mana siapa apa tolong terima kasih halo selamat bantuan kartu rekening uang "
    "pembayaran bayar sandi saldo hilang dicuri ganti mengubah hari besok kemarin sudah belum juga lagi sangat akan karena",
    "sv": "och att det som en ett jag du han hon vi ni mig min mitt mina din ditt är var har hade kan kunde vill måste ska hur när varför "
    "vilken vem vad på för från med till av om inte ingen hej tack snälla hjälp kort kortet konto kontot pengar betalning betala bank "
    "lösenord saldo tappat stulet ändra överföring idag imorgon redan också mycket eller men fungerar räkning",
    "da": "og at det som en et jeg du han hun vi mig min mit mine din dit er var har havde kan kunne vil må skal hvordan hvor hvornår "
    "hvorfor hvilken hvem hvad på for fra med til af om ikke ingen hej tak hjælp kort kortet konto kontoen penge betaling betale bank "
    "adgangskode saldo mistet stjålet ændre overførsel allerede også meget eller men virker",
    "nb": "og det som en et jeg du han hun vi meg min mitt mine din ditt er var har hadde kan kunne vil må skal hvordan hvor hvorfor "
    "hvilken hvem hva på fra med til av ikke ingen hei takk hjelp kort kortet konto kontoen penger betaling betale passord mistet "
    "stjålet endre overføring allerede også mye eller men fungerer når",
    "fi": "ja on ei en että minä sinä hän me te minun minulla sinun tämä se mikä mitä miten milloin missä miksi kuka kun jos mutta tai "
    "voinko voiko voin haluan haluaisin pitää täytyy hei kiitos apua kortti kortin korttini tili tilin tilini rahaa raha maksu maksaa "
    "pankki salasana salasanan saldo kadonnut varastettu vaihtaa tilisiirto tänään huomenna jo myös vielä hyvin ole olen",
    "cs": "a v se na je že si do jak kdy kde proč kolik který která co kdo já ty on ona my vy můj moje mou mám máte má jsem jste jsou není "
    "ne ale nebo pro od po při s z za bez mohu můžu chci potřebuji musím dobrý den děkuji prosím ahoj pomoc karta kartu karty účet účtu "
    "peníze platba zaplatit banka heslo zůstatek ztratil ztratila ukradli změnit převod dnes zítra už ještě také velmi",
    "ro": "și si un o de la în cu pe din pentru că ce cum când unde care cât este sunt am are avem eu tu el ea noi voi meu mea mei nu da "
    "dar sau pot poate vreau trebuie bună salut mulțumesc ajutor cardul card cont contul bani plată plăti bancă parola sold pierdut "
    "furat schimba transfer azi mâine deja foarte mai",
    "hu": "a az egy és vagy de nem van vagyok volt én te ő mi ti hogy mit ki hol mikor miért hogyan mennyi melyik ez szeretnék tudok "
    "lehet kell akarok szia köszönöm kérem segítség kártya kártyám kártyámat számla számlám pénz fizetés fizetni jelszó egyenleg "
    "elvesztettem ellopták utalás ma holnap már még nagyon is",
    "ms": "saya anda awak kami kita dia yang dan atau di ke dari untuk dengan pada adalah ini itu tidak bukan ada boleh nak mahu hendak "
    "perlu bagaimana bila kenapa mengapa berapa mana siapa apa sila terima kasih bantuan kad akaun wang bayaran bayar kata laluan "
    "baki hilang dicuri tukar hari esok semalam sudah belum juga lagi sangat akan kerana",
    "tl": "ang ng sa mga ay ko mo ako ikaw siya kami tayo kayo sila ito iyan na pa po ba hindi oo may wala paano kailan saan bakit magkano "
    "alin sino ano gusto kailangan pwede puwede salamat kumusta tulong pera bayad bayaran nawala ninakaw palitan ngayon bukas kahapon "
    "aking akin namin nang para",
    "ru": "и в не на я что с по как это мне мой моя мою моей мои у вы мы он она они где когда почему сколько какой какая кто есть нет да "
    "но или для от до из за при можно могу может хочу нужно надо здравствуйте привет спасибо пожалуйста помогите карта карту карты "
    "счёт счет деньги перевод оплата банк пароль баланс потерял потеряла украли изменить сегодня завтра уже ещё еще очень",
    "uk": "і й в у не на я що з як це мені мій моя мою моєї мої ви ми він вона вони де коли чому скільки який яка хто є ні так але або "
    "для від до із за при можна можу може хочу потрібно треба вітаю привіт дякую ласка допоможіть картка картку картки рахунок гроші "
    "переказ оплата банк пароль баланс загубив загубила вкрали змінити сьогодні завтра вже ще дуже",
    "bg": "и в не на аз че с по как това ми мой моя моята моето картата сметката вие ние той тя те къде кога защо колко какъв каква кой "
    "има няма да но или за от до из при мога може искам трябва здравейте здравей благодаря моля помощ карта сметка пари превод "
    "плащане банка парола баланс загубих откраднаха променя днес утре вече още много е съм са си се ли",
    "ar": "في من على إلى عن هل كيف متى أين لماذا كم ما ماذا أنا أنت هو هي نحن هذا هذه لا نعم أريد يمكن شكرا مرحبا بطاقة حساب المال",
    "fa": "و در به از که این آن را با است من تو او ما شما چه چگونه چطور کی کجا چرا چند برای می نمی سلام ممنون لطفا کارت حساب پول رمز کنم",
    "ur": "کا کی کے میں سے کو ہے ہیں اور یہ وہ نہیں کیا کیسے کب کہاں کیوں کتنا مجھے میرا میری آپ شکریہ براہ کرم کارڈ اکاؤنٹ پیسے",
}
#: Letters that few languages have, by language.
LETTERS: Mapping[str, str] = {
    "es": "ñ¿¡ó", "fr": "èêàùôœç", "de": "ßüäö", "it": "ìòèù", "pt": "ãõçê", "pl": "łąęśżźćń", "tr": "ğışç", "vi": "ơưđạảấầậắặẹếềệịọốồộớờợụủứừựỳ",
    "sv": "åäö", "da": "øæå", "nb": "øå", "fi": "äö", "cs": "ěřůčšž", "ro": "ășțâ", "hu": "őűéö", "uk": "іїєґ", "ru": "ыэё", "bg": "ъ",
    "fa": "پچژگی", "ur": "ٹڈڑںےہ", "ar": "ةىإأ",
}  # fmt: skip
