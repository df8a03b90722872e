"""How far apart two characters look, at the size in which names are shown."""

import numpy as np
from fontTools.ttLib import TTCollection
from PIL import Image, ImageDraw, ImageFont

import sources

FONT = '/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc'
FACE = 2  # Noto Sans CJK SC
SIZE, MARGIN = 24, 4
SIDE = SIZE + 2 * MARGIN
REGION, STEP, SHIFT = 8, 4, 1
BATCH = 4096

# Regions are compared of pairs only whose blurred glyphs, at half the size, differ by less. Where both have little ink (some
# seven strokes), one stroke is a large part of it.
NEAR, NEAR_SIMPLE, SIMPLE = 1.6, 3, 16.5


def blurred(images, sigma):
    reach = np.arange(-3, 4)
    weights = np.exp(-reach**2 / (2 * sigma**2))
    for axis in (1, 2):
        images = sum(w * np.roll(images, at, axis) for w, at in zip(weights / weights.sum(), reach))
    return images.astype(np.float32)


class Glyphs:
    def __init__(self):
        sources.check(FONT)
        known = TTCollection(FONT, lazy=True).fonts[FACE].getBestCmap()
        self.chars = [chr(c) for c in (*range(0x3400, 0x4dc0), *range(0x4e00, 0xa000)) if c in known]
        self.place = {c: at for at, c in enumerate(self.chars)}
        font = ImageFont.truetype(FONT, SIZE, index=FACE)
        images = np.zeros((len(self.chars), SIDE, SIDE), np.float32)
        for at, c in enumerate(self.chars):
            image = Image.new('L', (SIDE, SIDE))
            ImageDraw.Draw(image).text((MARGIN, MARGIN + SIZE * 0.88), c, font=font, fill=255, anchor='ls')
            images[at] = np.asarray(image, np.float32) / 255
        halved = blurred(images, 1.2).reshape(len(images), SIDE // 2, 2, SIDE // 2, 2).mean((2, 4))
        self.soft, self.fine = halved.reshape(len(images), -1), blurred(images, 0.8)

    def near(self, common, simple=False):
        """Pairs of which one is used in names, and whose glyphs differ little as a whole."""
        ink = (self.soft**2).sum(1)
        most, limit = (SIMPLE, NEAR_SIMPLE) if simple else (np.inf, NEAR)
        used = np.array([at for at, c in enumerate(self.chars) if common(c) != sources.RARE and ink[at] < most])
        pairs = set()
        for start in range(0, len(used), 256):
            rows = used[start:start + 256]
            apart = ink[rows, None] + ink[None] - 2 * self.soft[rows] @ self.soft.T
            for row, column in zip(*np.nonzero((apart < limit) & (ink < most))):
                if rows[row] != column:
                    pairs.add(frozenset((self.chars[rows[row]], self.chars[column])))
        return pairs

    def apart(self, pairs):
        """Of each pair: the greatest difference of one region, and the sum of all. A region may be shifted by a pixel."""
        told = {}
        for start in range(0, len(pairs), BATCH):
            batch = pairs[start:start + BATCH]
            one, other = (self.fine[[self.place[pair[side]] for pair in batch]] for side in (0, 1))
            regions = np.maximum(differences(one, other), differences(other, one))
            for pair, of in zip(batch, regions.T):
                told[frozenset(pair)] = (round(float(of.max()), 2), round(float(of.sum()), 1))
        return told


def differences(one, other):
    """The least difference of each region of `one` from `other`, over all shifts."""
    padded = np.pad(other, ((0, 0), (SHIFT, SHIFT), (SHIFT, SHIFT)))
    least = None
    for dy in range(2 * SHIFT + 1):
        for dx in range(2 * SHIFT + 1):
            squares = (one - padded[:, dy:dy + SIDE, dx:dx + SIDE])**2
            sums = np.array([squares[:, y:y + REGION, x:x + REGION].sum((1, 2))
                             for y in range(2, SIDE - REGION + 1, STEP) for x in range(2, SIDE - REGION + 1, STEP)])
            least = sums if least is None else np.minimum(least, sums)
    return least
