//! Guard against personal data in clear.
