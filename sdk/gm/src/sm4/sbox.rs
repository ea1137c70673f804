//! The S-box as a circuit.
//!
//! Comes in: the eight bits of 64 bytes, bit `p` of all of them in plane `p`. Goes out: the bits of their images under S. Never: a table or
//! a branch, so the time does not depend on the bytes.
//!
//! SM4's S-box is an inversion in a field of 256 elements between two affine maps, and so is that of AES: the inversion is Boyar and Peralta's
//! circuit for AES, the maps around it take the bytes into that field and back. 126 gates.

/// S of 64 bytes.
#[inline(always)]
pub(super) fn substitute([x0, x1, x2, x3, x4, x5, x6, x7]: [u64; 8]) -> [u64; 8] {
    // Into the field of the inversion: the affine map of the standard and a change of basis in one.
    let n0 = !x0;
    let n2 = !x2;
    let n4 = !x4;
    let n5 = !x5;
    let n6 = !x6;
    let y21 = x3 ^ n5;
    let s0 = n4 ^ x7;
    let s1 = n0 ^ s0;
    let y16 = n0 ^ y21;
    let y5 = x1 ^ n5;
    let y15 = n2 ^ n6;
    let y6 = x1 ^ y15;
    let y3 = n2 ^ s1;
    let y1 = x3 ^ s1;
    let y12 = x7 ^ y21;
    let s2 = n2 ^ n4;
    let y11 = s0 ^ y5;
    let y2 = n0 ^ y5;
    let y14 = x7 ^ y16;
    let y10 = y6 ^ y1;
    let y7 = n5 ^ s0;
    let y8 = y5 ^ y3;
    let y18 = x1 ^ s1;
    let y20 = n2 ^ y12;
    let s3 = x3 ^ s2;
    let y9 = x1 ^ s3;
    let y19 = n6 ^ y21;
    let y4 = y16 ^ s2;
    let y17 = y16 ^ y15;
    // The inversion, Boyar and Peralta's.
    let t2 = y12 & y15;
    let t3 = y3 & y6;
    let t4 = t3 ^ t2;
    let t5 = y4 & x1;
    let t6 = t5 ^ t2;
    let t7 = n0 & y16;
    let t8 = y5 & y1;
    let t9 = t8 ^ t7;
    let t10 = y2 & y7;
    let t11 = t10 ^ t7;
    let t12 = y9 & y11;
    let t13 = y14 & y17;
    let t14 = t13 ^ t12;
    let t15 = y8 & y10;
    let t16 = t15 ^ t12;
    let t17 = t4 ^ t14;
    let t18 = t6 ^ t16;
    let t19 = t9 ^ t14;
    let t20 = t11 ^ t16;
    let t21 = t17 ^ y20;
    let t22 = t18 ^ y19;
    let t23 = t19 ^ y21;
    let t24 = t20 ^ y18;
    let t25 = t21 ^ t22;
    let t26 = t21 & t23;
    let t27 = t24 ^ t26;
    let t28 = t25 & t27;
    let t29 = t28 ^ t22;
    let t30 = t23 ^ t24;
    let t31 = t22 ^ t26;
    let t32 = t31 & t30;
    let t33 = t32 ^ t24;
    let t34 = t23 ^ t33;
    let t35 = t27 ^ t33;
    let t36 = t24 & t35;
    let t37 = t36 ^ t34;
    let t38 = t27 ^ t36;
    let t39 = t29 & t38;
    let t40 = t25 ^ t39;
    let t41 = t40 ^ t37;
    let t42 = t29 ^ t33;
    let t43 = t29 ^ t40;
    let t44 = t33 ^ t37;
    let t45 = t42 ^ t41;
    let z0 = t44 & y15;
    let z1 = t37 & y6;
    let z2 = t33 & x1;
    let z3 = t43 & y16;
    let z4 = t40 & y1;
    let z5 = t29 & y7;
    let z6 = t42 & y11;
    let z7 = t45 & y17;
    let z8 = t41 & y10;
    let z9 = t44 & y12;
    let z10 = t37 & y3;
    let z11 = t33 & y4;
    let z12 = t43 & n0;
    let z13 = t40 & y5;
    let z14 = t29 & y2;
    let z15 = t42 & y9;
    let z16 = t45 & y14;
    let z17 = t41 & y8;
    // Back, through the affine map.
    let u0 = z5 ^ z8;
    let u1 = z0 ^ z3;
    let u2 = z10 ^ u0;
    let u3 = z1 ^ u1;
    let u4 = z9 ^ z12;
    let u5 = z13 ^ u4;
    let u6 = z15 ^ u3;
    let u7 = z4 ^ z7;
    let u8 = z7 ^ u2;
    let u9 = z11 ^ z17;
    let u10 = u3 ^ u5;
    let u11 = z16 ^ u9;
    let u12 = z6 ^ u2;
    let u13 = z3 ^ u12;
    let u14 = u0 ^ u7;
    let u15 = u5 ^ u13;
    let u16 = z2 ^ u1;
    let u17 = z4 ^ u11;
    let u18 = z8 ^ u16;
    let u19 = z9 ^ z16;
    let u20 = z12 ^ z17;
    let u21 = u6 ^ u8;
    let u22 = u8 ^ u10;
    let u23 = z4 ^ u20;
    let u24 = u19 ^ u21;
    let u25 = z14 ^ u23;
    let u26 = u11 ^ u13;
    let u27 = u10 ^ u17;
    let u28 = u7 ^ u18;
    let u29 = u6 ^ u25;
    [!u26, !u22, u27, u14, !u15, u29, !u24, !u28]
}
