"""Multiples of one point of any curve: a table of every hexadecimal digit at every place, so that a product is 64 additions."""

DIGITS = 64


class Multiples:
    def __init__(self, point, add, neutral):
        self.add, self.neutral, self.rows = add, neutral, []
        for _ in range(DIGITS):
            row = [neutral, point]
            for _ in range(14):
                row.append(add(row[-1], point))
            self.rows.append(row)
            point = add(row[-1], point)

    def times(self, factor):
        assert 0 <= factor < 1 << 4 * DIGITS
        total = self.neutral
        for row in self.rows:
            if factor & 15:
                total = self.add(total, row[factor & 15])
            factor >>= 4
        return total
