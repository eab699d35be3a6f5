"""By what means a text promises to pay."""

from __future__ import annotations

import re
from typing import NamedTuple

_TRANSFER = (
    r"转[账帐涨]|汇(?![报总率])|网银|对公|公户|基本户|企业账户|划(?:过|账|到)|卡上?转|卡里?转|手机银行[^，。,\s]{0,4}转|[Aa][Tt][Mm][^，。,\s]{0,4}转|(?<!手机)银[行航][^，。,\s]{0,4}转|"
    r"转(?:到|进|你们)[^，。,\s哪]{0,6}(?:账户|账号|户头|卡)|打(?:到|进)?[^，。,\s哪]{0,9}(?:账户|账号上|户头|卡上|卡里)|走[^，。,\s]{0,6}(?:账户|账上)|[张卡里行社]转(?!账)|取了打给"
)
METHODS: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("auto_debit", re.compile(r"自动(?:扣|还|划)|(?:你们?|系统|它|银行|自己|自个儿|等着?)[^，。,\s]{0,5}(?:扣|"
        r"划)(?!了|钱.*没)|代扣|划扣|批扣|扣走|扣款(?![单确失])|自扣|卡里扣")),
    ("alipay", re.compile(r"支付[宝保]|支宝|花呗|蓝的?软件")),
    ("wechat", re.compile(r"(?<!发您)(?<!发你)(?<!发我)(?<!加您)(?<!加你)(?:微信|威信)(?!上?发)|公众[号好]|小程序|"
        r"绿的?软件|扫[^，。,\s]{0,3}码")),
    ("cash", re.compile(r"现[金钱款钞](?!流)|现票子|当面(?:给|交)|给你带过来|送(?:到|去|来)[^，。,\s]{0,4}(?:所里|公司|单位)")),
    ("bank_transfer", re.compile(_TRANSFER)),
    ("counter", re.compile(r"(?<!收银)[柜贵][台抬面]|柜上|网点|营业[厅部所]|门店|分理处|窗口|"
        r"信用社(?![^，。,\s]{0,4}取)|代办点|[去上到][^，。,\s机]{0,4}(?<!手机)银[行航](?![卡还的])|银[行航](?=存|交|柜)|大厅")),
    ("app", re.compile(r"[Aa][Pp][Pp](?![^，。]{0,8}申请)|手机银[行航]|(?<![发到])(?<!发你)(?<!发您)(?<!发我)手机上|"
        r"软件(?:里|上)|客户端|掌银|手机(?=[，,、\s]|$|操作|弄|点|还)")),
    ("other", re.compile(r"云闪付|柜员机|自助机|[Aa][Tt][Mm]|邮局|邮政汇|官网|京东|抖音|便利店|数字人民币|刷卡|POS|"
        r"pos|支票|票据|美团|数币")),
)
_NOT = re.compile(r"[^，。,\s]{0,4}?(?:不会|不行|不能|没|弄不|不懂|不晓得|不想|不敢|用不|不信|不要|取关|打不开|登不|"
    r"不好使|不通|收不到|限额|链接我不)")
_NOT_BEFORE = re.compile(r"(?:没得|没|冇得?|不用|不走|不会用|不会|不去|别用|没有|不是|不想用|莫用|唔识用|冇)[^，。,\s]{0,2}$")


_BREAK = re.compile(r"[，。！？,!?\s]")
# Most turns name no means: one search says so, and before it one for the characters of which every means holds one.
_SIGNS = re.compile("[扣划动支呗软微威众程扫现面带送转汇银公户账卡取柜贵网营门理窗社办厅pP机客掌闪助Tt邮京抖便字刷Ss票团币]")
_ANY = re.compile("|".join(pattern.pattern for _, pattern in METHODS))


class MethodMention(NamedTuple):
    """A means of payment named in a text, ``[start, end)``."""

    start: int
    end: int
    method: str


def promise_method(text: str) -> str | None:
    """The means of payment that ``text`` commits to: a name of guide section 4, or ``None``.

    Examples
    --------
    >>> promise_method("我明天去柜台交"), promise_method("app我不会弄"), promise_method("我用手机银行转")
    ('counter', None, 'bank_transfer')
    """
    mention = choose_method(text)
    return None if mention is None else mention.method


def choose_method(text: str) -> MethodMention | None:
    """The means of payment named and not refused; of several the more telling, in the order of `METHODS`."""
    if not (_SIGNS.search(text) and _ANY.search(text)):
        return None
    for method, pattern in METHODS:
        for match in pattern.finditer(text):
            clause = _BREAK.split(text[: match.start()])[-1]
            if not (_NOT.match(text, match.end(), match.end() + 8) or _NOT_BEFORE.search(clause)):
                return MethodMention(match.start(), match.end(), method)
    return None
