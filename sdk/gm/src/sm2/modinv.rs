//! Inversion modulo p in a time that depends on the number, for public numbers: the "safegcd" of Bernstein and Yang in the form with
//! 62 division steps at a time on the lowest words, some five times faster than a power.
//!
//! f and g begin as p and the number x. A division step makes g even and halves it; d and e keep f = d·x and g = e·x modulo p. When g
//! is 0, f is 1 or −1 (or p, for x = 0) and d the inverse but for its sign. Numbers are five signed limbs of 62 bits.
use super::limbs::{self, Limbs};

type Signed62 = [i64; 5];

const M62: u64 = u64::MAX >> 2;
/// p in limbs of 62 bits.
const P62: Signed62 = split(&super::field::P);
/// 1/p modulo 2^62, which is −1 as p is.
const P_INVERSE: u64 = M62;

/// Sixty-two division steps as a matrix: 2^62·(f, g) becomes (u·f + v·g, q·f + r·g).
struct Steps {
    u: i64,
    v: i64,
    q: i64,
    r: i64,
}

/// `factor` / x modulo p, and 0 for x = 0 modulo p. Both are below 2^256, `factor` below p.
pub(crate) fn divide_vartime(factor: &Limbs, x: &Limbs) -> Limbs {
    // From p itself the steps would end with f = p and a d that says nothing.
    let (mut f, mut g) = (P62, split(&limbs::reduce_once(x, false, &super::field::P)));
    let (mut d, mut e) = ([0; 5], split(factor));
    let (mut eta, mut len) = (-1i64, 5usize);
    loop {
        let steps = division_steps(&mut eta, f[0] as u64, g[0] as u64);
        update_factors(&mut d, &mut e, &steps);
        update_numbers(&mut f, &mut g, len, &steps);
        if g[..len].iter().all(|limb| *limb == 0) {
            break;
        }
        // Once the top limbs hold only the signs, those move into the limbs below.
        let (top_f, top_g) = (f[len - 1], g[len - 1]);
        if len > 1 && (top_f ^ (top_f >> 63)) | (top_g ^ (top_g >> 63)) == 0 {
            f[len - 2] |= ((top_f as u64) << 62) as i64;
            g[len - 2] |= ((top_g as u64) << 62) as i64;
            len -= 1;
        }
    }
    join(normal(d, f[len - 1] < 0))
}

/// The next 62 steps, decided by the lowest words; up to six bits of g go at once.
fn division_steps(eta: &mut i64, mut f: u64, mut g: u64) -> Steps {
    let (mut u, mut v, mut q, mut r) = (1u64, 0u64, 0u64, 1u64);
    let mut left = 62u32;
    loop {
        // At most `left` zeros: ones above stop the count.
        let zeros = (g | (u64::MAX << left)).trailing_zeros();
        g >>= zeros;
        u <<= zeros;
        v <<= zeros;
        *eta = eta.wrapping_sub(i64::from(zeros));
        left = left.wrapping_sub(zeros);
        if left == 0 {
            return Steps { u: u as i64, v: v as i64, q: q as i64, r: r as i64 };
        }
        let swapped = *eta < 0;
        if swapped {
            *eta = eta.wrapping_neg();
            (f, g) = (g, f.wrapping_neg());
            (u, q) = (q, u.wrapping_neg());
            (v, r) = (r, v.wrapping_neg());
        }
        // No more steps than are left, and none past the next swap.
        let limit = (eta.wrapping_add(1)).min(i64::from(left)) as u32;
        let mask = u64::MAX >> (64u32.wrapping_sub(limit) & 63);
        // w = −g/f modulo 2^6, or modulo 2^4 where fewer bits are likely to be allowed.
        let w = if swapped {
            f.wrapping_mul(g).wrapping_mul(f.wrapping_mul(f).wrapping_sub(2)) & mask & 63
        } else {
            let inverse = f.wrapping_add((f.wrapping_add(1) & 4) << 1);
            inverse.wrapping_neg().wrapping_mul(g) & mask & 15
        };
        g = g.wrapping_add(f.wrapping_mul(w));
        q = q.wrapping_add(u.wrapping_mul(w));
        r = r.wrapping_add(v.wrapping_mul(w));
    }
}

/// (d, e) · steps / 2^62 modulo p, both staying between −2p and p.
fn update_factors(d: &mut Signed62, e: &mut Signed62, steps: &Steps) {
    let Steps { u, v, q, r } = *steps;
    let (sign_d, sign_e) = (d[4] >> 63, e[4] >> 63);
    let mut md = (u & sign_d).wrapping_add(v & sign_e);
    let mut me = (q & sign_d).wrapping_add(r & sign_e);
    let mut cd = combine(u, d[0], v, e[0], 0);
    let mut ce = combine(q, d[0], r, e[0], 0);
    // The multiples of p that clear the lowest 62 bits.
    md = md.wrapping_sub((P_INVERSE.wrapping_mul(cd as u64).wrapping_add(md as u64) & M62) as i64);
    me = me.wrapping_sub((P_INVERSE.wrapping_mul(ce as u64).wrapping_add(me as u64) & M62) as i64);
    cd = cd.wrapping_add(product(P62[0], md)) >> 62;
    ce = ce.wrapping_add(product(P62[0], me)) >> 62;
    for i in 1..5 {
        cd = combine(u, d[i], v, e[i], cd).wrapping_add(product(P62[i], md));
        ce = combine(q, d[i], r, e[i], ce).wrapping_add(product(P62[i], me));
        d[i - 1] = (cd as u64 & M62) as i64;
        e[i - 1] = (ce as u64 & M62) as i64;
        cd >>= 62;
        ce >>= 62;
    }
    d[4] = cd as i64;
    e[4] = ce as i64;
}

/// (f, g) · steps / 2^62, which is exact.
fn update_numbers(f: &mut Signed62, g: &mut Signed62, len: usize, steps: &Steps) {
    let Steps { u, v, q, r } = *steps;
    let mut cf = combine(u, f[0], v, g[0], 0) >> 62;
    let mut cg = combine(q, f[0], r, g[0], 0) >> 62;
    for i in 1..len {
        cf = combine(u, f[i], v, g[i], cf);
        cg = combine(q, f[i], r, g[i], cg);
        f[i - 1] = (cf as u64 & M62) as i64;
        g[i - 1] = (cg as u64 & M62) as i64;
        cf >>= 62;
        cg >>= 62;
    }
    f[len - 1] = cf as i64;
    g[len - 1] = cg as i64;
}

#[inline(always)]
fn product(a: i64, b: i64) -> i128 {
    i128::from(a).wrapping_mul(i128::from(b))
}

#[inline(always)]
fn combine(a: i64, x: i64, b: i64, y: i64, carry: i128) -> i128 {
    product(a, x).wrapping_add(product(b, y)).wrapping_add(carry)
}

/// ±d, which is between −2p and p, brought between 0 and p.
fn normal(mut d: Signed62, negate: bool) -> Signed62 {
    if d[4] < 0 {
        d = carried(core::array::from_fn(|i| d[i].wrapping_add(P62[i])));
    }
    if negate {
        d = carried(d.map(i64::wrapping_neg));
    }
    if d[4] < 0 {
        d = carried(core::array::from_fn(|i| d[i].wrapping_add(P62[i])));
    }
    d
}

fn carried(mut d: Signed62) -> Signed62 {
    for i in 0..4 {
        d[i + 1] = d[i + 1].wrapping_add(d[i] >> 62);
        d[i] &= M62 as i64;
    }
    d
}

const fn split(x: &Limbs) -> Signed62 {
    [
        (x[0] & M62) as i64,
        ((x[0] >> 62 | x[1] << 2) & M62) as i64,
        ((x[1] >> 60 | x[2] << 4) & M62) as i64,
        ((x[2] >> 58 | x[3] << 6) & M62) as i64,
        (x[3] >> 56) as i64,
    ]
}

fn join(d: Signed62) -> Limbs {
    let [a, b, c, d, e] = d.map(|limb| limb as u64);
    [a | b << 62, b >> 2 | c << 60, c >> 4 | d << 58, d >> 6 | e << 56]
}
