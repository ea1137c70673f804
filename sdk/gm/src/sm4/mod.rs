//! SM4, GB/T 32907-2016, in CTR and GCM.
