"""Languages of short messages, as customers write them."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest

from breakeven.scenarios.support.language import language

SHARED = Path(__file__).parents[4] / "shared" / "data"
SAID: dict[str, list[str]] = {
    "es": [
        "no puedo entrar",
        "perdí mi tarjeta",
        "¿Cuánto tarda una transferencia?",
        "mi pago no aparece",
        "quiero cerrar la cuenta",
        "por qué me cobraron dos veces",
    ],
    "fr": [
        "j'ai perdu ma carte",
        "où est mon argent",
        "comment changer mon mot de passe ?",
        "le virement n'est pas arrivé",
        "je veux fermer mon compte",
    ],
    "de": [
        "Karte verloren",
        "wo ist mein Geld",
        "ich möchte mein Konto kündigen",
        "Wie ändere ich meine PIN?",
        "Überweisung nicht angekommen",
    ],
    "it": [
        "ho perso la carta",
        "dove sono i miei soldi",
        "come posso cambiare la password",
        "il bonifico non è arrivato",
    ],
    "pt": ["perdi meu cartão", "não consigo entrar", "como faço para mudar a senha", "quero cancelar minha conta"],
    "nl": [
        "ik ben mijn pas kwijt",
        "waar is mijn geld",
        "hoe kan ik mijn wachtwoord wijzigen",
        "mijn betaling is niet aangekomen",
    ],
    "pl": ["zgubiłem kartę", "gdzie są moje pieniądze", "jak zmienić hasło", "przelew nie dotarł"],
    "tr": ["kartımı kaybettim", "param nerede", "şifremi nasıl değiştirebilirim", "hesabımı kapatmak istiyorum"],
    "vi": ["tôi bị mất thẻ", "tiền của tôi ở đâu", "làm sao để đổi mật khẩu"],
    "id": ["kartu saya hilang", "bagaimana cara mengubah kata sandi", "di mana uang saya"],
    "sv": ["jag har tappat mitt kort", "var är mina pengar", "hur ändrar jag mitt lösenord"],
    "da": ["jeg har mistet mit kort", "hvor er mine penge"],
    "nb": ["jeg har mistet kortet mitt", "hvordan endrer jeg passordet mitt"],
    "fi": ["korttini on kadonnut", "missä rahani ovat", "haluan vaihtaa salasanan"],
    "cs": ["ztratil jsem kartu", "kde jsou moje peníze", "jak změnit heslo"],
    "ro": ["mi-am pierdut cardul", "unde sunt banii mei", "vreau să schimb parola"],
    "hu": ["elvesztettem a kártyám", "hol van a pénzem", "szeretnék jelszót cserélni"],
    "ru": ["я потерял карту", "где мои деньги", "как изменить пароль"],
    "uk": ["я загубив картку", "де мої гроші", "як змінити пароль"],
    "bg": ["загубих картата си", "къде са парите ми"],
    "ar": ["فقدت بطاقتي", "أين أموالي"],
    "fa": ["کارت من گم شده است", "پول من کجاست"],
    "ur": ["میرا کارڈ گم ہو گیا ہے"],
    "ja": ["カードをなくしました", "残高はいくらですか", "振込手数料は？"],
    "ko": ["카드를 잃어버렸어요", "내 돈이 어디에 있나요"],
    "th": ["บัตรหาย"],
    "he": ["איבדתי את הכרטיס"],
    "el": ["έχασα την κάρτα μου"],
    "hi": ["मेरा कार्ड खो गया"],
    "zh": [
        "卡丢了",
        "信用卡年费多少",
        "我要人工",
        "Apple Pay 怎么用",
        "app 登不上",
        "帳戶被凍結了",
        "OTP 收不到",
        "1万块怎么转",
        "pin码忘了",
    ],
    "en": [
        "lost card",
        "refund",
        "hi",
        "atm fee?",
        "2fa",
        "PIN blocked",
        "how do i add 微信 to my account",
        "what does 余额不足 mean",
        "WHERE IS MY MONEY",
        "cashback",
        "top-up failed",
        "naïve question",
        "café charge twice",
        "iban?",
    ],
    "und": ["", "👍", "123", "!!!", "<card>", "https://a.b/c", "4111"],
}


@pytest.mark.parametrize("code", SAID)
def test_short_messages(code: str) -> None:
    assert {text: language(text) for text in SAID[code]} == dict.fromkeys(SAID[code], code)


def test_traditional_and_full_width_chinese_are_chinese() -> None:
    assert [language(t) for t in ("請問信用卡年費是多少", "ＡＰＰ登不上", "嗯？？", "人工！")] == ["zh"] * 4


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("my order 没到", "en"),
        ("The error says 余额不足", "en"),
        ("Please send 转账确认书 to my email", "en"),
        ("我的 order 没到", "zh"),
        ("为什么我的 card 被 decline 了", "zh"),
        ("Hi，请问怎么注册", "zh"),
        ("我要 cancel subscription", "zh"),
    ],
)
def test_of_two_languages_the_one_that_says_more(text: str, code: str) -> None:
    assert language(text) == code


def test_masks_addresses_and_variables_say_nothing() -> None:
    assert [language(t) for t in ("<card> 不能用", "{name} 你好", "a.b@c.com 收不到邮件", "<name>")] == ["zh"] * 3 + [
        "und"
    ]


@pytest.mark.parametrize(
    ("text", "usual", "code"),
    [
        ("hora actual", "es", "es"),
        ("saldo", "pt", "pt"),
        ("lost card", "es", "en"),
        ("卡丢了", "es", "zh"),
        ("42", "es", "und"),
        ("xyz", "und", "und"),
    ],
)
def test_a_text_that_shows_no_language_is_of_the_usual_one(text: str, usual: str, code: str) -> None:
    assert language(text, usual) == code


def test_a_long_message_is_read_in_part() -> None:
    assert language("卡" * 2_000 + "the card is lost " * 10_000) == "zh"
    assert language("a@" * 50_000) == "und" and language("a." * 50_000) == "en"


@pytest.mark.skipif(not (SHARED / "cs-clinc150").is_dir(), reason="the shared data sets are not here")
def test_real_english_and_chinese_messages() -> None:
    with gzip.open(SHARED / "cs-clinc150" / "data_full.json.gz") as file:
        english = [text for part in json.load(file).values() for text, _ in part]
    lines = (SHARED / "cs-cic-zh" / "test_public.json").read_text(encoding="utf-8").splitlines()
    chinese = [json.loads(line)["sentence"] for line in lines]
    assert sum(language(t) == "en" for t in english) > 0.999 * len(english)
    assert sum(language(t) == "zh" for t in chinese) > 0.998 * len(chinese)
