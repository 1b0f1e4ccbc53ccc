"""Threefry-2x32 with 20 rounds (Salmon et al., SC 2011), as docs/corpus.md says how its counters follow from positions."""
import numpy as np

ROTATIONS = (13, 15, 26, 6, 17, 29, 16, 24)
MASK = np.uint64(0xFFFFFFFF)


def threefry(key, counter):
    k = [np.uint64(key[0]), np.uint64(key[1])]
    k.append(np.uint64(0x1BD11BDA) ^ k[0] ^ k[1])
    x = (np.asarray(counter[0], np.uint64) + k[0]) & MASK
    y = (np.asarray(counter[1], np.uint64) + k[1]) & MASK
    for turn in range(20):
        by = np.uint64(ROTATIONS[turn % 8])
        x = (x + y) & MASK
        y = (((y << by) | (y >> (np.uint64(32) - by))) & MASK) ^ x
        if turn % 4 == 3:
            times = turn // 4 + 1
            x = (x + k[times % 3]) & MASK
            y = (y + k[(times + 1) % 3] + np.uint64(times)) & MASK
    return x, y


def stream_key(seed, stream, tick):
    """The key of a stream at a tick: 32-bit FNV-1a of its name is one word of the counter."""
    number = 0x811C9DC5
    for byte in stream.encode():
        number = ((number ^ byte) * 0x01000193) & 0xFFFFFFFF
    x, y = threefry(seed, (number, tick))
    return int(x), int(y)


def words(key, row, column):
    """One word for each (row, column); column 8 g + r is word r // 4 of counter (4 g + r % 4, row)."""
    column = np.asarray(column)
    x, y = threefry(key, ((column >> 3) * 4 + (column & 3), row))
    return np.where((column >> 2) & 1, y, x)
