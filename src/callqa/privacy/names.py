"""Personal names in a turn: told by the words around them (姓…, …先生, 我叫…, …本人), since no list of given names is ever whole."""

from __future__ import annotations

import re

_COMPOUND = (
    "欧阳|司马|上官|诸葛|夏侯|皇甫|尉迟|公孙|慕容|令狐|申屠|司徒|司空|东方|南宫|西门|端木|独孤|宇文|长孙|轩辕|百里|呼延|闻人|"
    "澹台|公冶|宗政|濮阳|淳于|单于|太史|公羊|赫连|钟离|鲜于|第五|完颜|纳兰|拓跋"
)
# The commonest surnames of the census and rarer ones, without those that are above all everyday words.
_SURNAMES = (
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林高罗郑梁谢宋唐许邓韩冯曹彭曾肖萧田董潘袁蔡蒋余于杜叶程魏苏吕丁任卢姚沈钟姜崔谭陆范汪廖石金韦贾夏付傅方邹熊白孟秦邱丘侯江尹薛阎闫段雷龙黎史陶贺毛郝顾龚邵万覃武钱戴严"
    "莫孔向常汤康易乔赖文温牛毕樊葛邢安齐梅庄申施鲁左翟柳岳聂耿路童骆甘章欧柯尤鲍焦阮裴涂成关尚詹霍费包游项凌景辛靳管宁苗倪佟冼冉权苟祝裘商步简冷寇满郎佘鄢蔚池季屠窦卞初逄郁屈宗艾茅邬岑席晏阚臧阙褚鞠桂麦伍"
    "查谈喻柴车解燕谷滕殷宣闻郦乐姬祁芦卜凤鱼古丛封巩匡邝蓝连娄栾穆宓缪牟年钮区曲芮桑沙单邰翁巫奚相幸胥禤荀鄂仰应俞禹尉原苑粟恽昝湛仲诸竺祖卓宿束颜尧印虞房丰符盖戈巴敖贝卑薄柏昌晁谌储楚淳邸刁冒糜宦华虎怀郇"
    "皇蒲濮戚强饶容戎茹盛师税司隋庹危隗乌毋郗鲜咸修轩米莘帅栗代闵仇鹿蓬卫宫弓勾贡官光海赫衡洪弘后花滑桓惠纪吉汲籍郏蹇揭荆井敬居况兰劳雒麻楼伏庞瞿舒冀雍嵇迟蒙杭贲茆庾郜钭缑计"
)
# Characters that practically never stand in a given name but often around one: 请问是…, 找…, …好.
_NOT_GIVEN = (
    "是找的了我您你他她它们好请问让跟给要那这个吗呢啊喂有不在叫到去对说先需将把谢位就也都还没哪谁啥什么吧呀哦嗯呃额再见候接话"
    "和向与为被从等可以能会想该名姓哎唉已及或但而且因如果虽嘛老队厂号车什"
)
_GIVEN = rf"(?:(?![{_NOT_GIVEN}])[\u4e00-\u9fff])"
_SURNAME = f"(?:{_COMPOUND}|[{_SURNAMES}])"
_TITLE = "老?先生|女士|小姐|太太|阿姨|叔叔|大哥|大姐|师傅|老师|经理|主任|老板|同志|医生|律师(?![事函费所])|警官"
# Everyday words that begin like a name, or whose second character is a surname.
_NOT_NAMES = re.compile(
    "任何|如何|为何|相关|有关|无关|机关|经常|平常|正常|非常|基金|资金|现金|押金|佣金|账单|清单|简单|订单|名单|分钟|提高|由于|"
    "关于|属于|对于|至于|等于|终于|公司|方便|马上|高级|安全|成为|常常|时候|连续|都是|关系|白天|车间|车主|单位|任务|应该|相信|"
    "银行|金融|文件|项目|原来|国家|海关|官方|后面|后来|家里|过来|过去|公安|居委|年轻|师傅|房东|容易|解释|解决|方法|方案|成功|"
    "安排|高兴|石油|江湖|包括|左右|印象|花钱|计划|纪录|光是|别人|边上|路上|干活|代表|国际|办公|公室|麻烦|今年|去年|明年|律师|后勤|抱歉|总机|客服|理解|明白|早安|知道|辛苦|打扰|恭喜|劳驾|尊敬|各位|两位|区域|车衣|安心|师母"
)

_BEFORE_TITLE = rf"(?P<titled>{_SURNAME}{_GIVEN}{{0,2}}[ ]?)(?:{_TITLE})"
# 陈海燕陈女士: the full name, then the surname again with the title
_TWICE = rf"(?P<twice>(?P<first>{_SURNAME}){_GIVEN}{{1,2}}[ ]?(?P=first))[ ]?(?:{_TITLE})"
_AFTER_XING = rf"(?:免贵|(?<![贵百同]))[ ]?姓[ ]?(?P<surname>{_SURNAME})(?![么啥])"
_END = r"(?=$|[\s，。？！、,.?!；;：:\"”)）]|的|吗|吧|呢|啊|呀|嘛|么|是|在|欠|本人|这|那|哈|嘞|和|跟|对)"
# Whatever stands alone between a greeting and 先生 is a name, be the surname ever so rare.
_GREETED = rf"(?:^|[\s，。？！、…]|请问是?|[找是好让跟和位])(?P<greeted>{_GIVEN}{{1,3}})[ ]?(?:先生|女士|小姐)(?!姐)"
_CALLED = r"(?:[我你您他她名就]|名字|全名)叫|叫做|名字是|(?:姓名|户名|机主|卡主|车主|联系人)(?:[是叫：:，,])?"
_PATTERNS = tuple(
    re.compile(pattern)
    for pattern in (
        _TWICE,
        _BEFORE_TITLE,
        _GREETED,
        _AFTER_XING,
        rf"我姓[ ]?(?P<rare>{_GIVEN}){_END}",
        rf"(?:{_CALLED})[ ]?(?P<called>{_SURNAME}{_GIVEN}{{1,2}}){_END}",
        rf"叫[ ]?(?P<full>{_SURNAME}{_GIVEN}{{2}}){_END}",
        rf"(?:请问|您|你)(?:是|找)[ ]?(?P<asked>{_SURNAME}{_GIVEN}{{1,2}})(?:本人|吗|吧|么|嘛)",
        rf"(?P<own>{_SURNAME}{_GIVEN}{{1,2}})本人",
    )
)


def find_names(text: str) -> list[tuple[int, int]]:
    """``[start, end)`` of names in ``text`` from left to right; the title itself (先生, 女士) is not part of them.

    Examples
    --------
    >>> text = "请问是孟繁丽女士吗？我姓冯，谢谢刘先生"
    >>> [text[a:b] for a, b in find_names(text)]
    ['孟繁丽', '冯', '刘']
    """
    found: list[tuple[int, int]] = []
    for pattern in _PATTERNS:
        at = 0
        while match := pattern.search(text, at):
            start, end = match.span(1)
            end = start + len(text[start:end].rstrip())
            if not _is_name(text, start, end):
                at = match.start() + 1
                continue
            at = match.end()
            if all(end <= a or b <= start for a, b in found):
                found.append((start, end))
    return sorted(found)


def _is_name(text: str, start: int, end: int) -> bool:
    """Whether the characters are no part of an everyday word, nor the second half of a doubled one (谢谢)."""
    if start and text[start - 1] == text[start]:
        return False
    return not _NOT_NAMES.match(text, start) and not (start and _NOT_NAMES.match(text, start - 1))
