//! An integer of any width: the way between integer types, and between integers and their decimal text.

use std::fmt;

use ruint::aliases::U256;

use super::Value;
use crate::types::Type;

/// An integer as sign and magnitude. Zero is never negative.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Integer {
    negative: bool,
    magnitude: U256,
}

impl Integer {
    /// The number that decimal text spells: digits with at most a minus sign in front.
    ///
    /// Nothing for any other text; `Some(None)` for a number that has more than 256 bits.
    pub(crate) fn parse(text: &str) -> Option<Option<Self>> {
        let digits = text.strip_prefix('-').unwrap_or(text);
        if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        let magnitude = U256::from_str_radix(digits, 10).ok();
        Some(magnitude.map(|magnitude| Self::new(digits.len() < text.len(), magnitude)))
    }

    fn new(negative: bool, magnitude: U256) -> Self {
        Self { negative: negative && !magnitude.is_zero(), magnitude }
    }

    fn unsigned(number: impl Into<u128>) -> Self {
        Self::new(false, U256::from(number.into()))
    }

    fn signed(number: impl Into<i128>) -> Self {
        let number = number.into();
        Self::new(number < 0, U256::from(number.unsigned_abs()))
    }

    /// The number that a value of an integer type is.
    pub(crate) fn of(value: &Value) -> Option<Self> {
        Some(match *value {
            Value::Uint8(n) => Self::unsigned(n),
            Value::Uint16(n) => Self::unsigned(n),
            Value::Uint32(n) => Self::unsigned(n),
            Value::Uint64(n) => Self::unsigned(n),
            Value::Uint128(n) => Self::unsigned(n),
            Value::Uint256(n) => Self::new(false, n),
            Value::Int8(n) => Self::signed(n),
            Value::Int16(n) => Self::signed(n),
            Value::Int32(n) => Self::signed(n),
            Value::Int64(n) => Self::signed(n),
            _ => return None,
        })
    }

    /// The number as `i128`, if it fits.
    pub(crate) fn to_i128(self) -> Option<i128> {
        let magnitude = u128::try_from(self.magnitude).ok()?;
        match self.negative {
            true => 0i128.checked_sub_unsigned(magnitude),
            false => i128::try_from(magnitude).ok(),
        }
    }

    /// The number as a value of an integer type; nothing if it does not fit, or if the type is another.
    pub(crate) fn to_value(self, ty: &Type) -> Option<Value> {
        if self.negative || ty.int_kind().is_some_and(|kind| kind.signed) {
            return signed_value(self.to_i128()?, ty);
        }
        if *ty == Type::Uint256 {
            return Some(Value::Uint256(self.magnitude));
        }
        unsigned_value(u128::try_from(self.magnitude).ok()?, ty)
    }
}

fn signed_value(n: i128, ty: &Type) -> Option<Value> {
    Some(match ty {
        Type::Int8 => Value::Int8(n.try_into().ok()?),
        Type::Int16 => Value::Int16(n.try_into().ok()?),
        Type::Int32 => Value::Int32(n.try_into().ok()?),
        Type::Int64 | Type::Int => Value::Int64(n.try_into().ok()?),
        _ => return None,
    })
}

fn unsigned_value(n: u128, ty: &Type) -> Option<Value> {
    Some(match ty {
        Type::Uint8 => Value::Uint8(n.try_into().ok()?),
        Type::Uint16 => Value::Uint16(n.try_into().ok()?),
        Type::Uint32 => Value::Uint32(n.try_into().ok()?),
        Type::Uint64 | Type::Uint => Value::Uint64(n.try_into().ok()?),
        Type::Uint128 => Value::Uint128(n),
        _ => return None,
    })
}

impl fmt::Display for Integer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.negative { "-" } else { "" };
        write!(f, "{sign}{}", self.magnitude)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_becomes_a_value_exactly_when_it_fits() {
        let fits = |text: &str, ty: Type| Integer::parse(text).unwrap().unwrap().to_value(&ty);
        assert_eq!(fits("255", Type::Uint8), Some(Value::Uint8(255)));
        assert_eq!(fits("256", Type::Uint8), None);
        assert_eq!(fits("-1", Type::Uint8), None);
        assert_eq!(fits("-0", Type::Uint8), Some(Value::Uint8(0)));
        assert_eq!(fits("-128", Type::Int8), Some(Value::Int8(-128)));
        assert_eq!(fits("128", Type::Int8), None);
        assert_eq!(fits("18446744073709551615", Type::Uint), Some(Value::Uint64(u64::MAX)));
        assert_eq!(fits("-9223372036854775808", Type::Int64), Some(Value::Int64(i64::MIN)));
        assert_eq!(fits(&u128::MAX.to_string(), Type::Uint128), Some(Value::Uint128(u128::MAX)));
        assert_eq!(fits(&U256::MAX.to_string(), Type::Uint256), Some(Value::Uint256(U256::MAX)));
        assert_eq!(fits(&U256::MAX.to_string(), Type::Uint128), None);
        assert_eq!(fits("1", Type::String), None);
    }

    #[test]
    fn only_decimal_digits_are_a_number() {
        assert_eq!(Integer::parse(&format!("{}0", U256::MAX)), Some(None), "more than 256 bits");
        for text in ["", "-", "+1", "1_000", "0x10", " 1", "1.0", "--1", "١"] {
            assert_eq!(Integer::parse(text), None, "{text:?}");
        }
    }
}
