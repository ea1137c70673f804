//! Exact numbers: integers of 128 bits, and decimals as units of a power of ten. Rounding is half away from zero (四舍五入).

use super::EvaluateError;
use crate::Value;
use core::cmp::Ordering;

/// Most digits after the point of a result.
const SCALE_MAX: u8 = 18;
/// Most digits after the point that a division may ask for.
pub(super) const RATIO_DIGITS_MAX: i128 = 9;

/// A number: units of 10^-scale. An integer has scale 0.
#[derive(Debug, Clone, Copy)]
pub(super) struct Number {
    units: i128,
    scale: u8,
    is_decimal: bool,
}

impl Number {
    pub(super) fn of(value: &Value) -> Option<Self> {
        match value {
            Value::Integer(units) => Some(Self { units: *units, scale: 0, is_decimal: false }),
            Value::Decimal { units, scale } => {
                Some(Self { units: *units, scale: *scale, is_decimal: true })
            }
            // A moment counts its milliseconds.
            Value::Time(ms) => Some(Self { units: i128::from(*ms), scale: 0, is_decimal: false }),
            _ => None,
        }
    }

    pub(super) fn value(self) -> Value {
        if self.is_decimal {
            Value::Decimal { units: self.units, scale: self.scale }
        } else {
            Value::Integer(self.units)
        }
    }

    fn decimal(units: i128, scale: u8) -> Result<Self, EvaluateError> {
        if scale > SCALE_MAX {
            return Err(EvaluateError::Overflow);
        }
        Ok(Self { units, scale, is_decimal: true })
    }

    /// The same number in units of 10^-scale, for a scale that is not smaller than its own.
    fn units_at(self, scale: u8) -> Result<i128, EvaluateError> {
        let factor = power(scale.saturating_sub(self.scale))?;
        self.units.checked_mul(factor).ok_or(EvaluateError::Overflow)
    }

    pub(super) fn compare(self, other: Self) -> Result<Ordering, EvaluateError> {
        let scale = self.scale.max(other.scale);
        Ok(self.units_at(scale)?.cmp(&other.units_at(scale)?))
    }

    pub(super) fn arithmetic(self, sign: &str, other: Self) -> Result<Self, EvaluateError> {
        let is_decimal = self.is_decimal || other.is_decimal;
        let scale = self.scale.max(other.scale);
        let aligned = |apply: fn(i128, i128) -> Option<i128>| {
            let units = apply(self.units_at(scale)?, other.units_at(scale)?);
            Ok(Self { units: units.ok_or(EvaluateError::Overflow)?, scale, is_decimal })
        };
        match sign {
            "+" => aligned(i128::checked_add),
            "-" => aligned(i128::checked_sub),
            "*" => {
                let units = self.units.checked_mul(other.units).ok_or(EvaluateError::Overflow)?;
                let scale = self.scale.checked_add(other.scale).ok_or(EvaluateError::Overflow)?;
                if is_decimal {
                    Self::decimal(units, scale)
                } else {
                    Ok(Self { units, scale, is_decimal })
                }
            }
            // Integers only: towards zero, as CEL divides.
            "/" if other.units == 0 => Err(EvaluateError::DivideByZero),
            "/" => aligned(i128::checked_div),
            "%" if other.units == 0 => Err(EvaluateError::DivideByZero),
            "%" => aligned(i128::checked_rem),
            _ => Err(EvaluateError::Mismatch),
        }
    }

    pub(super) fn negate(self) -> Result<Self, EvaluateError> {
        let units = self.units.checked_neg().ok_or(EvaluateError::Overflow)?;
        Ok(Self { units, ..self })
    }

    /// The quotient rounded to so many digits after the point; none when the divisor is zero.
    pub(super) fn ratio(self, other: Self, digits: u8) -> Result<Option<Self>, EvaluateError> {
        if other.units == 0 {
            return Ok(None);
        }
        let over = power(digits.saturating_add(other.scale))?;
        let under = power(self.scale)?;
        let top = self.units.checked_mul(over).ok_or(EvaluateError::Overflow)?;
        let bottom = other.units.checked_mul(under).ok_or(EvaluateError::Overflow)?;
        Self::decimal(divide_rounded(top, bottom)?, digits).map(Some)
    }

    /// The number rounded to so many digits after the point.
    pub(super) fn round(self, digits: u8) -> Result<Self, EvaluateError> {
        if digits >= self.scale {
            return Self::decimal(self.units_at(digits)?, digits);
        }
        let divisor = power(self.scale.saturating_sub(digits))?;
        Self::decimal(divide_rounded(self.units, divisor)?, digits)
    }
}

fn power(exponent: u8) -> Result<i128, EvaluateError> {
    10_i128.checked_pow(u32::from(exponent)).ok_or(EvaluateError::Overflow)
}

/// Half away from zero. The divisor is not zero.
fn divide_rounded(top: i128, bottom: i128) -> Result<i128, EvaluateError> {
    let quotient = top.checked_div(bottom).ok_or(EvaluateError::Overflow)?;
    let rest = top.checked_rem(bottom).ok_or(EvaluateError::Overflow)?;
    let up = rest.unsigned_abs() >= bottom.unsigned_abs().saturating_sub(rest.unsigned_abs());
    let step = if (top < 0) == (bottom < 0) { 1 } else { -1 };
    if up && rest != 0 {
        quotient.checked_add(step).ok_or(EvaluateError::Overflow)
    } else {
        Ok(quotient)
    }
}
