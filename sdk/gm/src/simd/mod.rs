//! Vector instructions: the only folder with unsafe code. Each function here has a portable twin outside, and a test that both
//! agree; callers reach it through a token that says the CPU has the instructions.
#![allow(unsafe_code)]
