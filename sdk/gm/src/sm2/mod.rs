//! SM2 signatures, GB/T 32918.2-2016.
